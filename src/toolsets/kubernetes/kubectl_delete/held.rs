//! What keeps an object that is being deleted.

use serde_json::Value;

use crate::toolsets::kubernetes::{address::Address, field::text};

/// Finalizers of the cluster itself, and what they wait for.
const KNOWN: [(&str, &str); 7] = [
    ("kubernetes.io/pvc-protection", "a pod still uses it"),
    ("kubernetes.io/pv-protection", "a claim is still bound to it"),
    ("foregroundDeletion", "what it owns goes first"),
    ("orphan", "what it owns is released first"),
    ("customresourcecleanup.apiextensions.k8s.io", "its custom resources go first"),
    ("batch.kubernetes.io/job-tracking", "its job has yet to count it"),
    ("service.kubernetes.io/load-balancer-cleanup", "its load balancer is taken down first"),
];

/// Of finalizers nobody knows here.
const FOREIGN: &str = "whoever set it has to remove it when its work is done; removed by hand, it may leave behind what it is there for";

/// What namespaces and definitions say of their own end.
const CONDITIONS: [&str; 6] = [
    "NamespaceDeletionDiscoveryFailure",
    "NamespaceDeletionGroupVersionParsingFailure",
    "NamespaceDeletionContentFailure",
    "NamespaceContentRemaining",
    "NamespaceFinalizersRemaining",
    "Terminating",
];

pub(super) fn held(address: &Address, object: &Value) -> String {
    let finalizers = texts(object, "/metadata/finalizers").map(finalizer);
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array);
    let conditions = conditions
        .into_iter()
        .flatten()
        .filter(|it| CONDITIONS.contains(&text(it, "/type")) && text(it, "/status") == "True");
    let conditions =
        conditions.map(|it| format!("{}: {}", text(it, "/type"), text(it, "/message")));
    let reasons: Vec<String> = conditions.chain(finalizers).collect();
    if !reasons.is_empty() {
        return reasons.join("; ");
    }
    if address.resource.kind == "Pod" {
        let end = text(object, "/metadata/deletionTimestamp");
        return format!("its containers have until {end} to end (grace period)");
    }
    if address.resource.kind == "Namespace" {
        return "what is in it goes first".to_owned();
    }
    "nothing holds it that can be seen".to_owned()
}

fn finalizer(name: &str) -> String {
    let why = KNOWN.iter().find(|it| it.0 == name).map_or(FOREIGN, |it| it.1);
    format!("waits for finalizer {name}: {why}")
}

fn texts<'a>(object: &'a Value, pointer: &str) -> impl Iterator<Item = &'a str> {
    let list = object.pointer(pointer).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str)
}
