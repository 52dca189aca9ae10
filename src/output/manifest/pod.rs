//! Pods, and the templates of pods in whatever makes them.

use serde_json::{Value, json};

use super::{
    Fields, clean_metadata,
    defaults::{
        Preset::{Flag, Nothing, Null, Number, Text},
        drop_defaults, drop_defaults_in, each,
    },
    kinds::drop_equal,
};

/// What the service account admission mounts into every pod.
const TOKEN_VOLUME: &str = "kube-api-access-";
const TOKEN_MOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Conditions that come with every pod and say nothing as long as they are true.
const USUAL_CONDITIONS: &[&str] =
    &["PodReadyToStartContainers", "Initialized", "ContainersReady", "PodScheduled"];

const CONTAINERS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// The object if it is a pod, and every pod template in it.
pub(super) fn clean_all(fields: &mut Fields) {
    let is_pod = fields.get("kind").and_then(Value::as_str) == Some("Pod");
    if let Some(Value::Object(spec)) = fields.get_mut("spec") {
        if is_pod || spec.get("containers").is_some_and(Value::is_array) {
            clean_spec(spec);
        }
        for template in ["template", "jobTemplate"] {
            if let Some(Value::Object(template)) = spec.get_mut(template) {
                if let Some(Value::Object(metadata)) = template.get_mut("metadata") {
                    clean_metadata(metadata);
                }
                drop_defaults(template, &[("metadata", Nothing)]);
                clean_all(template);
            }
        }
    }
    if is_pod {
        clean_status(fields);
    }
}

fn clean_spec(spec: &mut Fields) {
    drop_equal(
        spec,
        "serviceAccount",
        &spec.get("serviceAccountName").cloned().unwrap_or_default(),
    );
    drop_defaults(
        spec,
        &[
            ("dnsPolicy", Text("ClusterFirst")),
            ("enableServiceLinks", Flag(true)),
            ("preemptionPolicy", Text("PreemptLowerPriority")),
            ("priority", Number(0)),
            ("restartPolicy", Text("Always")),
            ("schedulerName", Text("default-scheduler")),
            ("securityContext", Nothing),
            ("serviceAccountName", Text("default")),
            ("terminationGracePeriodSeconds", Number(30)),
        ],
    );
    if let Some(Value::Array(tolerations)) = spec.get_mut("tolerations") {
        tolerations.retain(|it| !is_usual_toleration(it));
    }
    if let Some(Value::Array(volumes)) = spec.get_mut("volumes") {
        volumes.retain(|it| !is_token_volume(it));
    }
    drop_defaults(spec, &[("tolerations", Nothing), ("volumes", Nothing)]);
    for volume in each(spec, "volumes") {
        clean_volume(volume);
    }
    for container in CONTAINERS {
        each(spec, container).for_each(clean_container);
    }
}

fn is_usual_toleration(toleration: &Value) -> bool {
    ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"].iter().any(|key| {
        *toleration == json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300})
    })
}

fn is_token_volume(volume: &Value) -> bool {
    volume.get("projected").is_some()
        && volume.get("name").and_then(Value::as_str).is_some_and(|it| it.starts_with(TOKEN_VOLUME))
}

fn clean_volume(volume: &mut Fields) {
    for source in ["secret", "configMap", "projected", "downwardAPI"] {
        if let Some(Value::Object(source)) = volume.get_mut(source) {
            drop_defaults(source, &[("defaultMode", Number(420))]);
        }
    }
    if let Some(Value::Object(path)) = volume.get_mut("hostPath") {
        drop_defaults(path, &[("type", Nothing)]);
    }
}

fn clean_container(container: &mut Fields) {
    let policy =
        default_pull_policy(container.get("image").and_then(Value::as_str).unwrap_or_default());
    drop_defaults(
        container,
        &[
            ("imagePullPolicy", Text(policy)),
            ("resources", Nothing),
            ("securityContext", Nothing),
            ("terminationMessagePath", Text("/dev/termination-log")),
            ("terminationMessagePolicy", Text("File")),
        ],
    );
    if let Some(Value::Array(mounts)) = container.get_mut("volumeMounts") {
        mounts.retain(|it| !is_token_mount(it));
    }
    drop_defaults(container, &[("volumeMounts", Nothing)]);
    each(container, "ports").for_each(|it| drop_defaults(it, &[("protocol", Text("TCP"))]));
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(Value::Object(probe)) = container.get_mut(probe) {
            clean_probe(probe);
        }
    }
    for variable in each(container, "env") {
        let field = variable.get_mut("valueFrom").and_then(|it| it.get_mut("fieldRef"));
        if let Some(Value::Object(field)) = field {
            drop_defaults(field, &[("apiVersion", Text("v1"))]);
        }
    }
}

