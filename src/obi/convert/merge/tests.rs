use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::json;

use super::*;

const WRITTEN: &str = r#"# what shop needs
trace_printer: text   # for now
discovery:
  # only these
  instrument:
    - open_ports: "8080"   # the shop
    - k8s_namespace: cart
  min_process_age: 5s

otel_traces_export: {endpoint: "http://old:4317", protocol: grpc}  # the collector

unknown_to_obi:
  - kept
# nothing below
"#;

#[track_caller]
fn becomes(patch: &Value, text: &Expect, notes: &[&str]) {
    let merged = merge(WRITTEN, patch).unwrap();
    text.assert_eq(&merged.text);
    assert_eq!(merged.notes, notes);
}

#[test]
fn a_value_is_replaced_where_it_stands_and_its_comment_stays() {
    becomes(
        &json!({"trace_printer": "json", "discovery": {"min_process_age": "10s"}}),
        &expect![[r#"
            # what shop needs
            trace_printer: json   # for now
            discovery:
              # only these
              instrument:
                - open_ports: "8080"   # the shop
                - k8s_namespace: cart
              min_process_age: 10s

            otel_traces_export: {endpoint: "http://old:4317", protocol: grpc}  # the collector

            unknown_to_obi:
              - kept
            # nothing below
        "#]],
        &[],
    );
}

#[test]
fn a_key_is_added_at_the_end_of_its_section_and_a_section_at_the_end_of_the_text() {
    becomes(
        &json!({"discovery": {"poll_interval": "1s"}, "prometheus_export": {"port": 9464, "instrumentations": ["http", "*"]}}),
        &expect![[r#"
            # what shop needs
            trace_printer: text   # for now
            discovery:
              # only these
              instrument:
                - open_ports: "8080"   # the shop
                - k8s_namespace: cart
              min_process_age: 5s
              poll_interval: 1s

            otel_traces_export: {endpoint: "http://old:4317", protocol: grpc}  # the collector

            unknown_to_obi:
              - kept
            prometheus_export:
              port: 9464
              instrumentations: [http, "*"]
            # nothing below
        "#]],
        &[],
    );
}

#[test]
fn null_takes_a_key_away_with_what_lies_in_it_and_says_which_comments_went() {
    becomes(
        &json!({"trace_printer": null, "discovery": {"instrument": null}, "not_there": null}),
        &expect![[r#"
            # what shop needs
            discovery:
              # only these
              min_process_age: 5s

            otel_traces_export: {endpoint: "http://old:4317", protocol: grpc}  # the collector

            unknown_to_obi:
              - kept
            # nothing below
        "#]],
        &[
            "the comments in trace_printer are gone with what they stood in",
            "the comments in discovery.instrument are gone with what they stood in",
        ],
    );
}

#[test]
fn lists_are_replaced_and_sections_in_brackets_stay_in_brackets() {
    becomes(
        &json!({"discovery": {"instrument": [{"exe_path": "*/shop"}]}, "otel_traces_export": {"endpoint": "http://${HOST}:4317"}}),
        &expect![[r#"
            # what shop needs
            trace_printer: text   # for now
            discovery:
              # only these
              instrument:
                - exe_path: "*/shop"
              min_process_age: 5s

            otel_traces_export: {endpoint: "http://${HOST}:4317", protocol: grpc}  # the collector

            unknown_to_obi:
              - kept
            # nothing below
        "#]],
        &["the comments in discovery.instrument are gone with what they stood in"],
    );
}

#[test]
fn nothing_is_touched_by_an_update_that_changes_nothing() {
    for patch in [json!({}), json!({"trace_printer": "text", "x": null, "discovery": {}})] {
        let same = Merged { text: WRITTEN.to_owned(), notes: Vec::new() };
        assert_eq!(merge(WRITTEN, &patch), Ok(same));
    }
}

#[test]
fn a_section_that_loses_its_last_key_is_an_empty_one() {
    let merged = merge("a:\n  b: 1\nc: 2\n", &json!({"a": {"b": null}})).unwrap();
    assert_eq!(merged.text, "a: {}\nc: 2\n");
    assert_eq!(merge("a: 1\n", &json!({"a": null})).unwrap().text, "");
}

#[test]
fn an_empty_text_and_a_text_without_its_last_line_feed_are_added_to() {
    let patch = json!({"open_port": 8080});
    assert_eq!(merge("", &patch).unwrap().text, "open_port: 8080\n");
    assert_eq!(merge("# none\n", &patch).unwrap().text, "# none\nopen_port: 8080\n");
    assert_eq!(merge("a: 1", &patch).unwrap().text, "a: 1\nopen_port: 8080\n");
    assert_eq!(merge("a: 1\r\n", &patch).unwrap().text, "a: 1\r\nopen_port: 8080\r\n");
}

#[test]
fn json_stays_json() {
    let merged = merge(r#"{"a": {"b": 1}}"#, &json!({"a": {"c": [2]}})).unwrap();
    let value: Value = serde_json::from_str(&merged.text).unwrap();
    assert_eq!(value, json!({"a": {"b": 1, "c": [2]}}));
}

#[test]
fn variables_keep_their_kind() {
    let merged = merge("a: 1\n", &json!({"port": "${PORT:-9464}", "to": "http://${HOST}:4317"}));
    assert_eq!(merged.unwrap().text, "a: 1\nport: ${PORT:-9464}\nto: http://${HOST}:4317\n");
}

#[test]
fn what_another_key_refers_to_is_not_taken_from_it() {
    let merged = merge("a: &it\n  x: 1 # one\nb: *it\n", &json!({"a": 2})).unwrap();
    assert_eq!(Node::parse(&merged.text).unwrap().to_json(), json!({"a": 2, "b": {"x": 1}}));
    let [note] = &merged.notes[..] else { panic!("{:?}", merged.notes) };
    assert!(note.contains("written anew, and its comments are gone"), "{note}");
}

#[test]
fn what_cannot_be_updated_is_told_and_why() {
    let error = |text, patch| merge(text, &patch).unwrap_err().to_string();
    assert!(error("a: [", json!({})).contains("no YAML, mend it first"));
    assert!(error("- a", json!({})).contains("is no section"));
    assert!(error("a:\n  b: 1\n  b: 2\n", json!({"c": 1})).starts_with("a.b is written twice"));
    assert!(error("a: 1", json!([1])).contains("the update is no section"));
}

/// Names that come again, so that patches meet what is there.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(vec!["a", "b", "c", "port", "on", "x y", "k8s.pod/name", "#"])
            .prop_map(str::to_owned),
        1 => ".{1,5}",
    ]
}

fn word() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(true)),
        any::<i32>().prop_map(Value::from),
        (-1e9..1e9).prop_map(|it: f64| json!(it)),
        prop::sample::select(vec![
            "text",
            "",
            "yes",
            "1e3",
            "10s",
            "*",
            "a: b",
            "a #b",
            "- x",
            "${PORT}",
            "it's",
            "\"",
            "line\nline\n",
            "http://collector:4317",
            "{a,b}",
            "~",
            "0x1f",
            " ",
            "\t",
            "a:",
            "%",
        ])
        .prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ]
}

fn value(is_null_a_value: bool) -> impl Strategy<Value = Value> {
    let leaf = if is_null_a_value {
        word().boxed()
    } else {
        prop_oneof![4 => word(), 1 => Just(Value::Null)].boxed()
    };
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(
                inner.clone().prop_filter("null in lists", |it| !it.is_null()),
                0..4
            )
            .prop_map(Value::from),
            prop::collection::btree_map(name(), inner, 0..5)
                .prop_map(|it| Value::Object(it.into_iter().collect())),
        ]
    })
}

fn section(is_patch: bool) -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::btree_map(name(), value(!is_patch), 0..6)
        .prop_map(|it| it.into_iter().collect())
}

