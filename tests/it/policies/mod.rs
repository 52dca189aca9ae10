//! What stands between a call and a tool.

mod changes;
mod limits;
mod record;

use std::time::Duration;

use globset::Glob;
use serde_json::{Value, json};
use tacklebox::{
    output::Redactor,
    policy::{Audit, Deadline, Metrics, Names, Policy, ReadOnly},
};

use self::record::written;
use crate::world::{Log, modern_asking, world};

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
async fn a_long_question_is_asked_to_its_end_and_one_that_is_too_long_not_at_all() {
    let about =
        |lines: usize| json!({ "name": "ask", "arguments": { "about": "+ a\n".repeat(lines) } });
    let (mut client, _served) = world(vec![]).stdio();
    let answer = client.request("tools/call", modern_asking(about(4_000))).await;
    let asked = answer["result"]["inputRequests"]["word"]["params"]["message"].as_str().unwrap();
    assert_eq!(asked, format!("Which word about {}?", "+ a\n".repeat(4_000)));
    let answer = client.request("tools/call", modern_asking(about(6_000))).await;
    assert!(
        text(&answer).starts_with("refused: the question that this call has to ask"),
        "{answer}"
    );
}

#[tokio::test]
async fn ten_thousand_mistakes_make_a_short_error() {
    let (mut client, _served) = world(vec![]).stdio();
    client.initialize().await;
    let mistakes = (0..10_000).map(|it| (format!("mistake{it}"), json!(1)));
    let answer = client.call("echo", Value::Object(mistakes.collect())).await;
    let text = text(&answer);
    assert!(text.contains("and 9981 more") && text.len() < 5_000, "{text}");
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
async fn proposals_that_are_too_long_for_an_answer_are_fewer_and_none_is_a_mark() {
    let (mut client, _served) = world(vec![]).stdio();
    client.initialize().await;
    client.tool_names().await;
    let prefix = "many words ".repeat(100);
    let typed = json!({
        "ref": { "type": "ref/prompt", "name": "greet" },
        "argument": { "name": "who", "value": prefix },
    });
    let answer = client.request("completion/complete", typed).await;
    let proposed = &answer["result"]["completion"];
    let values = proposed["values"].as_array().unwrap();
    assert!(!values.is_empty() && values.len() < 100, "{}", values.len());
    for (number, value) in values.iter().enumerate() {
        assert_eq!(value, &json!(format!("{prefix} {number}")));
    }
    assert_eq!((&proposed["total"], &proposed["hasMore"]), (&json!(150), &json!(true)));
}
