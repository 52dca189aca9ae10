use serde_json::{Value, json};

use super::*;

mod bounds;
mod lists;
mod objects;
mod properties;
mod secrets;
mod texts;

/// Passwords without any pattern of their own: only what is around them can give them away.
const PLANTED: &str = "Zq8vXw3TnLp";
const OTHER: &str = "Hb5kRt2MqWz";

fn redactor() -> Redactor {
    Redactor::with_key([7; 32])
}

fn told(before: &Value, after: &Value) -> String {
    changes(Some(before), Some(after), &redactor()).to_string()
}

/// What changes of one field.
fn field(name: &str, before: &Value, after: &Value) -> String {
    let object = |it: &Value| json!({"kind": "Widget", "spec": {name: it}});
    told(&object(before), &object(after))
}

/// Whether six characters of a secret in a row are left.
fn survives(secret: &str, output: &str) -> bool {
    let characters: Vec<char> = secret.chars().collect();
    let mut parts = characters.windows(6.min(characters.len()));
    parts.any(|it| output.contains(&it.iter().collect::<String>()))
}
