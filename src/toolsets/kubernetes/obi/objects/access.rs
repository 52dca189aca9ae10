//! Who OBI is in the cluster, and what it may ask for.

use serde_json::{Value, json};

use super::{AGENT, base, everywhere, place, place_everywhere, put};
use crate::{
    obi::config::{Release, filled},
    toolsets::kubernetes::obi::wanted::Wanted,
};

/// Until then OBI asked for the `ReplicaSets` that pods belong to. Now the pods say it.
const ASKS_NO_REPLICA_SETS: Release = Release::new(0, 2, 0);

/// Where OBI finds, in either version of its configuration, whether it is to ask at all.
const SWITCHES: [&str; 2] =
    ["/attributes/kubernetes/enable", "/extensions/obi/enrich/enrichers/kubernetes/mode"];

pub(super) fn objects(wanted: &Wanted) -> Vec<Value> {
    let mut account = base(include_str!("../../../../../manifests/obi/serviceaccount.yaml"));
    place(&mut account, wanted, AGENT);
    let rules = rules(wanted);
    if rules.is_empty() {
        return vec![account];
    }
    let mut role = base(include_str!("../../../../../manifests/obi/clusterrole.yaml"));
    place_everywhere(&mut role, wanted);
    put(&mut role, "/rules", Value::Array(rules));
    let mut binding = base(include_str!("../../../../../manifests/obi/clusterrolebinding.yaml"));
    place_everywhere(&mut binding, wanted);
    put(&mut binding, "/roleRef/name", json!(everywhere(wanted)));
    put(&mut binding, "/subjects/0/namespace", json!(wanted.namespace));
    vec![account, role, binding]
}

fn rules(wanted: &Wanted) -> Vec<Value> {
    let reads = reads_metadata(wanted);
    let mut rules = Vec::new();
    let mut rule = |group: &str, resources: &[&str], verbs: &[&str]| {
        rules.push(json!({ "apiGroups": [group], "resources": resources, "verbs": verbs }));
    };
    if reads {
        rule("", &["pods", "services", "nodes"], &["get", "list", "watch"]);
    }
    if reads && wanted.image.release().is_some_and(|it| it < ASKS_NO_REPLICA_SETS) {
        rule("apps", &["replicasets"], &["get", "list", "watch"]);
    }
    if reads && wanted.openshift {
        // Where the name of the cluster is.
        rule("config.openshift.io", &["infrastructures"], &["get"]);
    }
    if wanted.openshift {
        rules.push(json!({
            "apiGroups": ["security.openshift.io"],
            "resources": ["securitycontextconstraints"],
            "resourceNames": ["privileged"],
            "verbs": ["use"],
        }));
    }
    rules
}

/// Whether anything is asked for.
pub(super) fn reads_metadata(wanted: &Wanted) -> bool {
    let text = filled(&wanted.config, &wanted.environment());
    let document: Value = serde_saphyr::from_str(&text).unwrap_or_default();
    let is_off = |it: &Value| match it {
        Value::Bool(is_on) => !is_on,
        Value::String(text) => text == "false" || text == "disabled",
        _ => false,
    };
    wanted.cache || !SWITCHES.iter().any(|it| document.pointer(it).is_some_and(is_off))
}
