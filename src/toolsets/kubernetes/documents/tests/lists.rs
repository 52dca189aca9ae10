//! Lists, and lists in lists.

use super::{found, read, told};

#[test]
fn lists_are_taken_apart_and_their_items_know_their_lines() {
    let text = "kind: List\napiVersion: v1\nitems:\n- apiVersion: v1\n  kind: A\n  metadata: {name: a}\n- kind: List\n  items:\n  - apiVersion: v1\n    kind: A\n    metadata: {name: b}\n---\napiVersion: v1\nkind: A\nmetadata: {name: c}\n";
    let expected = [(1, 4, "a"), (1, 9, "b"), (2, 13, "c")];
    assert_eq!(found(text), expected.map(|(index, line, name)| (index, line, name.to_owned())));
}

#[test]
fn items_of_a_list_of_one_kind_are_of_that_kind() {
    let text = "kind: ConfigMapList\napiVersion: v1\nmetadata: {resourceVersion: '1'}\nitems:\n- metadata: {name: a}\n- metadata: {name: b}\n  kind: Other\n  apiVersion: x/v1\n";
    let documents = read(text).unwrap();
    let kinds: Vec<_> = documents
        .iter()
        .map(|it| (it.object["apiVersion"].as_str(), it.object["kind"].as_str()))
        .collect();
    assert_eq!(kinds, [(Some("v1"), Some("ConfigMap")), (Some("x/v1"), Some("Other"))]);
}

#[test]
fn what_is_only_called_a_list_is_an_object() {
    let text = "kind: AllowList\napiVersion: x/v1\nmetadata: {name: a}\nspec: {}\nitems: []\n";
    assert_eq!(found(text).len(), 1);
    assert_eq!(found("kind: AllowList\napiVersion: x/v1\nmetadata: {name: a}\n").len(), 1);
}

#[test]
fn a_list_that_is_none_is_told_of() {
    assert_eq!(
        told("kind: List\napiVersion: v1\n"),
        "`manifest`: document 1, line 1, column 1: a List without `items`: give it a list of objects"
    );
    let text = "kind: List\nitems:\n- \n- a\n";
    assert_eq!(
        told(text),
        "`manifest`: document 1, line 3, column 3: an item of a list that is nothing: leave its dash out\n\
         `manifest`: document 1, line 4, column 3: an object with apiVersion, kind and metadata is expected, and this is a text"
    );
}

#[test]
fn lists_in_each_other_have_a_bound() {
    let nested = |depth: usize| {
        let inside = r#"{"apiVersion":"v1","kind":"A","metadata":{"name":"a"}}"#;
        format!("{}{inside}{}", r#"{"kind":"List","items":["#.repeat(depth), "]}".repeat(depth))
    };
    assert_eq!(found(&nested(8)).len(), 1);
    assert!(told(&nested(9)).contains("more than 8 lists in each other"));
}
