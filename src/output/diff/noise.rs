//! What changes by itself.

use serde_json::{Map, Value};

use crate::output::manifest::LAST_APPLIED;

const METADATA: [&str; 6] =
    ["managedFields", "resourceVersion", "uid", "generation", "creationTimestamp", "selfLink"];

/// The object without its status and without what only the API server writes.
pub(super) fn without(object: &Value) -> Value {
    let mut object = object.clone();
    let Value::Object(fields) = &mut object else { return object };
    fields.retain(|name, _| name != "status");
    if let Some(Value::Object(metadata)) = fields.get_mut("metadata") {
        metadata.retain(|name, _| !METADATA.contains(&name.as_str()));
        without_copy(metadata);
    }
    object
}

fn without_copy(metadata: &mut Map<String, Value>) {
    let Some(Value::Object(annotations)) = metadata.get_mut("annotations") else { return };
    annotations.retain(|name, _| name != LAST_APPLIED);
    if annotations.is_empty() {
        metadata.retain(|name, _| name != "annotations");
    }
}

/// The status, and by what kind it is redacted.
pub(super) fn status(object: &Value) -> Value {
    let kept = ["apiVersion", "kind", "status"].into_iter();
    let kept = kept.filter_map(|it| Some((it.to_owned(), object.get(it)?.clone())));
    Value::Object(kept.collect())
}
