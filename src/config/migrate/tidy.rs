use serde_json::{Map, Value};

use super::notes::Notes;
use crate::config::schema::Shape;
use crate::tree::{Step, Steps};

/// Renames what is only spelt otherwise (`binaryPath`), and leaves out what this configuration does not have.
pub(super) fn tidy(value: &mut Value, notes: &mut Notes) {
    section(value, Shape::root(), &mut Vec::new(), notes);
}

fn section(value: &mut Value, shape: Shape, steps: &mut Vec<Step>, notes: &mut Notes) {
    let Value::Object(entries) = value else { return };
    if shape.is_free() {
        return;
    }
    for (key, mut value) in std::mem::take(entries) {
        let name = if shape.has(&key) { key.clone() } else { snake_case(&key) };
        steps.push(Step::Key(key.clone()));
        let old = Steps(steps).to_string();
        if let Some(inner) = shape.at(&[Step::Key(name.clone())]) {
            if name != key {
                notes.moved(&old, &name);
            }
            section(&mut value, inner, steps, notes);
            keep(entries, name, value);
        } else {
            notes.left_out(&old, "there is no such key");
        }
        steps.pop();
    }
}

/// Of two spellings of one key, the first holds.
fn keep(entries: &mut Map<String, Value>, name: String, value: Value) {
    entries.entry(name).or_insert(value);
}

/// `binaryPath` as `binary_path`.
pub(super) fn snake_case(key: &str) -> String {
    let mut snake = String::with_capacity(key.len() + 2);
    for letter in key.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
