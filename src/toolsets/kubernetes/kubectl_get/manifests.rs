//! Whole objects, without what nobody wrote and nobody reads.

use serde_json::{Map, Value, json};

use crate::{
    output::Redactor,
    toolsets::kubernetes::path::{Path, merge},
};

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Takes out the API server's bookkeeping, and in the kinds of Kubernetes itself the values that it filled in by default.
pub(super) fn clean(object: &mut Value) {
    let generation = object.pointer("/metadata/generation").cloned();
    let group_version = object.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    let built_in = group_version == "v1"
        || group_version.starts_with("apps/")
        || group_version.starts_with("batch/");
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    for noise in ["managedFields", "selfLink", "generateName"] {
        metadata.shift_remove(noise);
    }
    metadata.retain(|_, value| !value.is_null());
    if let Some(Value::Object(annotations)) = metadata.get_mut("annotations") {
        annotations.shift_remove(LAST_APPLIED);
        if annotations.is_empty() {
            metadata.shift_remove("annotations");
        }
    }
    let Some(fields) = object.as_object_mut() else { return };
    for part in ["spec", "status"] {
        if let Some(value) = fields.get_mut(part) {
            if built_in {
                without_defaults(value);
            }
            // Another generation than the object's own says that its controller is behind.
            if let Some(status) = value.as_object_mut()
                && generation.is_some()
                && status.get("observedGeneration") == generation.as_ref()
            {
                status.shift_remove("observedGeneration");
            }
            if value.as_object().is_some_and(Map::is_empty) {
                fields.shift_remove(part);
            }
        }
    }
}

fn without_defaults(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(without_defaults);
            fields.retain(|name, value| !is_default(name, value));
            without_token_volume(fields);
            if fields.get("serviceAccount") == fields.get("serviceAccountName") {
                fields.shift_remove("serviceAccount");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(without_defaults),
        _ => {}
    }
}

fn is_default(name: &str, value: &Value) -> bool {
    match value {
        Value::Null => matches!(name, "lastProbeTime" | "creationTimestamp"),
        Value::Bool(value) => *value && name == "enableServiceLinks",
        Value::String(text) => TEXTS.contains(&(name, text.as_str())),
        Value::Number(number) => number.as_u64().is_some_and(|it| NUMBERS.contains(&(name, it))),
        // The only address stands in the singular beside the list.
        Value::Array(items) => {
            items.len() < 2 && matches!(name, "podIPs" | "hostIPs" | "clusterIPs")
        }
        Value::Object(fields) => {
            let optional =
                matches!(name, "lastState" | "resources" | "securityContext" | "strategy");
            optional && fields.is_empty()
        }
    }
}

const TEXTS: [(&str, &str); 14] = [
    ("restartPolicy", "Always"),
    ("dnsPolicy", "ClusterFirst"),
    ("schedulerName", "default-scheduler"),
    ("preemptionPolicy", "PreemptLowerPriority"),
    ("terminationMessagePath", "/dev/termination-log"),
    ("terminationMessagePolicy", "File"),
    ("imagePullPolicy", "IfNotPresent"),
    ("protocol", "TCP"),
    ("scheme", "HTTP"),
    ("apiVersion", "v1"),
    ("sessionAffinity", "None"),
    ("internalTrafficPolicy", "Cluster"),
    ("ipFamilyPolicy", "SingleStack"),
    ("concurrencyPolicy", "Allow"),
];

const NUMBERS: [(&str, u64); 9] = [
    ("priority", 0),
    ("terminationGracePeriodSeconds", 30),
    ("successThreshold", 1),
    ("failureThreshold", 3),
    ("timeoutSeconds", 1),
    ("periodSeconds", 10),
    ("defaultMode", 420),
    ("progressDeadlineSeconds", 600),
    ("revisionHistoryLimit", 10),
];

