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
    let diff = changes(None, Some(&config(35_000, "a")), &redactor());
    assert_eq!(diff.lines().len(), 31);
    assert_eq!(diff.lines().last().unwrap(), "+ data (and 34970 more fields)");
    let gone = changes(Some(&config(35_000, "a")), None, &redactor());
    assert_eq!(gone.lines(), ["- data"]);
}

#[test]
fn a_long_text_is_told_by_its_first_changes() {
    let text = |word: &str, lines: usize| {
        let text: String = (0..lines).map(|it| format!("{word} {it}\n")).collect();
        json!({"kind": "ConfigMap", "data": {"file": text}})
    };
    let diff = changes(Some(&text("a", 3_000)), Some(&text("b", 3_000)), &redactor());
    assert!(diff.lines().len() < 70 && diff.to_string().ends_with("more lines)"), "{diff}");
    let huge = told(&text("a", 60_000), &text("b", 50_000));
    assert_eq!(huge, "data.file:\n  (60000 lines become 50000)");
}

#[test]
fn long_lists_are_compared() {
    let list = |count: usize, first: &str| -> Value {
        let items: Vec<String> = (0..count)
            .map(|it| if it == 7 { first.to_owned() } else { format!("item {it}") })
            .collect();
        json!({"kind": "Widget", "spec": {"list": items}})
    };
    assert_eq!(told(&list(1_500, "a"), &list(1_500, "b")), "spec.list[7]: a -> b");
    assert_eq!(told(&list(40_000, "a"), &list(40_000, "b")), "spec.list[7]: a -> b");
    let named = |value: i32| -> Value {
        let items: Vec<Value> =
            (0..20_000).map(|it| json!({"name": format!("n{it}"), "x": value})).collect();
        json!({"kind": "Widget", "spec": {"list": items}})
    };
    assert!(told(&named(1), &named(2)).ends_with("and 19800 more changes"));
}

#[test]
fn no_line_is_long() {
    let deep = (0..90).fold(json!(1), |it, _| json!({"a_rather_long_name_of_a_field": it}));
    let other = (0..90).fold(json!(2), |it, _| json!({"a_rather_long_name_of_a_field": it}));
    let told = told(&json!({"spec": deep}), &json!({"spec": other}));
    assert!(told.chars().count() < 300 && told.ends_with("_field: 1 -> 2"), "{told}");
}
