use serde_json::Value;

use super::Redactor;

mod blocks;
mod commands;
mod nested;
mod objects;
mod packed;
mod properties;
mod readable;
mod revealed;
mod shapes;
mod texts;

fn redactor() -> Redactor {
    Redactor::with_key([7; 32])
}

/// A password without any pattern of its own: only what is around it can give it away.
const PLANTED: &str = "Zq8vXw3TnLp";

/// Whether six characters of a secret in a row are left.
fn survives(secret: &str, output: &str) -> bool {
    let characters: Vec<char> = secret.chars().collect();
    characters
        .windows(6.min(characters.len()))
        .any(|it| output.contains(&it.iter().collect::<String>()))
}

#[track_caller]
fn assert_hidden(secret: &str, output: &str) {
    assert!(!survives(secret, output), "{secret} is readable in: {output}");
    assert!(output.contains("[redacted "), "nothing says that something was redacted: {output}");
}

#[track_caller]
fn assert_object_hides(secret: &str, mut object: Value) {
    redactor().manifest(&mut object);
    assert_hidden(secret, &object.to_string());
}

/// Were it gone through once for each separator in it, this would take minutes, and a workload could stop the server.
#[test]
fn a_text_without_spaces_is_gone_through_once() {
    for unit in ["auth=", "key=", "secret:{a:b}", "password=<x>"] {
        let text = unit.repeat(40_000 / unit.len());
        let redacted = Redactor::with_key([7; 32]).text(&text).into_owned();
        assert!(redacted.len() <= text.len(), "{unit}");
    }
    let long = format!("password: {}", "long words ".repeat(300));
    assert!(!Redactor::with_key([7; 32]).text(&long).contains("long words"));
}
