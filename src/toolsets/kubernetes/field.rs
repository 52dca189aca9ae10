//! A field of an object, by its JSON pointer.

use serde_json::Value;

use crate::output::manifest::LAST_APPLIED;

/// What `kubectl apply` keeps in an annotation.
pub(super) fn last_applied(object: &Value) -> Option<&Value> {
    object.get("metadata")?.get("annotations")?.get(LAST_APPLIED)
}

/// Empty where there is none, or no text.
pub(super) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
