//! Other toolsets in the place of those that are there.

use std::sync::Arc;

use serde_json::json;
use tacklebox::{policy::Stack, toolsets::Health};

use super::{is_tools_changed, playground};
use crate::world::{Playground, style};

#[tokio::test]
async fn a_reload_puts_other_toolsets_in_place_and_tells_whoever_is_there() {
    let (world, _signs) = playground(Health::Ready);
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    assert_eq!(client.tool_names().await.len(), 5);
    world.registry.replace(Vec::new(), Stack::new(vec![], style())).unwrap();
    client.receive_until(is_tools_changed).await;
    assert_eq!(client.tool_names().await, Vec::<String>::new());
    assert_eq!(
        client.call("echo", json!({ "text": "hi" })).await["error"]["message"],
        "unknown tool: echo"
    );
}

#[tokio::test(start_paused = true)]
async fn a_reload_that_changes_nothing_tells_nobody() {
    let (world, _signs) = playground(Health::Ready);
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    client.tool_names().await;
    let twin = Arc::new(Playground::default());
    world.registry.replace(vec![twin], Stack::new(vec![], style())).unwrap();
    // Longer than a list waits for first probes, after which it would have been told.
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    let id = client.send("tools/list", json!({})).await;
    assert_eq!(client.receive().await["id"], id);
}

#[tokio::test]
async fn a_call_under_way_ends_before_its_toolset_is_shut_down() {
    let (world, signs) = playground(Health::Ready);
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    let id = client.send("tools/call", json!({ "name": "wait", "arguments": {} })).await;
    signs.waiting(1).await;
    world.registry.replace(Vec::new(), Stack::new(vec![], style())).unwrap();
    client.receive_until(is_tools_changed).await;
    assert!(!signs.is_shut_down());
    client.notify("notifications/cancelled", json!({ "requestId": id })).await;
    signs.shut_down().await;
    signs.waiting(0).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_never_ends_does_not_keep_its_toolset_for_ever() {
    let (world, signs) = playground(Health::Ready);
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    client.send("tools/call", json!({ "name": "wait", "arguments": {} })).await;
    signs.waiting(1).await;
    let began = tokio::time::Instant::now();
    world.registry.replace(Vec::new(), Stack::new(vec![], style())).unwrap();
    signs.shut_down().await;
    assert_eq!(began.elapsed().as_secs(), 10);
    signs.waiting(1).await;
}
