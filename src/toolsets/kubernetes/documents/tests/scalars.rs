//! What stands without quotes.

use serde_json::{Value, json};

use super::{object, only, read, told};

fn value(written: &str) -> Option<Value> {
    Some(read(&object(&format!("x: {written}"))).ok()?.pop()?.object["x"].take())
}

#[test]
fn what_means_the_same_to_everybody_is_read_so() {
    let same = [
        ("5", json!(5)),
        ("-5", json!(-5)),
        ("+5", json!(5)),
        ("0", json!(0)),
        ("18446744073709551615", json!(u64::MAX)),
        ("-9223372036854775808", json!(i64::MIN)),
        ("0x1F", json!(31)),
        ("0o17", json!(15)),
        ("1.5", json!(1.5)),
        ("1e3", json!(1000.0)),
        (".5", json!(0.5)),
        ("true", json!(true)),
        ("False", json!(false)),
        ("", json!(null)),
        ("~", json!(null)),
        ("Null", json!(null)),
        ("web", json!("web")),
        ("1.2.3", json!("1.2.3")),
        ("10.0.0.0/8", json!("10.0.0.0/8")),
        ("12:30:45", json!("12:30:45")),
        ("2026-11-25", json!("2026-11-25")),
        ("100m", json!("100m")),
        ("nO", json!("nO")),
        ("nope", json!("nope")),
        ("a yes", json!("a yes")),
    ];
    for (written, expected) in same {
        assert_eq!(value(written).unwrap_or_else(|| panic!("{written}")), expected, "{written}");
    }
    assert_eq!(value("1.0").unwrap().to_string(), "1.0");
}

#[test]
fn modes_of_files_are_octal_as_kubectl_reads_them() {
    assert_eq!(value("0644"), Some(json!(420)));
    assert_eq!(value("0400"), Some(json!(256)));
}

#[test]
fn what_only_kubectl_takes_for_something_else_is_refused() {
    let refused = [
        "yes",
        "No",
        "ON",
        "off",
        "y",
        "N",
        "1_000",
        "0X1F",
        "0b11",
        "0O17",
        "089",
        "1_0.5",
        ".inf",
        "-.Inf",
        ".nan",
        "123456789012345678901234567890",
        "[a, yes]",
        "{a: off}",
        "\n  yes",
        "&a yes",
    ];
    for written in refused {
        assert_eq!(value(written), None, "{written}");
    }
}

#[test]
fn what_is_in_quotes_or_tagged_or_in_a_block_is_the_text_that_it_is() {
    for text in ["yes", "0644", "1_000", "null", "~", "1.0", ".inf", "{{ .Values.x }}"] {
        for written in [
            format!("'{text}'"),
            format!("\"{text}\""),
            format!("!!str {text}"),
            format!("|-\n  {text}"),
            format!(">- # it\n\n  {text}"),
        ] {
            if text.starts_with('{') && written.starts_with('!') {
                continue;
            }
            let read = value(&written).unwrap_or_else(|| panic!("{written}"));
            let expected = text.to_owned();
            assert_eq!(read.as_str().map(str::trim), Some(expected.as_str()), "{written}");
        }
    }
    assert_eq!(value("!!int '5'"), Some(json!(5)));
    assert_eq!(value("a\n  b"), Some(json!("a b")));
}

#[test]
fn a_number_that_is_too_large_for_others_is_a_text_as_for_kubectl() {
    assert_eq!(value("7e12345"), Some(json!("7e12345")));
}

#[test]
fn keys_are_the_texts_that_they_look_like_or_refused() {
    let object_ = only(&object("data:\n  8080: a\n  'on': b\n  true: c\n  1.2.3: d"));
    assert_eq!(object_["data"], json!({"8080": "a", "on": "b", "true": "c", "1.2.3": "d"}));
    for key in ["on", "y", "No", "0644", "1.0", "1e3", "~", "null", "1_0", "True"] {
        let told = told(&object(&format!("data:\n  {key}: x")));
        assert!(told.contains("line 6, column 3") && told.contains("quotes"), "{key}: {told}");
    }
}
