//! Manifests without what nobody wrote: what the API server fills in by itself, and what only machines read.
//!
//! A field is left out only if its value is the one that it has by default, so that whatever somebody chose is still
//! there, and so are empty maps, lists and strings that mean something (`emptyDir: {}`, `podSelector: {}`,
//! `storageClassName: ""`). Conditions are left out only where they say that all is well.

mod defaults;
mod kinds;
mod pod;

use serde_json::{Map, Value};

use self::defaults::{
    Preset::{Nothing, Null},
    drop_defaults,
};

pub(super) type Fields = Map<String, Value>;

/// What to say once where cleaned manifests are shown.
pub const LEFT_OUT: &str =
    "defaults, ids, managedFields and what is said twice left out; full: true shows all";

/// The annotation in which `kubectl apply` keeps what it was given.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Annotations that repeat the object.
const COPIES: &[&str] = &[LAST_APPLIED];

/// Leaves out defaults and noise, in a list from all its items.
///
/// `resourceVersion` stays, since a conflict can be understood only with it. The object's own `uid` goes: what a
/// reader needs of it, whether this is still the same object, `creationTimestamp` says in fewer tokens.
pub fn clean(object: &mut Value) {
    let Value::Object(fields) = object else { return };
    if let Some(Value::Array(items)) = fields.get_mut("items") {
        items.iter_mut().for_each(clean);
    }
    generation(fields);
    if let Some(Value::Object(metadata)) = fields.get_mut("metadata") {
        clean_metadata(metadata);
    }
    let kind = fields.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
    kinds::clean(&kind, fields);
    pod::clean_all(fields);
    drop_defaults(fields, &[("status", Nothing)]);
}

/// A generation that the controller has seen says nothing; one that it has not seen yet says a lot.
fn generation(fields: &mut Fields) {
    let seen = fields.get("status").and_then(|it| it.get("observedGeneration"));
    let is_seen = seen
        .is_none_or(|it| fields.get("metadata").and_then(|it| it.get("generation")) == Some(it));
    if is_seen {
        remove(fields, "metadata", "generation");
        remove(fields, "status", "observedGeneration");
    }
}

fn remove(fields: &mut Fields, section: &str, name: &str) {
    if let Some(Value::Object(section)) = fields.get_mut(section) {
        section.retain(|it, _| it != name);
    }
}

/// An object's metadata, or that of a template.
fn clean_metadata(metadata: &mut Fields) {
    metadata.retain(|name, _| !matches!(name.as_str(), "managedFields" | "selfLink" | "uid"));
    if let Some(Value::Object(annotations)) = metadata.get_mut("annotations") {
        annotations.retain(|name, _| !COPIES.contains(&name.as_str()));
    }
    drop_defaults(
        metadata,
        &[("creationTimestamp", Null), ("annotations", Nothing), ("labels", Nothing)],
    );
    let name = metadata.get("name").and_then(Value::as_str).unwrap_or_default();
    let is_generated =
        metadata.get("generateName").and_then(Value::as_str).is_some_and(|it| name.starts_with(it));
    metadata.retain(|name, _| !(is_generated && name == "generateName"));
    for owner in
        metadata.get_mut("ownerReferences").and_then(Value::as_array_mut).into_iter().flatten()
    {
        if let Value::Object(owner) = owner {
            owner.retain(|name, value| {
                !(name == "uid"
                    || matches!(name.as_str(), "controller" | "blockOwnerDeletion")
                        && *value == true)
            });
        }
    }
}

#[cfg(test)]
mod tests;
