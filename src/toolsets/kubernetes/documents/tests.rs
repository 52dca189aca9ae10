use expect_test::expect;
use serde_json::{Value, json};

use super::*;

fn only(text: &str) -> Value {
    let documents = read(text).unwrap();
    assert_eq!(documents.len(), 1);
    documents.into_iter().next().unwrap().object
}

fn told(text: &str) -> String {
    read(text).unwrap_err().join("\n")
}

#[test]
fn documents_know_their_number_and_their_line() {
    let text = "# one\napiVersion: v1\nkind: A\nmetadata: {name: a}\n---\n# nothing\n---\n--- # two\napiVersion: v1\nkind: B\nmetadata: {name: b}\n...\n";
    let documents = read(text).unwrap();
    let found: Vec<_> =
        documents.iter().map(|it| (it.index, it.line, it.object["kind"].as_str())).collect();
    assert_eq!(found, [(1, 2, Some("A")), (2, 9, Some("B"))]);
}

#[test]
fn numbers_and_words_are_what_they_are_to_kubectl() {
    let object = only("apiVersion: v1\nkind: A\nmetadata: {name: a}\noctal: 0644\nfloat: 1.0\nlarge: 9223372036854775807\ntext: '0644'\nsha: 7e12345\non: 'yes'\n".replace("\non:", "\n'on':").as_str());
    assert_eq!(object["octal"], 420);
    assert_eq!(object["float"].to_string(), "1.0");
    assert_eq!(object["large"].to_string(), "9223372036854775807");
    assert_eq!((&object["text"], &object["sha"]), (&json!("0644"), &json!("7e12345")));
    assert_eq!(object["on"], "yes");
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: yes\n  b: 0644\n  on: x\n  d: x\n  d: y\nf: 12345678901234567890123\ng: 1_000\n---\n- 1\n---\nfoo: [\n--- # c\napiVersion: 1\nkind: X\nmetadata: {generateName: x}\n---\nkind: A\nmetadata: {name: ../x}\n";
    expect![[r#"
        `manifest`: document 1, line 6, column 6: `data.a`: `yes` is true to kubectl and a text to others: write true, or "yes" in quotes
        `manifest`: document 1, line 7, column 6: `data.b`: a number, where a text is expected: put it in quotes
        `manifest`: document 1, line 8, column 3: `data.on`: a key that kubectl reads as another: put it in quotes
        `manifest`: document 1, line 10, column 3: `data.d`: this key is also in line 9: keep one
        `manifest`: document 1, line 10, column 6: `data.d`: `y` is true to kubectl and a text to others: write true, or "y" in quotes
        `manifest`: document 1, line 11, column 4: `f`: a number with more digits than a number can have: put it in quotes
        `manifest`: document 1, line 12, column 4: `g`: a number to kubectl and a text to others: write the number in plain digits, or put it in quotes if it is a text
        `manifest`: document 2, line 14, column 3: an object with apiVersion, kind and metadata is expected, and this is a number
        `manifest`: document 3, line 16, column 6: not YAML: unclosed bracket '[', near `foo:`
        `manifest`: document 4, line 18, column 13: `apiVersion`: a number, where a text is expected: put it in quotes
        `manifest`: document 4, line 20, column 11: `metadata.generateName` cannot be applied, since an apply needs to know the object: give `metadata.name`
        `manifest`: document 5, line 22, column 1: `apiVersion` is missing: add it, such as v1 or apps/v1
        `manifest`: document 5, line 23, column 18: `metadata.name`: "../x" is not a name that an object can have"#]].assert_eq(&told(text));
}
