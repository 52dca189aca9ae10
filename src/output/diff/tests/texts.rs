//! Texts of several lines.

use expect_test::expect;
use serde_json::json;

use super::{OTHER, PLANTED, Redactor, Value, changes, survives, told};

fn config(text: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"app.conf": text}})
}

fn file(text: &str, other: &str) -> String {
    told(&config(text), &config(other))
}

#[test]
fn lines_are_told_with_a_few_of_those_around_them() {
    let before = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n";
    let after = "a\nb\nc\nd2\ne\nf\ng\nh\ni\nj\nk\n";
    expect![[r"
        data['app.conf']:
            b
            c
          - d
          + d2
            e
            f
          ...
            i
            j
          + k"]]
    .assert_eq(&file(before, after));
}

#[test]
fn what_is_at_the_end_of_lines_and_texts_is_seen() {
    expect![[r#"
        data['app.conf']:
          - a
          + "a "
            b
        data['app.conf']:
            a
          - b
          + b
          (now without a newline at the end)
        data['app.conf']:
          - a
          + a
          + b
        data['app.conf']:
          - a
          + b"#]]
    .assert_eq(
        &[file("a\nb\n", "a \nb\n"), file("a\nb\n", "a\nb"), file("a", "a\nb"), file("a\n", "b\n")]
            .join("\n"),
    );
}

#[test]
fn a_new_text_is_told_by_its_lines_and_one_that_goes_by_their_number() {
    let none =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {}});
    expect![[r"
        + data['app.conf']:
          + one
          + two"]]
    .assert_eq(&told(&none, &config("one\ntwo\n")));
    expect!["- data['app.conf'] (2 lines)"].assert_eq(&told(&config("one\ntwo\n"), &none));
}

#[test]
fn a_secret_in_a_line_is_hidden_and_seen_to_change() {
    let text = |it: &str| format!("user: bob\npassword: {it}\nport: 80\n");
    let told = file(&text(PLANTED), &text(OTHER));
    assert!(!survives(PLANTED, &told) && !survives(OTHER, &told), "{told}");
    expect![[r"
        data['app.conf']:
            user: bob
          - password: [redacted 11 chars #f2f0be]
          + password: [redacted 11 chars #4c78c8]
            port: 80"]]
    .assert_eq(&told);
    let redactor = Redactor::without_fingerprints();
    let diff = changes(Some(&config(&text(PLANTED))), Some(&config(&text(OTHER))), &redactor);
    assert_eq!(diff.lines(), ["data['app.conf']: changes where it is not shown"]);
}

/// Each line for itself would look like nothing.
#[test]
fn a_key_over_several_lines_is_hidden_as_one() {
    let body: Vec<String> = (0..8)
        .map(|it| format!("MIIEvQIBADANBgkqhkiG9w0BAQEFAASC{it}KcwggSjAgEAAoIBAQC7"))
        .collect();
    let key = |body: &[String]| {
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", body.join("\n"))
    };
    let mut other = body.clone();
    other[4] = "SECRETLINEaB3dE5fG7hJ9kL1mN3pQ".to_owned();
    let told =
        file(&format!("a: 1\n{}b: 2\n", key(&body)), &format!("a: 1\n{}b: 2\n", key(&other)));
    assert!(!told.contains("MIIEvQ") && !told.contains("SECRETLINE"), "{told}");
    assert!(told.contains("[redacted "), "{told}");
}
