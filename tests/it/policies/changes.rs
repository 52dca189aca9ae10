//! What stands between a change that is known and the change that is made.

use std::sync::Arc;

use serde_json::{Value, json};
use tacklebox::{
    output::Redactor,
    policy::{Audit, Confirm, DryRun, MostAffected, Pace, Policy, Protected, ReadOnly, Recent},
};

use super::{record::written, text};
use crate::world::{
    Client, Log, Playground, Signs, World, initialize, modern, modern_asking, with_toolsets,
};

/// A world with these policies, and the signs of what was done in it.
fn guarded(policies: Vec<Box<dyn Policy>>) -> (World, Arc<Signs>) {
    let playground = Playground::default();
    let signs = Arc::clone(&playground.signs);
    (with_toolsets(vec![Arc::new(playground)], policies), signs)
}

fn confirm(also: &[&str], required: bool) -> Box<dyn Policy> {
    let also: Vec<String> = also.iter().map(|it| (*it).to_owned()).collect();
    Box::new(Confirm::new(&also, required).unwrap())
}

/// A client of the older era whose person can be asked.
async fn asking(world: &World) -> Client {
    let (mut client, _served) = world.stdio();
    let mut hello = initialize();
    hello["capabilities"] = json!({ "elicitation": {} });
    client.request("initialize", hello).await;
    client.notify("notifications/initialized", json!({})).await;
    client
}

async fn reply(client: &mut Client, question: &Value, reply: Value) {
    let answer = json!({ "jsonrpc": "2.0", "id": question["id"], "result": reply });
    client.write(&answer.to_string()).await;
}

fn yes() -> Value {
    json!({ "action": "accept", "content": { "confirm": true } })
}

fn erase(name: &str) -> Value {
    json!({ "name": "erase", "arguments": { "name": name } })
}

#[tokio::test]
async fn nothing_is_deleted_before_a_person_has_seen_what_and_said_yes() {
    let (world, signs) = guarded(vec![confirm(&[], true)]);
    let mut client = asking(&world).await;
    let id = client.send("tools/call", erase("shop/cart")).await;
    let question = client.receive().await;
    assert_eq!(question["method"], "elicitation/create");
    assert_eq!(question["params"]["message"], "erase: shop/cart would be gone");
    assert_eq!(signs.deeds(), [""; 0]);
    reply(&mut client, &question, yes()).await;
    let answer = client.receive_until(|it| it["id"] == id).await;
    assert_eq!(text(&answer), "shop/cart is gone");
    assert_eq!(signs.deeds(), ["erased shop/cart"]);
}

#[tokio::test]
async fn whatever_is_no_yes_is_a_no() {
    let (world, signs) = guarded(vec![confirm(&[], true)]);
    let mut client = asking(&world).await;
    for no in [
        json!({ "action": "decline" }),
        json!({ "action": "cancel" }),
        json!({ "action": "accept" }),
        json!({ "action": "accept", "content": {} }),
        json!({ "action": "accept", "content": { "confirm": false } }),
        json!({ "action": "accept", "content": { "confirm": "true" } }),
        json!({ "action": "accept", "content": { "other": true } }),
    ] {
        let id = client.send("tools/call", erase("shop/cart")).await;
        let question = client.receive().await;
        reply(&mut client, &question, no.clone()).await;
        let answer = client.receive_until(|it| it["id"] == id).await;
        let said = answer.to_string();
        assert!(said.contains("nothing was done") || answer.get("error").is_some(), "{no}: {said}");
    }
    assert_eq!(signs.deeds(), [""; 0]);
}

#[tokio::test]
async fn a_client_that_cannot_ask_is_refused_and_told_how_to_go_on() {
    let (world, signs) = guarded(vec![confirm(&[], true)]);
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    let answer = client.call("erase", json!({ "name": "shop/cart" })).await;
    assert_eq!(answer["result"]["isError"], true);
    assert!(text(&answer).contains("policy.confirm"), "{answer}");
    let (mut client, _served) = world.stdio();
    let answer = client.request("tools/call", modern(erase("shop/cart"))).await;
    let error = &answer["error"];
    assert!(error["message"].as_str().unwrap().contains("policy.confirm"), "{answer}");
    assert!(error["data"]["requiredCapabilities"]["elicitation"].is_object(), "{answer}");
    assert_eq!(signs.deeds(), [""; 0]);
}