/// An image that can change is pulled always.
fn default_pull_policy(image: &str) -> &'static str {
    let file = image.rsplit('/').next().unwrap_or_default();
    let can_change = file.ends_with(":latest") || !file.contains([':', '@']);
    if can_change { "Always" } else { "IfNotPresent" }
}

fn is_token_mount(mount: &Value) -> bool {
    mount.get("mountPath").and_then(Value::as_str) == Some(TOKEN_MOUNT)
        && mount.get("name").and_then(Value::as_str).is_some_and(|it| it.starts_with(TOKEN_VOLUME))
}

fn clean_probe(probe: &mut Fields) {
    drop_defaults(
        probe,
        &[
            ("failureThreshold", Number(3)),
            ("periodSeconds", Number(10)),
            ("successThreshold", Number(1)),
            ("timeoutSeconds", Number(1)),
        ],
    );
    if let Some(Value::Object(request)) = probe.get_mut("httpGet") {
        drop_defaults(request, &[("scheme", Text("HTTP"))]);
    }
    if let Some(Value::Object(call)) = probe.get_mut("grpc") {
        drop_defaults(call, &[("service", Nothing)]);
    }
}

fn clean_status(fields: &mut Fields) {
    let containers: Vec<Value> = CONTAINERS
        .iter()
        .filter_map(|it| fields.get("spec")?.get(*it)?.as_array().cloned())
        .flatten()
        .collect();
    let Some(Value::Object(status)) = fields.get_mut("status") else { return };
    if let Some(Value::Array(conditions)) = status.get_mut("conditions") {
        conditions.retain(|it| !is_usual_condition(it));
    }
    for condition in each(status, "conditions") {
        condition.retain(|name, _| name != "observedGeneration");
        drop_defaults(condition, &[("lastProbeTime", Null)]);
    }
    for (one, many) in [("podIP", "podIPs"), ("hostIP", "hostIPs")] {
        let only = status.get(one).cloned().map(|it| json!([{ "ip": it }]));
        drop_equal(status, many, &only.unwrap_or_default());
    }
    drop_defaults(status, &[("conditions", Nothing)]);
    for statuses in ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"] {
        for container in each(status, statuses) {
            let spec = containers.iter().find(|it| it.get("name") == container.get("name"));
            clean_container_status(container, spec);
        }
    }
}

fn is_usual_condition(condition: &Value) -> bool {
    let text = |name: &str| condition.get(name).and_then(Value::as_str).unwrap_or_default();
    USUAL_CONDITIONS.contains(&text("type"))
        && text("status") == "True"
        && text("message").is_empty()
        && text("reason").is_empty()
}

fn clean_container_status(status: &mut Fields, spec: Option<&Value>) {
    let of_spec = |name: &str| spec.and_then(|it| it.get(name)).cloned().unwrap_or_default();
    status.retain(|name, _| {
        !matches!(name.as_str(), "containerID" | "volumeMounts" | "user" | "allocatedResources")
    });
    drop_equal(status, "image", &of_spec("image"));
    drop_equal(status, "resources", &of_spec("resources"));
    drop_defaults(
        status,
        &[("resources", Nothing), ("started", Flag(true)), ("lastState", Nothing)],
    );
    // The digest is in the image's own name already.
    let image = of_spec("image");
    let image = image.as_str().unwrap_or_default();
    let digest = status.get("imageID").and_then(Value::as_str).and_then(|it| it.rsplit('@').next());
    let is_known = digest.is_some_and(|it| image.ends_with(it));
    status.retain(|name, _| !(name == "imageID" && is_known));
    for state in ["state", "lastState"] {
        if let Some(Value::Object(state)) = status.get_mut(state) {
            drop_defaults_in(state, "terminated", &[("containerID", Nothing)]);
        }
    }
}
