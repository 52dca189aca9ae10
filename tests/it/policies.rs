//! What stands between a call and a tool.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use globset::Glob;
use serde_json::{Value, json};
use tacklebox::{
    output::Redactor,
    policy::{Audit, Deadline, Limits, Metrics, Names, Policy, ReadOnly},
    toolsets::Health,
};

use crate::world::{Playground, with_toolsets, world};

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
    let world = with_toolsets(vec![Arc::new(playground)], vec![Box::new(Limits::new(1))]);
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    client.send("tools/call", json!({ "name": "wait", "arguments": {} })).await;
    signs.waiting(1).await;
    let answer = client.call("echo", json!({ "text": "hi" })).await;
    assert!(text(&answer).starts_with("unavailable: 1 of your calls are under way"), "{answer}");
}

#[tokio::test]
async fn every_call_leaves_one_line_that_says_who_did_what_and_how_it_ended() {
    let log = Log::default();
    let audit = Audit::new(Box::new(log.clone()), Redactor::new());
    let policies: Vec<Box<dyn Policy>> = vec![Box::new(audit), Box::new(ReadOnly)];
    let (mut client, _served) = world(policies).stdio();
    client.initialize().await;
    client.call("echo", json!({ "text": "a secret" })).await;
    client.call("erase", json!({ "name": "cart" })).await;
    client.request("resources/read", json!({ "uri": "tacklebox://toolsets" })).await;
    let [said, refused, read] = log.lines().try_into().unwrap();
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
    assert_eq!(log.lines()[0]["outcome"], "cancelled");
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

/// A file that stays in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn lines(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|it| serde_json::from_str(it).unwrap()).collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