/// The service account token that every pod is given, with its mounts and the tolerations that every pod has.
fn without_token_volume(fields: &mut Map<String, Value>) {
    let is_token = |it: &Value| {
        let name = it.get("name").and_then(Value::as_str);
        name.is_some_and(|it| it.starts_with("kube-api-access-"))
    };
    let is_usual = |it: &Value| {
        let key = it.get("key").and_then(Value::as_str).unwrap_or_default();
        matches!(key, "node.kubernetes.io/not-ready" | "node.kubernetes.io/unreachable")
            && it.get("tolerationSeconds") == Some(&json!(300))
    };
    retain(fields, "volumes", |it| !is_token(it));
    retain(fields, "volumeMounts", |it| !is_token(it));
    retain(fields, "tolerations", |it| !is_usual(it));
}

fn retain(fields: &mut Map<String, Value>, name: &str, keep: impl Fn(&Value) -> bool) {
    let Some(Value::Array(items)) = fields.get_mut(name) else { return };
    items.retain(keep);
    if items.is_empty() {
        fields.shift_remove(name);
    }
}

/// Only what the paths lead to. Kind and name stay, so that it is still said whose it is, and redacted for what it is.
pub(super) fn project(object: &Value, keep: &[Path], redactor: &Redactor) -> Value {
    let mut seen = Value::Null;
    if keep.iter().any(Path::compares) {
        seen = object.clone();
        redactor.manifest(&mut seen);
    }
    let mut kept = Map::new();
    for field in ["apiVersion", "kind"] {
        if let Some(value) = object.get(field) {
            kept.insert(field.to_owned(), value.clone());
        }
    }
    let identity = object.get("metadata").and_then(Value::as_object).map(|metadata| {
        let named = ["name", "namespace"].into_iter();
        let named = named.filter_map(|it| Some((it.to_owned(), metadata.get(it)?.clone())));
        named.collect::<Map<_, _>>()
    });
    if let Some(identity) = identity {
        kept.insert("metadata".to_owned(), Value::Object(identity));
    }
    let mut kept = Value::Object(kept);
    keep.iter().filter_map(|it| it.prune(object, &seen)).for_each(|it| merge(&mut kept, it));
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bookkeeping_and_defaults_are_left_out_and_what_was_written_stays() {
        let mut pod = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "web", "managedFields": [{}], "creationTimestamp": null, "annotations": {LAST_APPLIED: "{}"}},
            "spec": {
                "restartPolicy": "Always", "serviceAccount": "web", "serviceAccountName": "web",
                "volumes": [{"name": "kube-api-access-x", "projected": {"defaultMode": 420}}, {"name": "cache", "emptyDir": {}}],
                "tolerations": [{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "tolerationSeconds": 300}],
                "containers": [{"name": "app", "image": "a:1", "resources": {}, "imagePullPolicy": "Always",
                    "volumeMounts": [{"name": "kube-api-access-x", "mountPath": "/x"}],
                    "livenessProbe": {"httpGet": {"path": "/", "port": 80, "scheme": "HTTP"}, "periodSeconds": 20, "timeoutSeconds": 1}}],
            },
            "status": {},
        });
        clean(&mut pod);
        assert_eq!(
            pod,
            json!({
                "apiVersion": "v1", "kind": "Pod",
                "metadata": {"name": "web"},
                "spec": {
                    "serviceAccountName": "web",
                    "volumes": [{"name": "cache", "emptyDir": {}}],
                    "containers": [{"name": "app", "image": "a:1", "imagePullPolicy": "Always",
                        "livenessProbe": {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 20}}],
                },
            })
        );
    }

    #[test]
    fn a_projection_still_says_what_it_is_a_part_of() {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "shop", "uid": "1"},
            "data": {"password": "eA==", "user": "eQ=="}});
        let kept = project(&secret, &[Path::parse(".data.password").unwrap()], &Redactor::new());
        assert_eq!(
            kept,
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "shop"},
                "data": {"password": "eA=="}})
        );
    }
}
