//! Block scalars of YAML, also where their line ends are escaped.

use serde_json::json;

use super::{PLANTED, assert_hidden, redactor};

const BLOCKS: &[&str] = &[
    "password: >\n  @\n  @\nuser: bob\n",
    "password: |\n  @\n\n  @\nuser: bob\n",
    "password: > # folded\n  @\n  @\nuser: bob\n",
    "smtp:\n  password: >-\n    @\n    @\n  user: bob\n",
    "- name: x\n  password: |+\n    @\n    @\n  user: bob\n",
];

fn marks(text: &str) -> usize {
    text.matches("[redacted ").count()
}

#[test]
fn a_block_is_one_secret() {
    for block in BLOCKS {
        let text = block.replace('@', PLANTED);
        let redacted = redactor().text(&text).into_owned();
        assert_hidden(PLANTED, &redacted);
        assert_eq!(marks(&redacted), 1, "{redacted}");
        assert!(redacted.ends_with("user: bob\n"), "{redacted}");
        assert_eq!(redactor().text(&redacted), redacted);
    }
}

#[test]
fn a_block_is_one_secret_where_its_line_ends_are_escaped() {
    for block in BLOCKS {
        let once = json!({"data": {"a.yaml": block.replace('@', PLANTED)}, "b": 1}).to_string();
        let twice = json!({"annotation": once}).to_string();
        for text in [once.clone(), format!("applied {once}, then slept"), twice] {
            let redacted = redactor().text(&text).into_owned();
            assert_hidden(PLANTED, &redacted);
            assert_eq!(marks(&redacted), 1, "{redacted}");
            assert!(redacted.contains("user: bob\\"), "{redacted}");
            assert!(redacted.contains("\"b"), "{redacted}");
            assert!(!redacted.contains("[redacted 1 chars"), "{redacted}");
            assert_eq!(redactor().text(&redacted), redacted);
        }
    }
}

#[test]
fn a_block_at_the_end_of_an_escaped_text_ends_with_it() {
    let text = json!({"a": format!("password: >\n  {PLANTED}\n"), "user": "bob"}).to_string();
    let redacted = redactor().text(&text).into_owned();
    assert_hidden(PLANTED, &redacted);
    assert!(redacted.ends_with("\",\"user\":\"bob\"}"), "{redacted}");
}

#[test]
fn a_block_that_is_no_secrets_stays_readable() {
    let text =
        "description: >\n  how the password\n  is made\ntokens_url: |\n  https://example.com\n";
    assert_eq!(redactor().text(text), text);
    let escaped = json!({"a": text}).to_string();
    assert_eq!(redactor().text(&escaped), escaped);
}
