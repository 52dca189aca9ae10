//! Other toolsets in the place of those that are there.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use serde_json::json;
use tacklebox::{
    policy::Stack,
    prompt::BoundPrompt,
    registry::{Registry, Rhythm},
    resource::BoundResource,
    tool::{BoundTool, Session},
    toolsets::{Change, Health, Toolset},
};
use tokio::sync::broadcast;

use super::{down, is_tools_changed, playground};
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
    tokio::time::sleep(Duration::from_secs(5)).await;
    let id = client.send("tools/list", json!({})).await;
    assert_eq!(client.receive().await["id"], id);
}

#[tokio::test(start_paused = true)]
async fn a_reload_on_a_slow_cluster_takes_no_tool_away_for_a_moment() {
    let (registry, mut changed) = ready().await;
    registry.replace(vec![Arc::new(Slow)], Stack::new(vec![], style())).unwrap();
    for _ in 0..30 {
        assert_eq!(registry.tools().await.len(), 5);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(changed.try_recv().is_err(), "clients were told of a change that there was not");
}

#[tokio::test(start_paused = true)]
async fn a_toolset_whose_backend_the_reload_has_lost_goes_after_a_second_probe_and_clients_are_told()
 {
    let (registry, mut changed) = ready().await;
    let lost = Playground::named("playground", down());
    registry.replace(vec![Arc::new(lost)], Stack::new(vec![], style())).unwrap();
    assert_eq!(registry.tools().await.len(), 5);
    changed.recv().await.unwrap();
    assert_eq!(registry.tools().await.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_a_reload_mends_is_in_the_next_list() {
    let toolset = Arc::new(Playground::named("playground", down()));
    let stack = || Stack::new(vec![], style());
    let registry = Registry::new(vec![toolset], stack(), Rhythm::default()).unwrap();
    assert_eq!(registry.tools().await.len(), 0);
    registry.replace(vec![Arc::new(Playground::default())], stack()).unwrap();
    assert_eq!(registry.tools().await.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn whoever_listens_is_told_to_read_again_after_a_reload_and_nobody_else_is() {
    let (registry, mut changed) = ready().await;
    let uri = "playground://7";
    let subscription = registry.subscribe(uri, Session::detached()).await.unwrap().unwrap();
    registry.replace(vec![Arc::new(Playground::default())], Stack::new(vec![], style())).unwrap();
    assert_eq!(changed.recv().await.unwrap(), Change::Resource(uri.into()));
    drop(subscription);
    registry.replace(vec![Arc::new(Playground::default())], Stack::new(vec![], style())).unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(changed.try_recv().is_err());
}

/// A registry whose toolset has been found well, and what clients hear of from now on.
async fn ready() -> (Registry, broadcast::Receiver<Change>) {
    let toolset = Arc::new(Playground::default());
    let stack = Stack::new(vec![], style());
    let registry = Registry::new(vec![toolset], stack, Rhythm::default()).unwrap();
    assert_eq!(registry.tools().await.len(), 5);
    let changed = registry.changes().subscribe();
    (registry, changed)
}

/// The playground behind a slow line.
struct Slow;

#[async_trait]
impl Toolset for Slow {
    fn name(&self) -> &'static str {
        "playground"
    }

    fn purpose(&self) -> String {
        Playground::default().purpose()
    }

    fn tools(&self) -> Vec<BoundTool> {
        Playground::default().tools()
    }

    fn prompts(&self) -> Vec<BoundPrompt> {
        Playground::default().prompts()
    }

    fn resources(&self) -> Vec<BoundResource> {
        Playground::default().resources()
    }

    async fn health(&self) -> Health {
        tokio::time::sleep(Duration::from_secs(2)).await;
        Health::Ready
    }
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
