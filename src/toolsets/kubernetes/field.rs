//! A field of an object, by its JSON pointer.

use serde_json::Value;

/// Empty where there is none, or no text.
pub(super) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
