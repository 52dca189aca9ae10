//! The objects of a deployment: those of `manifests/obi`, with what is wanted and what the configuration needs filled in.

mod access;
mod pod;
mod rights;
mod serving;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

pub(super) use self::rights::{capabilities, default_resources};
use super::{AGENT, CACHE, COMPONENT, MANAGED_BY, NAME, TACKLEBOX, wanted::Wanted};
use crate::obi::plan::Plan;

/// What its configuration is called.
pub(super) const CONFIG: &str = "obi-config";

/// Every object of OBI on all nodes, but for the namespace.
pub(super) fn objects(wanted: &Wanted, plan: &Plan) -> Vec<Value> {
    let mut objects = access::objects(wanted);
    objects.push(config_map(wanted));
    objects.push(pod::daemon_set(wanted, plan));
    if wanted.cache {
        objects.extend(pod::cache(wanted));
    }
    if wanted.prometheus {
        objects.extend(serving::objects(wanted, plan));
    }
    objects
}

/// By which it is known whether pods run with a configuration.
pub(super) fn digest(config: &str) -> String {
    use std::fmt::Write;
    Sha256::digest(config).iter().fold(String::new(), |mut digest, byte| {
        let _ = write!(digest, "{byte:02x}");
        digest
    })
}

pub(super) fn config_map(wanted: &Wanted) -> Value {
    let mut map = base(include_str!("../../../../../manifests/obi/configmap.yaml"));
    place(&mut map, wanted, AGENT);
    put(&mut map, "/data/obi.yml", json!(wanted.config));
    map
}

/// A manifest as it is written.
fn base(text: &str) -> Value {
    serde_saphyr::from_str(text).expect("the tests read each of them")
}

/// In the namespace, and with the labels of everything that is ours.
fn place(object: &mut Value, wanted: &Wanted, component: &str) {
    put(object, "/metadata/namespace", json!(wanted.namespace));
    put(object, "/metadata/labels", labels(wanted, component));
}

/// The same of what belongs to the whole cluster: another deployment has another.
fn place_everywhere(object: &mut Value, wanted: &Wanted) {
    put(object, "/metadata/name", json!(everywhere(wanted)));
    put(object, "/metadata/labels", labels(wanted, AGENT));
}

fn everywhere(wanted: &Wanted) -> String {
    format!("{NAME}-{}", wanted.namespace)
}

fn labels(wanted: &Wanted, component: &str) -> Value {
    let mut labels = Map::new();
    let mut label = |key: &str, value: &str| labels.insert(key.to_owned(), json!(value));
    label("app.kubernetes.io/name", NAME);
    label(COMPONENT, component);
    label("app.kubernetes.io/part-of", NAME);
    label(MANAGED_BY, TACKLEBOX);
    if let Some(tag) = wanted.image.tag().filter(|_| wanted.image.release().is_some()) {
        label("app.kubernetes.io/version", tag);
    }
    Value::Object(labels)
}

/// Makes the fields that lead there where they are missing. What the path has of lists is there.
pub(super) fn put(object: &mut Value, path: &str, value: Value) {
    let (parent, field) = path.rsplit_once('/').unwrap_or_default();
    if object.pointer(parent).is_none() {
        put(object, parent, json!({}));
    }
    if let Some(Value::Object(fields)) = object.pointer_mut(parent) {
        fields.insert(field.to_owned(), value);
    }
}

/// At the end of a list, which is made where there is none.
fn push(object: &mut Value, path: &str, value: Value) {
    if object.pointer(path).is_none() {
        put(object, path, json!([]));
    }
    if let Some(Value::Array(items)) = object.pointer_mut(path) {
        items.push(value);
    }
}

fn remove(object: &mut Value, path: &str) {
    let (parent, field) = path.rsplit_once('/').unwrap_or_default();
    if let Some(Value::Object(fields)) = object.pointer_mut(parent) {
        fields.shift_remove(field);
    }
}

#[cfg(test)]
mod tests;
