use proptest::{collection::vec, prelude::*};
use serde_json::json;

use super::*;

fn read(yaml: &str) -> Value {
    serde_saphyr::from_str(yaml).unwrap()
}

#[test]
fn a_manifest_looks_as_kubectl_writes_it() {
    let pod = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "annotations": {"prometheus.io/port": "9464"}, "labels": {}},
        "spec": {
            "containers": [{
                "args": ["--listen=:8080", "-v=2"],
                "command": ["sh", "-c", "set -eu\nexec web\n"],
                "name": "web",
                "ports": [{"containerPort": 8080}],
            }],
        },
    });
    insta::assert_snapshot!(write(&pod), @r#"
    apiVersion: v1
    kind: Pod
    metadata:
      name: web
      annotations:
        prometheus.io/port: "9464"
      labels: {}
    spec:
      containers:
      - args:
        - --listen=:8080
        - -v=2
        command:
        - sh
        - -c
        - |
          set -eu
          exec web
        name: web
        ports:
        - containerPort: 8080
    "#);
}

#[test]
fn what_some_reader_takes_for_something_else_is_quoted() {
    let pitfalls = [
        "",
        "~",
        "null",
        "Yes",
        "no",
        "ON",
        "off",
        "y",
        "True",
        "1",
        "0777",
        "0o17",
        "0x1f",
        "1e3",
        "1_000",
        "-_1",
        "+_0x1f",
        "0_x1f",
        "0b-1",
        ".5",
        "-.inf",
        ".NaN",
        "12:30:45",
        "2026-11-25",
        "2026-11-25T10:00:00Z",
        "a: b",
        "a #b",
        "key:",
        " a",
        "a ",
        "- a",
        "-",
        "---",
        "? a",
        "*a",
        "&a",
        "!a",
        "|",
        ">",
        "%a",
        "@a",
        "`a",
        "'a",
        "\"a",
        "[a",
        "{a",
        "=",
        "<<",
        "a\tb",
        "#a",
        ",a",
    ];
    for text in pitfalls {
        let written = string(text);
        assert!(written.starts_with(['"', '\'']), "{text:?} was written as {written}");
        assert_eq!(read(&format!("key: {written}\n")), json!({"key": text}));
    }
}

#[test]
fn what_everybody_reads_as_a_string_is_bare() {
    let bare = [
        "web",
        "--listen=:8080",
        "registry.example.com/web:1.4.2",
        "10.96.0.1",
        "5d3h",
        "100m",
        "7c9f8b6d5",
        "a:b",
        "it's",
        "say \"hi\"",
        "kubernetes.io/os",
        "/healthz",
        "v1",
        "支付",
        "{{ x }}".trim_matches(['{', '}', ' ']),
        "a, b",
        "yes please",
    ];
    for text in bare {
        assert_eq!(string(text), text);
        assert_eq!(read(&format!("key: {text}\n")), json!({"key": text}));
    }
}

#[test]
fn hidden_characters_are_shown_as_escapes() {
    assert_eq!(
        write(&json!({"a": "x\u{202e}y\u{e0041}\u{1b}[0m"})),
        "a: \"x\\u202ey\\U000e0041\\u001b[0m\"\n"
    );
}

#[test]
fn lists_in_lists_keep_their_shape() {
    let nested = json!([[1, [2, {"a": [], "b": [[3]]}]], {"c": "one\n\ntwo"}, []]);
    assert_eq!(read(&write(&nested)), nested);
}

use super::scalar::string;

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,20}",
        "[a-z0-9:#\\-?*&!|>'\"%@ \n\t.,\\[\\]{}~_+=<]{0,16}",
        "[ \na]{0,8}",
        "[-+]?[0-9._eExo:]{1,8}",
        any::<String>(),
    ]
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::from),
        texts().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((texts(), inner), 0..5).prop_map(|it| Value::Object(it.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_written_is_read_as_the_same(value in values()) {
        prop_assert_eq!(read(&write(&value)), value);
    }
}
