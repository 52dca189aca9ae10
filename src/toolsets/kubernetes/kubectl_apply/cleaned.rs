//! What of a manifest only the API server writes: people paste what they have read.

use serde_json::{Map, Value};

use crate::output::manifest::LAST_APPLIED;

/// Fields of `metadata` that nobody can want to be.
const METADATA: [&str; 7] = [
    "managedFields",
    "resourceVersion",
    "uid",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "selfLink",
];

/// Puts the object into its namespace, and says what was left out of it.
pub(super) fn clean(object: &mut Value, namespace: Option<&str>) -> Vec<String> {
    let mut left_out = Vec::new();
    let Value::Object(fields) = object else { return left_out };
    drop_field(fields, "status", "status", &mut left_out);
    if let Some(Value::Object(metadata)) = fields.get_mut("metadata") {
        for name in METADATA {
            drop_field(metadata, name, &format!("metadata.{name}"), &mut left_out);
        }
        if let Some(Value::Object(annotations)) = metadata.get_mut("annotations") {
            drop_field(annotations, LAST_APPLIED, LAST_APPLIED, &mut left_out);
        }
        metadata.shift_remove("namespace");
        if let Some(namespace) = namespace {
            metadata.insert("namespace".to_owned(), namespace.into());
        }
    }
    if left_out.is_empty() {
        return left_out;
    }
    let names = left_out.join(", ");
    vec![format!("left out of the manifest, since only the API server writes it: {names}")]
}

/// What is null or empty says nothing, and its loss is not told.
fn drop_field(fields: &mut Map<String, Value>, name: &str, path: &str, left_out: &mut Vec<String>) {
    let is_empty = |it: &Value| {
        it.is_null() || it.as_object().is_some_and(Map::is_empty) || it.as_str() == Some("")
    };
    if fields.shift_remove(name).is_some_and(|it| !is_empty(&it)) {
        left_out.push(path.to_owned());
    }
}