#[tokio::test]
async fn where_the_operator_says_when_possible_a_client_that_cannot_ask_is_let_through() {
    let (world, signs) = guarded(vec![confirm(&[], false)]);
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    client.call("erase", json!({ "name": "shop/cart" })).await;
    assert_eq!(signs.deeds(), ["erased shop/cart"]);
    let mut client = asking(&world).await;
    client.send("tools/call", erase("shop/tea")).await;
    assert_eq!(client.receive().await["method"], "elicitation/create");
}

#[tokio::test]
async fn only_what_the_operator_marked_is_asked_about_besides() {
    let (world, signs) = guarded(vec![confirm(&["p*:thing:prod-*/*"], true)]);
    let mut client = asking(&world).await;
    let answer = client.call("paint", json!({ "name": "test/door" })).await;
    assert_eq!(text(&answer), "test/door is red");
    let arguments = json!({ "name": "paint", "arguments": { "name": "prod-eu/door" } });
    client.send("tools/call", arguments).await;
    assert_eq!(client.receive().await["params"]["message"], "paint: prod-eu/door would be red");
    assert_eq!(signs.deeds(), ["painted test/door"]);
}

/// A call in the newer era, and its question, as `(key, state)`.
async fn asked(client: &mut Client, call: Value) -> (String, Value) {
    let answer = client.request("tools/call", modern_asking(call)).await;
    let asked = answer["result"]["inputRequests"].as_object().unwrap();
    (asked.keys().next().unwrap().clone(), answer["result"]["requestState"].clone())
}

fn answered(mut call: Value, key: &str, state: &Value, reply: &Value) -> Value {
    call["requestState"] = state.clone();
    call["inputResponses"] = json!({ key: reply });
    modern_asking(call)
}

#[tokio::test]
async fn in_the_newer_era_a_yes_is_for_what_was_shown_for_this_call_and_for_once() {
    let (world, signs) = guarded(vec![confirm(&[], true)]);
    let (mut client, _served) = world.stdio();
    let (key, state) = asked(&mut client, erase("shop/cart")).await;
    // Another call cannot use it, and so its own state is worth nothing any more.
    let other = answered(erase("shop/tea"), &key, &state, &yes());
    assert!(client.request("tools/call", other).await["error"].is_object());

    let (key, state) = asked(&mut client, erase("shop/cart")).await;
    let good = answered(erase("shop/cart"), &key, &state, &yes());
    let answer = client.request("tools/call", good.clone()).await;
    assert_eq!(text(&answer), "shop/cart is gone");
    assert!(client.request("tools/call", good).await["error"].is_object());
    assert_eq!(signs.deeds(), ["erased shop/cart"]);

    // Nobody asked: a yes that comes first is nobody's.
    let mut early = modern_asking(erase("shop/cart"));
    early["inputResponses"] = json!({ key: yes() });
    let answer = client.request("tools/call", early).await;
    assert!(answer["result"]["inputRequests"].is_object(), "{answer}");
    assert_eq!(signs.deeds(), ["erased shop/cart"]);
}

#[tokio::test]
async fn who_said_yes_is_asked_again_when_the_world_has_changed_meanwhile() {
    let (world, signs) = guarded(vec![confirm(&[], true)]);
    let (mut client, _served) = world.stdio();
    let (key, state) = asked(&mut client, erase("shop/cart")).await;
    signs.turn();
    let late = answered(erase("shop/cart"), &key, &state, &yes());
    let answer = client.request("tools/call", late).await;
    let asked = answer["result"]["inputRequests"].as_object().unwrap();
    assert!(!asked.contains_key(&key), "{answer}");
    assert_eq!(signs.deeds(), [""; 0]);
}

