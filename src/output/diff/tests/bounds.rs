//! However large an object is.

use serde_json::json;

use super::{Value, changes, redactor, told};

fn config(count: usize, value: &str) -> Value {
    let data: Value = (0..count)
        .map(|it| (format!("key-{it}"), json!(format!("{value} number {it}"))))
        .collect::<serde_json::Map<_, _>>()
        .into();
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data})
}

#[test]
fn of_many_changes_the_first_are_told_and_how_many_more_there_are() {
    let diff = changes(Some(&config(35_000, "a")), Some(&config(35_000, "b")), &redactor());
    assert_eq!(diff.lines().len(), 201);
    assert_eq!(diff.lines().last().unwrap(), "and 34800 more changes");
}

#[test]
fn of_a_new_object_the_first_fields_are_told_and_how_many_more_there_are() {
    let diff = changes(None, Some(&config(3_000, "a")), &redactor());
    assert_eq!(diff.lines().len(), 31);
    assert_eq!(diff.lines().last().unwrap(), "+ data (and 2970 more fields)");
    let gone = changes(Some(&config(3_000, "a")), None, &redactor());
    assert_eq!(gone.lines(), ["- data"]);
}

#[test]
fn a_long_text_is_told_by_its_first_changes() {
    let text = |word: &str, lines: usize| {
        let lines: Vec<String> = (0..lines).map(|it| format!("{word} {it}\n")).collect();
        json!({"kind": "ConfigMap", "data": {"file": lines.concat()}})
    };
    let diff = changes(Some(&text("a", 1_500)), Some(&text("b", 1_500)), &redactor());
    assert!(diff.lines().len() < 70 && diff.to_string().ends_with("more lines)"), "{diff}");
    let huge = told(&text("a", 6_000), &text("b", 5_000));
    assert_eq!(huge, "data.file:\n  (6000 lines become 5000)");
    let mut other = text("a", 20_000);
    other["data"]["file"] =
        json!(other["data"]["file"].as_str().unwrap().replacen("a 7000\n", "b\n", 1));
    let seen = told(&text("a", 20_000), &other);
    assert_eq!(
        seen,
        "data.file:\n    a 6998\n    a 6999\n  - a 7000\n  + b\n    a 7001\n    a 7002"
    );
}

#[test]
fn long_lists_are_compared() {
    let list = |count: usize, first: &str| -> Value {
        let items: Vec<String> = (0..count)
            .map(|it| if it == 7 { first.to_owned() } else { format!("item {it}") })
            .collect();
        json!({"kind": "Widget", "spec": {"list": items}})
    };
    assert_eq!(told(&list(10, "a"), &list(10, "b")), "spec.list[7]: a -> b");
    assert_eq!(told(&list(10_000, "a"), &list(10_000, "b")), "spec.list[7]: a -> b");
    let other = |word: &str| -> Value {
        (0..5_000).map(|it| json!(format!("{word} {it}"))).collect::<Vec<_>>().into()
    };
    let other = |word: &str| json!({"kind": "Widget", "spec": {"list": other(word)}});
    assert!(told(&other("a"), &other("b")).starts_with("spec.list[0]: a 0 -> b 0\n"));
    let named = |value: i32| -> Value {
        let items: Vec<Value> =
            (0..5_000).map(|it| json!({"name": format!("n{it}"), "x": value})).collect();
        json!({"kind": "Widget", "spec": {"list": items}})
    };
    assert!(told(&named(1), &named(2)).ends_with("and 4800 more changes"));
}

#[test]
fn no_line_is_long() {
    let deep = (0..90).fold(json!(1), |it, _| json!({"a_rather_long_name_of_a_field": it}));
    let other = (0..90).fold(json!(2), |it, _| json!({"a_rather_long_name_of_a_field": it}));
    let told = told(&json!({"spec": deep}), &json!({"spec": other}));
    assert!(told.chars().count() < 300 && told.ends_with("_field: 1 -> 2"), "{told}");
}
