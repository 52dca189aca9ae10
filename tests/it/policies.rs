//! What stands between a call and a tool.

use std::{
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use globset::Glob;
use serde_json::{Value, json};
use tacklebox::{
    output::Redactor,
    policy::{Audit, Deadline, Limits, Metrics, Names, Policy, ReadOnly, Stack, Turns},
    toolsets::Health,
};

use crate::world::{Log, Playground, World, modern_asking, style, with_toolsets, world};

fn names(allow: &[&str], deny: &[&str]) -> Box<dyn Policy> {
    let owned = |globs: &[&str]| globs.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    Box::new(Names::new(&owned(allow), &owned(deny)).unwrap())
}

fn text(answer: &Value) -> &str {
    answer["result"]["content"][0]["text"].as_str().unwrap()
}

#[tokio::test]
async fn read_only_leaves_no_tool_that_changes_anything_to_list_or_to_call() {
    let (mut client, _served) = world(vec![Box::new(ReadOnly)]).stdio();
    client.initialize().await;
    assert_eq!(client.tool_names().await, ["ask", "echo", "panic", "wait"]);
    let answer = client.call("erase", json!({ "name": "all" })).await;
    assert_eq!(text(&answer), "refused: erase changes things, and policy.mode is read_only");
}

#[tokio::test]
async fn what_the_operator_denies_stays_denied_however_it_is_allowed_or_named() {
    let (mut client, _served) = world(vec![names(&["e*"], &["echo"])]).stdio();
    client.initialize().await;
    assert_eq!(client.tool_names().await, ["erase"]);
    for name in ["echo", "say"] {
        let answer = client.call(name, json!({ "text": "hi" })).await;
        assert_eq!(text(&answer), "refused: echo is in policy.tools.deny");
    }
    let answer = client.call("wait", json!({})).await;
    assert_eq!(text(&answer), "refused: wait is not in policy.tools.allow");
}

#[tokio::test]
async fn a_hidden_tool_is_not_offered_as_the_nearest() {
    let (mut client, _served) = world(vec![names(&["*"], &["erase"])]).stdio();
    client.initialize().await;
    let answer = client.call("eraze", json!({})).await;
    assert_eq!(answer["error"]["message"], "unknown tool: eraze");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_takes_too_long_is_ended_and_says_after_how_long() {
    let special = vec![(Glob::new("wa*").unwrap().compile_matcher(), Duration::from_millis(1500))];
    let deadline = Deadline::new(Duration::from_secs(10), special);
    let (mut client, _served) = world(vec![Box::new(deadline)]).stdio();
    client.initialize().await;
    let answer = client.call("wait", json!({})).await;
    assert_eq!(text(&answer), "no answer within 1500 ms");
}

#[tokio::test(start_paused = true)]
async fn a_person_may_take_longer_to_answer_than_a_call_may_take() {
    let deadline = Deadline::new(Duration::from_secs(10), Vec::new());
    let (mut client, _served) = world(vec![Box::new(deadline)]).stdio();
    let mut hello = crate::world::initialize();
    hello["capabilities"] = json!({ "elicitation": {} });
    client.request("initialize", hello).await;
    client.notify("notifications/initialized", json!({})).await;
    let id = client.send("tools/call", json!({ "name": "ask", "arguments": {} })).await;
    let question = client.receive().await;
    assert_eq!(question["method"], "elicitation/create");
    tokio::time::sleep(Duration::from_mins(5)).await;
    let reply = json!({ "action": "accept", "content": { "word": "please" } });
    let answer = json!({ "jsonrpc": "2.0", "id": question["id"], "result": reply });
    client.write(&answer.to_string()).await;
    let answer = client.receive_until(|it| it["id"] == id).await;
    assert_eq!(text(&answer), "please");
}

#[tokio::test(start_paused = true)]
async fn one_caller_cannot_have_more_calls_under_way_than_the_operator_allows() {
    let playground = Playground::default();
    let signs = Arc::clone(&playground.signs);
    let world =
        with_toolsets(vec![Arc::new(playground)], vec![Box::new(Limits::new(1, Turns::default()))]);
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    client.send("tools/call", json!({ "name": "wait", "arguments": {} })).await;
    signs.waiting(1).await;
    let answer = client.call("echo", json!({ "text": "hi" })).await;
    assert!(text(&answer).starts_with("busy: 1 of your calls are under way"), "{answer}");
}

#[tokio::test]
async fn every_call_leaves_one_line_that_says_who_did_what_and_how_it_ended() {
    let log = Log::default();
    let audit = Audit::new(Box::new(log.clone()), Redactor::new());
    let policies: Vec<Box<dyn Policy>> = vec![Box::new(audit), Box::new(ReadOnly)];
    let world = world(policies);
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    client.call("echo", json!({ "text": "a secret" })).await;
    client.call("erase", json!({ "name": "cart" })).await;
    client.request("resources/read", json!({ "uri": "tacklebox://toolsets" })).await;
    let [said, refused, read] = written(&world, &log).await.try_into().unwrap();
    assert_eq!(said["caller"], "local");
    assert_eq!(said["client"], "test 1");
    assert_eq!(said["method"], "tools/call");
    assert_eq!(said["name"], "echo");
    assert_eq!(said["effect"], "read");
    assert_eq!(said["decision"], "allowed");
    assert_eq!(said["outcome"], "ok");
    assert_eq!(said["bytes"], "a secret".len());
    assert!(!said.to_string().contains("a secret"));
    assert_eq!(refused["decision"], "refused");
    assert_eq!(refused["target"]["name"], "cart");
    assert_eq!(read["method"], "resources/read");
    assert_eq!(read["name"], "tacklebox://toolsets");
}

#[tokio::test]
async fn a_call_that_the_client_gives_up_leaves_its_line_too() {
    let log = Log::default();
    let audit = Audit::new(Box::new(log.clone()), Redactor::new());
    let playground = Playground::named("playground", Health::Ready);
    let signs = Arc::clone(&playground.signs);
    let world = with_toolsets(vec![Arc::new(playground)], vec![Box::new(audit)]);
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    let id = client.send("tools/call", json!({ "name": "wait", "arguments": {} })).await;
    signs.waiting(1).await;
    client.notify("notifications/cancelled", json!({ "requestId": id })).await;
    signs.waiting(0).await;
    client.call("echo", json!({ "text": "next" })).await;
    assert_eq!(written(&world, &log).await[0]["outcome"], "cancelled");
}

#[tokio::test]
async fn calls_are_counted_and_timed_by_name_and_outcome() {
    let mut registry = prometheus_client::registry::Registry::default();
    let metrics = Metrics::register(&mut registry);
    let (mut client, _served) = world(vec![Box::new(metrics)]).stdio();
    client.initialize().await;
    client.call("echo", json!({ "text": "hi" })).await;
    client.call("panic", json!({})).await;
    let mut page = String::new();
    prometheus_client::encoding::text::encode(&mut page, &registry).unwrap();
    let count = "mcp_server_operation_duration_seconds_count";
    let line = |name, error| {
        format!(
            "{count}{{mcp_method_name=\"tools/call\",name=\"{name}\",error_type=\"{error}\"}} 1"
        )
    };
    assert!(page.contains(&line("echo", "")), "{page}");
    assert!(page.contains(&line("panic", "failed")), "{page}");
    assert!(page.contains("tacklebox_calls_under_way 0"), "{page}");
}

/// A token by its looks, and a sign that nobody sees.
const DIRTY: &str = "ghp_abcdefghijklmnopqrstuvwxyz0123456789 \u{200b}\u{e0041}end";

fn is_clean(message: &Value) {
    let text = message.to_string();
    assert!(text.contains("redacted") && text.contains("end"), "{text}");
    assert!(!text.contains("ghp_") && !text.contains(['\u{200b}', '\u{e0041}']), "{text}");
}

#[tokio::test]
async fn what_a_tool_says_beside_its_answer_is_as_clean_as_the_answer() {
    let (mut client, _served) = world(vec![]).stdio();
    client.initialize().await;
    client.request("logging/setLevel", json!({ "level": "debug" })).await;
    let params = json!({
        "name": "echo",
        "arguments": { "text": DIRTY },
        "_meta": { "progressToken": 1 },
    });
    client.send("tools/call", params).await;
    for said in ["notifications/progress", "notifications/message"] {
        let message = client.receive().await;
        assert_eq!(message["method"], said);
        is_clean(&message);
    }
    is_clean(&client.receive().await);
}

#[tokio::test]
async fn a_question_is_as_clean_as_an_answer_in_both_eras() {
    let (mut client, _served) = world(vec![]).stdio();
    let mut hello = crate::world::initialize();
    hello["capabilities"] = json!({ "elicitation": {} });
    client.request("initialize", hello).await;
    let call = json!({ "name": "ask", "arguments": { "about": DIRTY } });
    client.send("tools/call", call.clone()).await;
    is_clean(&client.receive().await);

    let (mut client, _served) = world(vec![]).stdio();
    let answer = client.request("tools/call", modern_asking(call)).await;
    is_clean(&answer["result"]["inputRequests"]);
}

#[tokio::test]
async fn an_error_is_as_clean_as_an_answer() {
    let (mut client, _served) = world(vec![]).stdio();
    client.initialize().await;
    is_clean(&client.call("echo", json!({ "text": "hi", DIRTY: 1 })).await);
}

#[tokio::test]
async fn proposals_are_as_clean_as_answers_and_go_the_way_of_every_read() {
    let log = Log::default();
    let audit = Audit::new(Box::new(log.clone()), Redactor::new());
    let world = world(vec![Box::new(audit)]);
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    client.tool_names().await;
    let typed = json!({
        "ref": { "type": "ref/prompt", "name": "greet" },
        "argument": { "name": "who", "value": DIRTY },
    });
    let answer = client.request("completion/complete", typed).await;
    is_clean(&answer);
    let proposed = &answer["result"]["completion"];
    assert_eq!(proposed["values"].as_array().unwrap().len(), 100);
    assert_eq!((&proposed["total"], &proposed["hasMore"]), (&json!(150), &json!(true)));
    let line = &written(&world, &log).await[0];
    assert_eq!((&line["method"], &line["name"]), (&json!("completion/complete"), &json!("greet")));
}

#[tokio::test]
async fn a_call_that_the_end_cuts_off_is_recorded_as_cancelled() {
    let log = Log::default();
    let audit = Audit::new(Box::new(log.clone()), Redactor::new());
    let playground = Playground::default();
    let signs = Arc::clone(&playground.signs);
    let world = with_toolsets(vec![Arc::new(playground)], vec![Box::new(audit)]);
    let (mut client, served) = world.stdio();
    client.initialize().await;
    client.send("tools/call", json!({ "name": "wait", "arguments": {} })).await;
    signs.waiting(1).await;
    client.close().await;
    served.await.unwrap().unwrap();
    world.mcp.ended(Duration::from_mins(1)).await;
    assert_eq!(written(&world, &log).await[0]["outcome"], "cancelled");
}

#[tokio::test]
async fn what_is_not_there_leaves_a_line_too() {
    let log = Log::default();
    let world = world(vec![Box::new(Audit::new(Box::new(log.clone()), Redactor::new()))]);
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    client.call("rm_rf", json!({})).await;
    client.request("resources/read", json!({ "uri": "file:///etc/shadow" })).await;
    client.request("prompts/get", json!({ "name": "jailbreak" })).await;
    let lines = written(&world, &log).await;
    let names: Vec<&Value> = lines.iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["rm_rf", "file:///etc/shadow", "jailbreak"]);
    for line in &lines {
        assert_eq!(line["decision"], "refused");
        assert_eq!(line["outcome"], "not_found");
        assert_eq!(line["caller"], "local");
    }
}

#[tokio::test]
async fn what_a_caller_writes_makes_no_line_long() {
    let log = Log::default();
    let world = world(vec![Box::new(Audit::new(Box::new(log.clone()), Redactor::new()))]);
    let (mut client, _served) = world.stdio();
    let mut hello = crate::world::initialize();
    hello["clientInfo"]["name"] = "c".repeat(100_000).into();
    client.request("initialize", hello).await;
    client.call(&"t".repeat(100_000), json!({})).await;
    client.call("erase", json!({ "name": "n".repeat(100_000) })).await;
    for line in written(&world, &log).await {
        assert!(line.to_string().len() < 2_000, "{line}");
    }
}

#[tokio::test]
async fn a_call_that_finds_no_place_in_the_record_does_not_run() {
    let (freed, stuck) = std::sync::mpsc::channel();
    let audit = Audit::new(Box::new(Stuck(stuck)), Redactor::new());
    let world = world(vec![Box::new(audit)]);
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    client.tool_names().await;
    tokio::time::pause();
    let mut answer = Value::Null;
    for _ in 0..10_000 {
        answer = client.call("echo", json!({ "text": "hi" })).await;
        if answer["result"]["isError"] == true {
            break;
        }
    }
    assert!(text(&answer).starts_with("busy: the audit log"), "{answer}");
    drop(freed);
}

#[tokio::test]
async fn a_gap_in_the_record_is_told_of() {
    let log = Log::default();
    let broken = Broken { log: log.clone(), left: 2 };
    let world = world(vec![Box::new(Audit::new(Box::new(broken), Redactor::new()))]);
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    for _ in 0..3 {
        client.call("echo", json!({ "text": "hi" })).await;
    }
    let [gap, line] = written(&world, &log).await.try_into().unwrap();
    assert_eq!(gap["lost"], 2);
    assert_eq!(line["outcome"], "ok");
}

#[tokio::test(start_paused = true)]
async fn a_reload_forgets_no_call_that_is_under_way() {
    let playground = Playground::default();
    let signs = Arc::clone(&playground.signs);
    let turns = Turns::default();
    let limits = || vec![Box::new(Limits::new(1, turns.clone())) as Box<dyn Policy>];
    let world = with_toolsets(vec![Arc::new(playground)], limits());
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    client.send("tools/call", json!({ "name": "wait", "arguments": {} })).await;
    signs.waiting(1).await;
    let again = Arc::new(Playground::default());
    world.registry.replace(vec![again], Stack::new(limits(), style())).unwrap();
    let answer = client.call("echo", json!({ "text": "hi" })).await;
    assert!(text(&answer).starts_with("busy: 1 of your calls are under way"), "{answer}");
}

/// What the record holds when everything has been put away.
async fn written(world: &World, log: &Log) -> Vec<Value> {
    world.registry.shutdown().await;
    log.lines()
}

/// A disk that takes nothing until its other half is dropped.
struct Stuck(std::sync::mpsc::Receiver<()>);

impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.recv();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A disk that fails so many times.
struct Broken {
    log: Log,
    left: usize,
}

impl Write for Broken {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.left > 0 {
            self.left -= 1;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.log.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