#[tokio::test]
async fn one_call_changes_no_more_than_the_operator_allows() {
    let (world, signs) = guarded(vec![Box::new(MostAffected(2)), confirm(&[], true)]);
    let mut client = asking(&world).await;
    let answer = client.call("erase", json!({ "name": "s/a s/b s/c" })).await;
    assert_eq!(
        text(&answer),
        "refused: this would change 3 objects (3 Thing), and policy.max_affected is 2: do it in parts, or narrow it"
    );
    client.send("tools/call", erase("s/a s/b")).await;
    assert_eq!(client.receive().await["method"], "elicitation/create");
    assert_eq!(signs.deeds(), [""; 0]);
}

#[tokio::test]
async fn what_the_whole_cluster_lives_on_is_deleted_only_if_the_operator_named_it() {
    let deletable = ["Thing:kube-system/old-*".to_owned(), "Thing:attic".to_owned()];
    let (world, signs) = guarded(vec![Box::new(Protected::new(&deletable).unwrap())]);
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    for kept in ["kube-system/dns", "kube-public/info", "cellar", "shop/cart kube-system/dns"] {
        let answer = client.call("erase", json!({ "name": kept })).await;
        assert!(text(&answer).contains("policy.deletable"), "{answer}");
    }
    assert_eq!(signs.deeds(), [""; 0]);
    for name in ["kube-system/old-dns", "attic", "shop/cart"] {
        client.call("erase", json!({ "name": name })).await;
    }
    // To change is not to delete.
    client.call("paint", json!({ "name": "kube-system/dns" })).await;
    assert_eq!(signs.deeds().len(), 4);
}

#[tokio::test]
async fn where_changes_are_only_shown_none_is_made_whoever_said_yes() {
    let (world, signs) = guarded(vec![Box::new(DryRun), confirm(&[], true)]);
    let mut client = asking(&world).await;
    let answer = client.call("erase", json!({ "name": "shop/cart" })).await;
    assert!(text(&answer).starts_with("dry run, nothing was changed: shop/cart would be gone"));
    assert_eq!(signs.deeds(), [""; 0]);
}

#[tokio::test]
async fn a_dry_run_asks_nobody_and_changes_nothing() {
    let (world, signs) = guarded(vec![confirm(&[], true)]);
    let mut client = asking(&world).await;
    let answer = client.call("erase", json!({ "name": "shop/cart", "dry_run": true })).await;
    assert_eq!(
        text(&answer),
        "dry run, nothing was changed: shop/cart would be gone\nwithout dry_run, a person is asked first (policy.confirm)"
    );
    assert_eq!(signs.deeds(), [""; 0]);
}

#[tokio::test]
async fn a_dry_run_tells_what_would_be_refused() {
    let (world, _signs) =
        guarded(vec![Box::new(MostAffected(1)), Box::new(Protected::new(&[]).unwrap())]);
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    let dry = json!({ "name": "kube-system/dns shop/cart", "dry_run": true });
    let answer = client.call("erase", dry).await;
    for told in ["it would be refused: this would change 2 objects", "policy.deletable"] {
        assert!(text(&answer).contains(told), "{answer}");
    }
}

#[tokio::test]
async fn where_nobody_is_asked_about_dangers_what_is_marked_is_asked_about_all_the_same() {
    let marked = Confirm::new(&["*:thing:prod/*".to_owned()], true).unwrap().only_marked();
    let (world, signs) = guarded(vec![Box::new(marked)]);
    let mut client = asking(&world).await;
    client.call("erase", json!({ "name": "shop/cart" })).await;
    assert_eq!(signs.deeds(), ["erased shop/cart"]);
    client.send("tools/call", erase("prod/cart")).await;
    assert_eq!(client.receive().await["method"], "elicitation/create");
}

#[tokio::test]
async fn what_nobody_would_see_is_written_out_in_the_question() {
    let (world, _signs) = guarded(vec![confirm(&[], true)]);
    let mut client = asking(&world).await;
    client.send("tools/call", erase("shop/ca\u{200b}rt\u{202e}")).await;
    let question = client.receive().await;
    let message = question["params"]["message"].as_str().unwrap();
    assert_eq!(message, "erase: shop/ca\\u{200b}rt\\u{202e} would be gone");
}

