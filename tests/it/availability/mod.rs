//! Toolsets come and go with their backends, and nobody waits for one that is down.

mod probes;
mod reload;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use tacklebox::{
    policy::Stack,
    registry::{Registry, Rhythm},
    tool::{BoundTool, Session},
    toolsets::{Health, Toolset},
};

use crate::world::{Playground, World, modern, style, with_toolsets};

fn down() -> Health {
    Health::Unavailable("the backend is down; start it".to_owned())
}

fn playground(health: Health) -> (World, Arc<crate::world::Signs>) {
    let playground = Playground::named("playground", health);
    let signs = Arc::clone(&playground.signs);
    (with_toolsets(vec![Arc::new(playground)], vec![]), signs)
}

fn is_tools_changed(message: &Value) -> bool {
    message["method"] == "notifications/tools/list_changed"
}

#[tokio::test]
async fn an_unavailable_toolset_is_not_listed_and_the_report_says_why() {
    let (world, _signs) = playground(down());
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    assert_eq!(client.tool_names().await, Vec::<String>::new());
    let answer = client.request("resources/read", json!({ "uri": "tacklebox://toolsets" })).await;
    let text = answer["result"]["contents"][0]["text"].as_str().unwrap();
    let report: Value = serde_json::from_str(text).unwrap();
    let expected = json!({ "toolsets": [{
        "name": "playground",
        "state": "unavailable",
        "reason": "the backend is down; start it",
    }]});
    assert_eq!(report, expected);
}

#[tokio::test]
async fn a_call_to_an_unavailable_toolset_says_why_and_works_as_soon_as_it_is_back() {
    let (world, signs) = playground(down());
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    let answer = client.call("echo", json!({ "text": "hi" })).await;
    assert_eq!(
        answer["result"]["content"][0]["text"],
        "unavailable: toolset playground: the backend is down; start it"
    );
    signs.set_health(Health::Ready);
    let answer = client.call("echo", json!({ "text": "hi" })).await;
    assert_eq!(answer["result"]["content"][0]["text"], "hi");
}

#[tokio::test]
async fn a_session_is_told_when_a_toolset_comes_and_goes() {
    let (world, signs) = playground(down());
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    assert_eq!(client.tool_names().await, Vec::<String>::new());
    signs.set_health(Health::Ready);
    client.receive_until(is_tools_changed).await;
    assert_eq!(client.tool_names().await, ["ask", "echo", "erase", "paint", "panic", "wait"]);
    signs.set_health(down());
    client.receive_until(is_tools_changed).await;
    assert_eq!(client.tool_names().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_listener_of_the_newer_era_is_told_of_what_it_asked_for_and_of_nothing_else() {
    let (world, signs) = playground(down());
    let (mut client, _served) = world.stdio();
    client.request("tools/list", modern(json!({}))).await;
    let filter = json!({ "notifications": { "toolsListChanged": true } });
    let id = client.send("subscriptions/listen", modern(filter)).await;
    let first = client.receive().await;
    assert_eq!(first["method"], "notifications/subscriptions/acknowledged");
    signs.set_health(Health::Ready);
    let told = client.receive().await;
    assert!(is_tools_changed(&told), "{told}");
    assert_eq!(told["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], id);
    signs.set_health(down());
    let told = client.receive().await;
    assert!(
        is_tools_changed(&told),
        "prompts and resources changed too, and were not asked for: {told}"
    );
}

#[tokio::test]
async fn a_degraded_toolset_stays_listed() {
    let (world, _signs) = playground(Health::Degraded("one of two is down".to_owned()));
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    assert_eq!(client.tool_names().await.len(), 6);
}

/// Its probe never ends.
struct Silent;

#[async_trait]
impl Toolset for Silent {
    fn name(&self) -> &'static str {
        "silent"
    }

    fn purpose(&self) -> String {
        "silent: waits.".to_owned()
    }

    fn tools(&self) -> Vec<BoundTool> {
        Vec::new()
    }

    async fn health(&self) -> Health {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn one_silent_backend_delays_the_first_list_by_one_and_a_half_seconds_and_hides_nothing_else()
{
    let toolsets: Vec<Arc<dyn Toolset>> = vec![Arc::new(Silent), Arc::new(Playground::default())];
    let registry = Registry::new(toolsets, Stack::new(vec![], style()), Rhythm::default()).unwrap();
    let started = tokio::time::Instant::now();
    assert_eq!(registry.tools(&Session::detached()).await.len(), 6);
    assert_eq!(started.elapsed().as_millis(), 1500);
}

#[tokio::test(start_paused = true)]
async fn the_first_answer_waits_for_no_backend() {
    let (mut client, _served) = with_toolsets(vec![Arc::new(Silent)], vec![]).stdio();
    let started = tokio::time::Instant::now();
    let answer = client.initialize().await;
    assert_eq!(started.elapsed().as_millis(), 0);
    let instructions = answer["result"]["instructions"].as_str().unwrap();
    assert!(instructions.starts_with("silent: waits."), "{instructions}");
}

#[tokio::test]
async fn two_owners_of_one_name_are_both_named_at_the_start() {
    let toolsets: Vec<Arc<dyn Toolset>> = vec![
        Arc::new(Playground::named("first", Health::Ready)),
        Arc::new(Playground::named("second", Health::Ready)),
    ];
    let twice = Registry::new(toolsets, Stack::new(vec![], style()), Rhythm::default());
    assert_eq!(
        twice.err().unwrap().to_string(),
        "tool ask is declared twice, by toolset first and by toolset second"
    );
}
