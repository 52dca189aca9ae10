//! MCP over stdin and stdout, well spoken and badly.

use std::sync::Arc;

use serde_json::json;
use tacklebox::toolsets::Change;

use crate::world::{Playground, discovering, modern, with_toolsets, world};

#[tokio::test]
async fn a_panic_in_a_tool_is_answered_and_the_next_call_works() {
    let (mut client, _served) = world(vec![]).stdio();
    client.initialize().await;
    let answer = client.call("panic", json!({})).await;
    assert_eq!(answer["result"]["isError"], true);
    let text = answer["result"]["content"][0]["text"].as_str().unwrap();
    assert_eq!(text, "failed: panic has a bug and panicked: a bug that a test planted");
    let answer = client.call("echo", json!({ "text": "still here" })).await;
    assert_eq!(answer["result"]["content"][0]["text"], "still here");
}

#[tokio::test]
async fn a_notification_before_the_first_request_is_ignored() {
    let (mut client, _served) = world(vec![]).stdio();
    client.notify("notifications/initialized", json!({})).await;
    client.notify("notifications/cancelled", json!({ "requestId": 1 })).await;
    let answer = client.initialize().await;
    assert_eq!(answer["result"]["serverInfo"]["name"], "tacklebox");
}

#[tokio::test]
async fn a_client_that_probes_and_goes_away_is_no_failure() {
    let (mut client, served) = world(vec![]).stdio();
    let answer = client.request("server/discover", discovering()).await;
    assert!(answer["result"]["supportedVersions"].as_array().unwrap().len() >= 5);
    client.close().await;
    served.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_client_that_says_nothing_and_goes_away_is_no_failure() {
    let (mut client, served) = world(vec![]).stdio();
    client.close().await;
    served.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_end_of_the_input_ends_a_call_that_never_answers() {
    let playground = Playground::default();
    let signs = Arc::clone(&playground.signs);
    let (mut client, served) = with_toolsets(vec![Arc::new(playground)], vec![]).stdio();
    client.initialize().await;
    client.send("tools/call", json!({ "name": "wait", "arguments": {} })).await;
    signs.waiting(1).await;
    client.close().await;
    served.await.unwrap().unwrap();
    signs.waiting(0).await;
}

#[tokio::test]
async fn what_was_asked_before_the_input_ended_is_answered() {
    let (mut client, _served) = world(vec![]).stdio();
    client.initialize().await;
    let id =
        client.send("tools/call", json!({ "name": "echo", "arguments": { "text": "bye" } })).await;
    client.close().await;
    let answer = client.receive_until(|it| it["id"] == id).await;
    assert_eq!(answer["result"]["content"][0]["text"], "bye");
}

#[tokio::test]
async fn a_cancelled_call_is_dropped_where_it_stands() {
    let playground = Playground::default();
    let signs = Arc::clone(&playground.signs);
    let (mut client, _served) = with_toolsets(vec![Arc::new(playground)], vec![]).stdio();
    client.initialize().await;
    let id = client.send("tools/call", json!({ "name": "wait", "arguments": {} })).await;
    signs.waiting(1).await;
    client.notify("notifications/cancelled", json!({ "requestId": id })).await;
    signs.waiting(0).await;
}

#[tokio::test(start_paused = true)]
async fn the_end_waits_neither_for_what_was_given_up_nor_for_what_lasts() {
    let playground = Playground::default();
    let signs = Arc::clone(&playground.signs);
    let (mut client, served) = with_toolsets(vec![Arc::new(playground)], vec![]).stdio();
    let filter = json!({ "notifications": { "toolsListChanged": true } });
    client.send("subscriptions/listen", modern(filter)).await;
    client.receive().await;
    let wait = modern(json!({ "name": "wait", "arguments": {} }));
    let id = client.send("tools/call", wait).await;
    signs.waiting(1).await;
    client.notify("notifications/cancelled", modern(json!({ "requestId": id }))).await;
    signs.waiting(0).await;
    let closed = tokio::time::Instant::now();
    client.close().await;
    served.await.unwrap().unwrap();
    assert_eq!(closed.elapsed().as_millis(), 0);
}

#[tokio::test]
async fn whoever_missed_changes_is_told_to_read_again_what_it_subscribed_to() {
    let world = world(vec![]);
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    client.request("resources/subscribe", json!({ "uri": "playground://mine" })).await;
    let (mut listener, _listening) = world.stdio();
    let filter = json!({ "notifications": { "resourceSubscriptions": ["playground://mine"] } });
    listener.send("subscriptions/listen", modern(filter)).await;
    listener.receive().await;
    let changes = world.registry.changes();
    changes.announce(Change::Resource("playground://mine".into()));
    for _ in 0..2000 {
        changes.announce(Change::Resource("playground://other".into()));
    }
    for client in [&mut client, &mut listener] {
        let told = client.receive_until(|it| it["method"] == "notifications/resources/updated");
        assert_eq!(told.await["params"]["uri"], "playground://mine");
    }
}

#[tokio::test]
async fn one_session_cannot_subscribe_to_everything() {
    let (mut client, _served) = world(vec![]).stdio();
    client.initialize().await;
    let uri = |number: usize| json!({ "uri": format!("playground://{number}") });
    for number in 0..100 {
        let answer = client.request("resources/subscribe", uri(number)).await;
        assert!(answer["error"].is_null(), "{answer}");
    }
    let answer = client.request("resources/subscribe", uri(100)).await;
    let told = answer["error"]["message"].as_str().unwrap();
    assert!(told.starts_with("100 resources are subscribed to, the most"), "{told}");
    client.request("resources/unsubscribe", uri(0)).await;
    assert!(client.request("resources/subscribe", uri(100)).await["error"].is_null());
}

#[tokio::test(start_paused = true)]
async fn a_completion_that_takes_longer_than_somebody_types_is_empty() {
    let (mut client, _served) = world(vec![]).stdio();
    client.initialize().await;
    let greet = json!({ "type": "ref/prompt", "name": "greet" });
    let params = json!({ "ref": greet, "argument": { "name": "who", "value": "never" } });
    let asked = tokio::time::Instant::now();
    let answer = client.request("completion/complete", params).await;
    assert_eq!(asked.elapsed().as_millis(), 200);
    assert_eq!(answer["result"]["completion"]["values"], json!([]));
}

#[tokio::test]
async fn what_is_not_there_cannot_be_subscribed_to() {
    let (mut client, _served) = world(vec![]).stdio();
    client.initialize().await;
    let nothing = json!({ "uri": "playground://a/b" });
    let answer = client.request("resources/subscribe", nothing.clone()).await;
    assert_eq!(answer["error"]["code"], -32002);
    assert_eq!(answer["error"]["data"], nothing);
}

#[tokio::test]
async fn a_line_that_is_not_json_is_answered_and_the_next_is_served() {
    let (mut client, _served) = world(vec![]).stdio();
    client.write("hello?").await;
    let answer = client.receive().await;
    assert_eq!(answer["error"]["code"], -32700);
    assert_eq!(answer["id"], json!(null));
    client.initialize().await;
}

#[tokio::test]
async fn bytes_that_are_not_text_are_answered_and_the_next_line_is_served() {
    let (mut client, _served) = world(vec![]).stdio();
    client.initialize().await;
    client.write_bytes(b"\xff\xfe\xfd\n").await;
    let answer = client.receive().await;
    assert_eq!(answer["error"]["code"], -32700);
    assert_eq!(client.call("echo", json!({ "text": "on" })).await["result"]["isError"], false);
}

#[tokio::test]
async fn a_line_that_is_too_long_is_answered_and_the_next_is_served() {
    let (mut client, _served) = world(vec![]).stdio();
    client.initialize().await;
    client.write(&"x".repeat(17 * 1024 * 1024)).await;
    let answer = client.receive().await;
    assert_eq!(answer["error"]["code"], -32700);
    assert!(answer["error"]["message"].as_str().unwrap().contains("longer than"));
    assert_eq!(client.call("echo", json!({ "text": "on" })).await["result"]["isError"], false);
}

#[tokio::test]
async fn a_batch_is_an_invalid_request() {
    let (mut client, _served) = world(vec![]).stdio();
    client.initialize().await;
    client.write(r#"[{"jsonrpc":"2.0","id":1,"method":"tools/list"}]"#).await;
    assert_eq!(client.receive().await["error"]["code"], -32600);
}

#[tokio::test]
async fn a_known_method_with_params_of_the_wrong_shape_is_told_so() {
    let (mut client, _served) = world(vec![]).stdio();
    client.initialize().await;
    let answer = client.request("tools/call", json!({ "arguments": [] })).await;
    assert_eq!(answer["error"]["code"], -32602);
    let answer = client.request("tools/run", json!({})).await;
    assert_eq!(answer["error"]["code"], -32601);
}

#[tokio::test]
async fn an_unknown_tool_is_named_with_the_nearest() {
    let (mut client, _served) = world(vec![]).stdio();
    client.initialize().await;
    let answer = client.call("ecco", json!({})).await;
    assert_eq!(answer["error"]["code"], -32602);
    assert_eq!(answer["error"]["message"], "unknown tool: ecco (did you mean echo?)");
}

#[tokio::test]
async fn an_old_name_works_and_is_not_listed() {
    let (mut client, _served) = world(vec![]).stdio();
    client.initialize().await;
    assert_eq!(client.tool_names().await, ["ask", "echo", "erase", "paint", "panic", "wait"]);
    let answer = client.call("say", json!({ "text": "hi" })).await;
    assert_eq!(answer["result"]["content"][0]["text"], "hi");
}

#[tokio::test]
async fn every_result_of_the_newer_era_says_who_answers() {
    let (mut client, _served) = world(vec![]).stdio();
    let read = json!({ "uri": "tacklebox://toolsets" });
    let say = json!({ "name": "echo", "arguments": { "text": "hi" } });
    for (method, params) in [
        ("server/discover", json!({})),
        ("tools/list", json!({})),
        ("tools/call", say),
        ("resources/list", json!({})),
        ("resources/templates/list", json!({})),
        ("resources/read", read),
        ("prompts/list", json!({})),
    ] {
        let answer = client.request(method, modern(params)).await;
        let server = &answer["result"]["_meta"]["io.modelcontextprotocol/serverInfo"];
        assert_eq!(server["name"], "tacklebox", "{method}: {answer}");
        assert_eq!(server["version"], env!("CARGO_PKG_VERSION"));
    }
}

#[tokio::test]
async fn progress_goes_to_whoever_asked_for_it() {
    let (mut client, _served) = world(vec![]).stdio();
    client.initialize().await;
    let params = json!({
        "name": "echo",
        "arguments": { "text": "hi" },
        "_meta": { "progressToken": "mine" },
    });
    client.send("tools/call", params).await;
    let progress = client.receive().await;
    assert_eq!(progress["method"], "notifications/progress");
    assert_eq!(progress["params"]["progressToken"], "mine");
    client.receive().await;

    let id =
        client.send("tools/call", json!({ "name": "echo", "arguments": { "text": "hi" } })).await;
    assert_eq!(client.receive().await["id"], id);
}

#[tokio::test]
async fn a_cursor_that_nobody_gave_out_is_refused() {
    let (mut client, _served) = world(vec![]).stdio();
    client.initialize().await;
    let answer = client.request("tools/list", json!({ "cursor": "made up" })).await;
    assert_eq!(answer["error"]["code"], -32602);
}
