//! Several documents, in YAML and in JSON.

use serde_json::json;

use super::{found, object, only, read, told};

fn named(name: &str) -> String {
    format!("apiVersion: v1\nkind: A\nmetadata: {{name: {name}}}\n")
}

#[test]
fn documents_know_their_number_and_their_line() {
    let text = format!(
        "# one\n{}---\n# nothing\n---\n--- # two\n{}...\n%YAML 1.2\n# three\n---\n\n{}---\nnull\n---\n",
        named("a"),
        named("b"),
        named("c")
    );
    let expected = [(1, 2, "a"), (2, 9, "b"), (3, 17, "c")];
    assert_eq!(found(&text), expected.map(|(index, line, name)| (index, line, name.to_owned())));
}

#[test]
fn a_byte_order_mark_and_the_lines_of_windows_change_nothing() {
    let text = format!("\u{feff}{}---\n{}", named("a"), named("b")).replace('\n', "\r\n");
    assert_eq!(found(&text), [(1, 1, "a".to_owned()), (2, 5, "b".to_owned())]);
}

#[test]
fn markers_within_texts_are_texts() {
    let text = object("text: |\n  a\n  ---\n  b\nquoted: '--- a'\nplain: a---");
    let object = only(&text);
    assert_eq!(object["text"], "a\n---\nb\n");
    assert_eq!((&object["quoted"], &object["plain"]), (&json!("--- a"), &json!("a---")));
}

#[test]
fn json_may_be_one_object_or_several_or_a_list() {
    let one = r#"{"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}}"#;
    let other = one.replace("\"a\"", "\"b\"");
    let names = |text: &str| found(text).into_iter().map(|it| it.2).collect::<String>();
    assert_eq!(names(one), "a");
    assert_eq!(names(&format!("{one}\n{other}")), "ab");
    assert_eq!(names(&format!("{one}{other}")), "ab");
    assert_eq!(names(&format!("\n [{one}, {other}]\n")), "ab");
    assert_eq!(names(&format!("{one}\n---\n{other}\n")), "ab");
    assert_eq!(found(&format!("[\n{one},\n{other}]")).last().unwrap().1, 3);
}

#[test]
fn strings_and_numbers_of_json_keep_their_form() {
    let text = r#"{"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"},
        "text": "a\"\\\n\u00e9\ud83d\ude00\/", "large": 18446744073709551615, "small": -9223372036854775808, "float": 1.0, "yes": "yes"}"#;
    assert_eq!(only(text).to_string(), text_without_spaces(text));
}

/// `serde_json` alone, which is the measure.
fn text_without_spaces(text: &str) -> String {
    serde_json::from_str::<serde_json::Value>(text).unwrap().to_string()
}

#[test]
fn yaml_in_braces_that_is_no_json_is_read_as_yaml() {
    assert_eq!(only("{apiVersion: v1, kind: A, metadata: {name: a}, x: 'y',}")["x"], "y");
}

#[test]
fn anchors_aliases_and_merges_stand_for_what_they_name() {
    let text = object("one: &one {a: 1, b: 2}\ntwo: *one\nthree:\n  <<: *one\n  b: 3");
    let object = only(&text);
    assert_eq!(object["two"], json!({"a": 1, "b": 2}));
    assert_eq!(object["three"], json!({"a": 1, "b": 3}));
}

#[test]
fn a_text_with_nothing_in_it_is_refused() {
    for text in ["", "\n", "---\n---\n", "# nothing\n", "null\n", "[]", "kind: List\nitems: []\n"] {
        assert_eq!(told(text), "`manifest`: no document in it: give objects in YAML or JSON");
    }
}

#[test]
fn many_lines_of_comments_are_no_trouble() {
    let text = format!("spec:\n{}  a: 1", "  # words\n".repeat(500));
    assert!(read(&object(&text)).is_ok());
}

#[test]
fn data_that_is_no_mapping_is_told_of_and_not_quoted() {
    for data in ["LEAKME", "[LEAKME]", "'LEAKME'"] {
        let text =
            format!("{{apiVersion: v1, kind: Secret, metadata: {{name: db}}, data: {data}}}");
        let told = read(&text).unwrap_err().join("\n");
        assert!(told.contains("a mapping of keys to texts is expected"), "{told}");
        assert!(!told.contains("LEAKME"), "{told}");
    }
}
