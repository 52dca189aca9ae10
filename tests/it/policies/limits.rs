//! How many calls of one caller run, how many wait, and what becomes of the rest.

use std::sync::Arc;

use serde_json::{Value, json};
use tacklebox::{
    output::Redactor,
    policy::{Audit, Limits, Outcome, Policy, Stack, Turns},
    registry::Registry,
    tool::{Caller, Detached, Session},
};
use tokio::task::JoinHandle;

use super::text;
use crate::world::{Log, Playground, Signs, style, with_toolsets};

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

/// A registry with these policies, and what goes on inside.
fn crowd(policies: Vec<Box<dyn Policy>>) -> (Registry, Arc<Signs>) {
    let playground = Playground::default();
    let signs = Arc::clone(&playground.signs);
    (with_toolsets(vec![Arc::new(playground)], policies).registry, signs)
}

/// A call that somebody has begun and that goes on by itself.
fn begun(registry: &Registry, caller: &str, tool: &str, arguments: &Value) -> JoinHandle<Outcome> {
    let (registry, tool) = (registry.clone(), tool.to_owned());
    let session = Session::new(Caller::named(caller), Arc::new(Detached));
    let arguments = arguments.as_object().cloned().unwrap();
    tokio::spawn(async move { registry.call(&tool, arguments, session).await.unwrap() })
}

#[tokio::test(start_paused = true)]
async fn a_crowd_of_one_callers_calls_is_sent_back_at_once_recorded_and_keeps_nobody_else_out() {
    let log = Log::default();
    let audit = Audit::new(Box::new(log.clone()), Redactor::new());
    let limits = Limits::new(1, Turns::default());
    let (registry, signs) = crowd(vec![Box::new(limits), Box::new(audit)]);
    let anns: Vec<_> = (0..5_000).map(|_| begun(&registry, "ann", "wait", &json!({}))).collect();
    signs.waiting(1).await;
    let began = tokio::time::Instant::now();
    let bobs = begun(&registry, "bob", "echo", &json!({ "text": "hi" })).await.unwrap();
    assert_eq!(bobs.unwrap().text, "hi");
    signs.release();
    let mut sent_back = Vec::new();
    for call in anns {
        sent_back.extend(call.await.unwrap().err());
    }
    assert_eq!((began.elapsed().as_secs(), sent_back.len()), (0, 5_000 - 1 - 8));
    let told = sent_back[0].to_string();
    assert!(told.starts_with("busy: 1 of your calls are under way and 8 wait"), "{told}");
    registry.shutdown().await;
    let lines = log.lines();
    assert_eq!(lines.iter().filter(|it| it["outcome"] == "ok").count(), 10);
    let busy = lines.iter().find(|it| it["outcome"] == "busy").unwrap();
    assert_eq!((&busy["caller"], &busy["name"]), (&json!("ann"), &json!("wait")));
}

#[tokio::test]
async fn calls_that_wait_for_their_turn_get_it_in_their_order_and_one_that_gave_up_holds_up_nobody()
{
    let log = Log::default();
    let audit = Audit::new(Box::new(log.clone()), Redactor::new());
    let limits = Limits::new(1, Turns::default());
    let (registry, signs) = crowd(vec![Box::new(limits), Box::new(audit)]);
    let first = begun(&registry, "ann", "wait", &json!({}));
    signs.waiting(1).await;
    let calls: Vec<_> = (0..5)
        .map(|number| begun(&registry, "ann", "erase", &json!({ "name": number.to_string() })))
        .collect();
    tokio::task::yield_now().await;
    calls[2].abort();
    signs.release();
    first.await.unwrap().unwrap();
    for (number, call) in calls.into_iter().enumerate() {
        assert_eq!(call.await.is_ok(), number != 2, "{number}");
    }
    registry.shutdown().await;
    let lines = log.lines();
    let order: Vec<&str> = lines.iter().filter_map(|it| it["target"]["name"].as_str()).collect();
    assert_eq!(order, ["0", "1", "3", "4"]);
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
