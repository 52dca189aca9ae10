//! That a secret changes is seen, and what it is is not.

use base64::{Engine, prelude::BASE64_STANDARD};
use expect_test::expect;
use serde_json::json;

use super::{OTHER, PLANTED, Value, changes, redactor, survives, told};
use crate::output::Redactor;

fn base64(text: &str) -> String {
    BASE64_STANDARD.encode(text)
}

#[track_caller]
fn assert_hidden(before: &Value, after: &Value) -> String {
    for redactor in [redactor(), Redactor::without_fingerprints()] {
        let mut all = String::new();
        for (one, other) in [
            (Some(before), Some(after)),
            (Some(after), Some(before)),
            (None, Some(after)),
            (Some(before), None),
        ] {
            let diff = changes(one, other, &redactor);
            assert!(!diff.is_empty());
            all = format!("{all}{diff}\n");
        }
        for secret in [PLANTED, OTHER] {
            assert!(!survives(secret, &all) && !survives(&base64(secret), &all), "{all}");
        }
    }
    told(before, after)
}

#[test]
fn the_data_of_a_secret_is_hidden_on_both_sides() {
    let secret = |value: &str| {
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"},
            "data": {"a": base64(value), "same": base64("x")}, "stringData": {"b": value, "c": format!("{value}\n{value}\n")}})
    };
    expect![[r"
        data.a: [redacted 11 chars #f2f0be] -> [redacted 11 chars #4c78c8]
        stringData.b: [redacted 11 chars #f2f0be] -> [redacted 11 chars #4c78c8]
        stringData.c: [redacted 24 chars #d8460c] -> [redacted 24 chars #61e70f]"]]
    .assert_eq(&assert_hidden(&secret(PLANTED), &secret(OTHER)));
}

#[test]
fn what_is_the_same_is_no_change_and_what_looks_the_same_is_one() {
    let secret = |value: &str| json!({"kind": "Secret", "stringData": {"a": value}});
    assert_eq!(told(&secret(PLANTED), &secret(PLANTED)), "");
    let diff =
        changes(Some(&secret(PLANTED)), Some(&secret(OTHER)), &Redactor::without_fingerprints());
    assert_eq!(diff.lines(), ["stringData.a: [redacted 11 chars] -> (another value)"]);
}

#[test]
fn a_kind_that_changes_reveals_nothing() {
    let object = |kind: &str, value: &str| json!({"apiVersion": "v1", "kind": kind, "data": {"a": base64(value), "b": value}});
    for other in [PLANTED, OTHER] {
        let (secret, config) = (object("Secret", PLANTED), object("ConfigMap", other));
        let seen = format!("{}\n{}", told(&secret, &config), told(&config, &secret));
        assert!(!survives(PLANTED, &seen) && !survives(&base64(PLANTED), &seen), "{seen}");
        assert!(!survives(other, &seen), "{seen}");
    }
    let mut bare = object("Secret", PLANTED);
    bare.as_object_mut().unwrap().remove("kind");
    let seen = told(&object("Secret", OTHER), &bare);
    assert!(!survives(PLANTED, &seen), "{seen}");
    let list =
        |kind: &str| json!({"kind": "Wrapper", "spec": {"manifests": [object(kind, PLANTED)]}});
    let told = told(&list("Secret"), &list("ConfigMap"));
    assert!(!survives(PLANTED, &told), "{told}");
}

/// A patch may copy it, and whoever sees the change would read it.
#[test]
fn what_is_secret_at_one_place_is_at_no_other() {
    let pod = |labels: &Value, args: &Value| {
        json!({"kind": "Pod", "metadata": {"labels": labels}, "spec": {"containers": [
            {"name": "a", "args": args, "env": [{"name": "DB_PASSWORD", "value": PLANTED}]}]}})
    };
    let before = pod(&json!({}), &json!([]));
    let after = pod(
        &json!({"copy": PLANTED, "in": format!("x-{PLANTED}")}),
        &json!([format!("--name={PLANTED}")]),
    );
    let seen = told(&before, &after);
    assert!(!survives(PLANTED, &seen), "{seen}");
    let config = |copy: &str| json!({"kind": "ConfigMap", "data": {"file": format!("user: bob\npassword: {PLANTED}\n"), "copy": copy}});
    let seen = told(&config("a"), &config(PLANTED));
    assert!(
        !survives(PLANTED, &seen) && seen.contains("data.copy: a -> [redacted 11 chars"),
        "{seen}"
    );
    let secret = |annotations: &Value| json!({"kind": "Secret", "metadata": {"annotations": annotations}, "data": {"a": base64(PLANTED)}});
    let seen =
        told(&secret(&json!({})), &secret(&json!({"raw": base64(PLANTED), "decoded": PLANTED})));
    assert!(!survives(PLANTED, &seen) && !survives(&base64(PLANTED), &seen), "{seen}");
}

#[test]
fn a_variable_that_gets_another_name_reveals_nothing() {
    let pod = |name: &str| json!({"kind": "Pod", "spec": {"containers": [{"name": "a", "env": [{"name": name, "value": PLANTED}]}]}});
    let seen = told(&pod("DB_PASSWORD"), &pod("GREETING"));
    assert!(!survives(PLANTED, &seen), "{seen}");
    assert!(
        seen.contains("+ spec.containers[a].env[GREETING].value: [redacted 11 chars"),
        "{seen}"
    );
}

#[test]
fn a_number_that_is_secret_is_hidden_as_a_number_and_as_a_text() {
    let pod = |copy: &Value| json!({"kind": "Widget", "spec": {"password": 4_815_162_342_i64, "copy": copy}});
    for copy in [json!(4_815_162_342_i64), json!("4815162342")] {
        let seen = told(&pod(&json!(1)), &pod(&copy));
        assert!(
            !seen.contains("4815162342") && seen.contains("spec.copy: 1 -> [redacted"),
            "{seen}"
        );
    }
}

#[test]
fn secrets_in_keys_and_names_of_items_are_hidden() {
    let url = format!("postgres://bob:{PLANTED}@db/shop");
    let object = |value: &str| json!({"kind": "Widget", "spec": {"map": {url.clone(): value}, "list": [{"name": url, "x": value}]}});
    let seen = told(&object("a"), &object("b"));
    assert!(!survives(PLANTED, &seen) && seen.lines().count() == 2, "{seen}");
}

#[test]
fn keys_that_cannot_be_told_apart_any_more_are_not_shown() {
    let key = |it: &str| format!("password={it}{PLANTED}");
    let object = |value: &str| json!({"kind": "Widget", "spec": {key("a"): value, key("a "): "x", "b": value}});
    let seen = told(&object("1"), &object("2"));
    assert!(!survives(PLANTED, &seen) && !seen.is_empty(), "{seen}");
}

#[test]
fn what_the_operator_lets_be_read_is_read() {
    let secret = |value: &str| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web-tls", "namespace": "shop"}, "data": {"tls.crt": base64(value)}});
    let redactor = redactor().revealing(&["shop/web-tls:tls.crt".to_owned()]);
    let diff = changes(Some(&secret("one")), Some(&secret("two")), &redactor);
    assert_eq!(diff.lines(), ["data['tls.crt']: b25l -> dHdv"]);
}