/// A text that somebody could have written: on many lines or in brackets, with comments between the keys at the top.
fn written(fields: &Map<String, Value>, choices: &[u8]) -> String {
    let mut text = "# begin\n".to_owned();
    for ((name, value), choice) in fields.iter().zip(choices.iter().cycle()) {
        let field = Map::from_iter([(name.clone(), value.clone())]);
        let lines = write::block(&field, 0);
        let inside = write::inline(&Value::Object(field.clone()));
        let line = match choice % 4 {
            0 => format!("# about it\n{lines}\n"),
            1 => format!("{} # behind\n", &inside[1..inside.len() - 1]),
            2 => format!("\n{lines}\n  # below it\n"),
            _ => format!("{lines}\n"),
        };
        text.push_str(&line);
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]

    #[test]
    fn a_text_means_afterwards_what_the_update_made_of_it_and_loses_no_comment_in_silence(
        old in section(false),
        patch in section(true),
        choices in prop::collection::vec(any::<u8>(), 1..6),
    ) {
        let text = written(&old, &choices);
        prop_assert!(means(&text, &old), "{text}");
        let merged = merge(&text, &Value::Object(patch.clone())).unwrap();
        let new = patched(old, &patch);
        prop_assert!(means(&merged.text, &new), "{text}\n=>\n{}\n{new:#?}", merged.text);
        let comments = |it: &str| it.lines().filter(|it| it.contains("# ")).count();
        let (before, after) = (comments(&text), comments(&merged.text));
        prop_assert!(after >= before || !merged.notes.is_empty(), "{text}\n=>\n{}", merged.text);
    }

    #[test]
    fn any_value_that_is_written_is_read_as_the_same(fields in section(false)) {
        prop_assert!(means(&write::block(&fields, 0), &fields), "{}", write::block(&fields, 0));
        let inside = write::inline(&Value::Object(fields.clone()));
        prop_assert!(means(&inside, &fields), "{inside}");
    }
}
