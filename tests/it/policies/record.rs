//! What every call leaves in the record, and what happens when it cannot be written.

use std::{
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use serde_json::{Value, json};
use tacklebox::{
    output::Redactor,
    policy::{Audit, Policy, ReadOnly},
    toolsets::Health,
};

use super::text;
use crate::world::{Log, Playground, World, with_toolsets, world};

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

/// What the record holds when everything has been put away.
pub(super) async fn written(world: &World, log: &Log) -> Vec<Value> {
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
