use proptest::{collection::vec, prelude::*};
use serde_json::json;

use super::{Redactor, Value, changes, redactor, survives};

/// A secret that no rule knows by its looks and that is no placeholder, path or word.
fn planted() -> impl Strategy<Value = String> {
    "[A-Z][a-z0-9!#%*+~^?]{6,10}[A-Z][A-Za-z0-9]{2,12}[0-9]"
}

/// A value in which the secret is known for one, where `0` is the secret.
fn frame() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!({"kind": "Secret", "stringData": {"a": "\0"}}),
        json!({"kind": "Secret", "stringData": {"a": "x\n\0\ny\n"}}),
        json!({"kind": "Secret", "data": {"a": "\0"}}),
        json!({"kind": "ConfigMap", "data": {"password": "\0"}}),
        json!({"kind": "ConfigMap", "data": {"file": "a: 1\npassword: \0\nb: 2\n"}}),
        json!({"kind": "ConfigMap", "data": {"file": "a: 1\nurl: postgres://bob:\0@db/shop\nb: 2\n", "x": "1"}}),
        json!({"kind": "Pod", "spec": {"containers": [{"name": "a", "env": [{"name": "DB_PASSWORD", "value": "\0"}]}]}}),
        json!({"kind": "Pod", "spec": {"containers": [{"name": "a", "args": ["--token", "\0"]}, {"name": "b"}]}}),
        json!({"kind": "Pod", "spec": {"containers": [{"name": "a", "command": ["mysql", "-p\0"]}]}}),
        json!({"kind": "Widget", "spec": {"auth": {"password": "\0"}, "list": [{"name": "x", "credential": {"value": "\0"}}]}}),
        json!({"kind": "Widget", "metadata": {"annotations": {"example.com/api-token": "\0"}}}),
    ])
}

fn filled(frame: &Value, secret: &str) -> Value {
    match frame {
        Value::String(text) => Value::String(text.replace('\0', secret)),
        Value::Array(items) => items.iter().map(|it| filled(it, secret)).collect(),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| (name.clone(), filled(value, secret)));
            Value::Object(fields.collect())
        }
        other => other.clone(),
    }
}

/// The same secret where nothing says that it is one.
fn with_copies(mut object: Value, copy: &Value) -> Value {
    object["spec"]["copy"] = copy.clone();
    object
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..5_i64).prop_map(Value::from),
        "[ab\n \u{200b}.']{0,6}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        let named = ("[abc]", inner.clone()).prop_map(|(name, it)| json!({"name": name, "x": it}));
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec(named, 0..4).prop_map(Value::from),
            vec(("[abc.]{0,2}|kind|data|metadata|password", inner), 0..4)
                .prop_map(|it| Value::Object(it.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_planted_secret_is_on_no_line(
        before in planted(), after in planted(), one in frame(), other in frame(), same_frame in any::<bool>(),
        copy in prop::sample::select(vec![json!("\0"), json!(["a", "x-\0"]), json!({"a": "\0\nb\n"}), json!("a")]),
        has_fingerprints in any::<bool>(),
    ) {
        let other = if same_frame { one.clone() } else { other };
        let redactor = if has_fingerprints { redactor() } else { Redactor::without_fingerprints() };
        let old = filled(&one, &before);
        let new = with_copies(filled(&other, &after), &filled(&copy, &before));
        for (old, new) in [(&old, &new), (&new, &old)] {
            let diff = changes(Some(old), Some(new), &redactor).to_string();
            prop_assert!(!survives(&before, &diff) && !survives(&after, &diff), "{}", diff);
        }
        let created = changes(None, Some(&filled(&one, &before)), &redactor).to_string();
        prop_assert!(!survives(&before, &created), "{}", created);
    }

    #[test]
    fn whatever_is_the_same_has_no_changes_and_whatever_is_not_has(one in values(), other in values()) {
        prop_assert!(changes(Some(&one), Some(&one), &redactor()).is_empty());
        let (one, other) = (json!({"spec": one}), json!({"spec": other}));
        let diff = changes(Some(&one), Some(&other), &redactor());
        prop_assert_eq!(diff.is_empty(), one == other, "{}", diff);
        prop_assert!(diff.lines().iter().all(|it| !it.contains('\n')), "{}", diff);
    }

    #[test]
    fn both_ways_tell_as_many_places(one in values(), other in values()) {
        let (one, other) = (json!({"spec": one}), json!({"spec": other}));
        let there = changes(Some(&one), Some(&other), &redactor());
        let back = changes(Some(&other), Some(&one), &redactor());
        prop_assert_eq!(there.is_empty(), back.is_empty());
    }
}