#[tokio::test]
async fn a_client_that_answers_the_question_with_an_error_has_said_no() {
    let (world, signs) = guarded(vec![confirm(&[], true)]);
    let mut client = asking(&world).await;
    let id = client.send("tools/call", erase("shop/cart")).await;
    let question = client.receive().await;
    let error = json!({ "code": -32601, "message": "nope" });
    let answer = json!({ "jsonrpc": "2.0", "id": question["id"], "error": error });
    client.write(&answer.to_string()).await;
    let answer = client.receive_until(|it| it["id"] == id).await;
    assert!(text(&answer).contains("nothing was done"), "{answer}");
    assert_eq!(signs.deeds(), [""; 0]);
}

#[tokio::test]
async fn who_changes_too_much_too_fast_is_sent_back_before_a_person_is_bothered() {
    let (world, signs) =
        guarded(vec![Box::new(Pace::new(1, Recent::default())), confirm(&[], false)]);
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    client.call("paint", json!({ "name": "s/a" })).await;
    let answer = client.call("erase", json!({ "name": "s/a" })).await;
    assert!(text(&answer).starts_with("busy: 1 changes in a minute"), "{answer}");
    assert_eq!(signs.deeds(), ["painted s/a"]);
}

#[tokio::test]
async fn a_change_is_in_the_record_before_it_is_made_and_how_it_ended_after() {
    let log = Log::default();
    let audit = Audit::new(Box::new(log.clone()), Redactor::new());
    let intents = Box::new(audit.intents());
    let (world, _signs) = guarded(vec![Box::new(audit), confirm(&[], true), intents]);
    let mut client = asking(&world).await;
    let id = client.send("tools/call", erase("s/a s/b")).await;
    let question = client.receive().await;
    reply(&mut client, &question, yes()).await;
    client.receive_until(|it| it["id"] == id).await;
    let id = client.send("tools/call", erase("s/c")).await;
    let question = client.receive().await;
    reply(&mut client, &question, json!({ "action": "decline" })).await;
    client.receive_until(|it| it["id"] == id).await;
    client.call("erase", json!({ "name": "s/d", "dry_run": true })).await;
    let [begun, done, refused, shown] = written(&world, &log).await.try_into().unwrap();
    let objects = json!([
        { "effect": "delete", "object": "Thing s/a" },
        { "effect": "delete", "object": "Thing s/b" },
    ]);
    for (line, outcome, changed) in [(&begun, "begun", 0), (&done, "ok", 2)] {
        assert_eq!(line["outcome"], outcome);
        assert_eq!(line["decision"], "confirmed");
        assert_eq!(line["objects"], objects);
        assert_eq!((&line["affected"], &line["changed"]), (&json!(2), &json!(changed)));
        assert_eq!(line["diff"].as_str().unwrap().len(), 32);
    }
    assert_eq!(begun["diff"], done["diff"]);
    assert_eq!(begun["change"], done["change"]);
    assert_ne!(done["change"], refused["change"]);
    assert_eq!((&shown["decision"], &shown["outcome"]), (&json!("shown"), &json!("ok")));
    assert_eq!((&refused["decision"], &refused["changed"]), (&json!("refused"), &json!(0)));
}

#[tokio::test]
async fn a_full_disk_stops_changes_and_nothing_else() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let audit = Audit::new(Box::new(full), Redactor::new());
    let intents = Box::new(audit.intents());
    let (world, signs) = guarded(vec![Box::new(audit), intents]);
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    let answer = client.call("echo", json!({ "text": "hi" })).await;
    assert_eq!(text(&answer), "hi");
    let answer = client.call("erase", json!({ "name": "s/a" })).await;
    assert!(text(&answer).contains("what is not recorded is not changed"), "{answer}");
    assert_eq!(signs.deeds(), [""; 0]);
}

#[tokio::test]
async fn read_only_refuses_a_change_before_anybody_finds_out_what_it_would_do() {
    let (world, signs) = guarded(vec![Box::new(ReadOnly), confirm(&[], true)]);
    let mut client = asking(&world).await;
    for tool in ["erase", "paint"] {
        let answer = client.call(tool, json!({ "name": "s/a" })).await;
        assert!(text(&answer).contains("policy.mode is read_only"), "{answer}");
    }
    assert_eq!(signs.deeds(), [""; 0]);
}
