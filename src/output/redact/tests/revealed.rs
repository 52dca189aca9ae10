use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{PLANTED, Redactor, survives};

fn encoded() -> String {
    BASE64_STANDARD.encode(PLANTED)
}

/// The key `password` of the Secret db in shop may be read.
fn redacted(mut object: Value) -> Value {
    let entries = ["shop/db:password".to_owned()];
    Redactor::with_key([7; 32]).revealing(&entries).manifest(&mut object);
    object
}

fn secret(namespace: &str, name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": namespace, "name": name},
        "data": {"password": encoded(), "token": encoded()}})
}

#[test]
fn a_key_that_the_operator_names_is_shown_as_the_api_gives_it_and_no_other() {
    let shown = redacted(secret("shop", "db"));
    assert_eq!(shown["data"]["password"], encoded());
    assert!(shown["data"]["token"].as_str().unwrap().starts_with("[redacted 11 chars #"));
    assert_eq!(redacted(shown.clone()), shown);
    for kind in ["List", "SecretList"] {
        let items = [secret("bank", "db"), secret("shop", "db")];
        let list = redacted(json!({"apiVersion": "v1", "kind": kind, "items": items}));
        assert!(list["items"][0]["data"]["password"].as_str().unwrap().starts_with("[redacted "));
        assert_eq!(list["items"][1]["data"]["password"], encoded());
    }
    let mut plain = secret("shop", "db");
    plain["stringData"] = json!({"password": PLANTED, "user": PLANTED});
    let plain = redacted(plain);
    assert_eq!(plain["stringData"]["password"], PLANTED);
    assert!(plain["stringData"]["user"].as_str().unwrap().starts_with("[redacted "));
}

#[test]
fn nothing_else_is_shown_because_a_key_is() {
    let mut of_other_kind = secret("shop", "db");
    of_other_kind["apiVersion"] = json!("example.com/v1");
    let copy = secret("shop", "db").to_string();
    for object in [
        secret("bank", "db"),
        secret("shop", "db2"),
        of_other_kind,
        json!({"kind": "Secret", "data": {"password": encoded()}}),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "shop", "name": "db"}, "data": {"password": PLANTED}}),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"copy": copy}}),
        json!({"apiVersion": "example.com/v1", "kind": "Bundle", "items": [secret("shop", "db")]}),
        json!({"apiVersion": "example.com/v1", "kind": "List", "items": [secret("shop", "db")]}),
        json!({"apiVersion": "example.com/v1", "kind": "SecretList", "items": [secret("shop", "db")]}),
        json!({"kind": "List", "items": [secret("shop", "db")]}),
        json!({"kind": "Widget", "spec": {"template": secret("shop", "db")}}),
        json!({"kind": "Pod", "spec": {"containers": [{"env": [{"name": "PASSWORD", "value": PLANTED}]}]}}),
    ] {
        let text = redacted(object).to_string();
        assert!(!survives(PLANTED, &text) && !survives(&encoded(), &text), "{text}");
    }
    let mut applied = secret("shop", "db");
    let name = "kubectl.kubernetes.io/last-applied-configuration";
    applied["metadata"]["annotations"] = json!({name: copy});
    let applied = redacted(applied);
    assert!(!survives(&encoded(), &applied["metadata"].to_string()), "{applied}");
    assert_eq!(applied["data"]["password"], encoded());
}
