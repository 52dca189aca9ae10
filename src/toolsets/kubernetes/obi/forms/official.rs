//! Values for the official chart, which by itself does not what it seems to: it adds selectors, exporters and a port to any
//! configuration, has the network of the host by a switch with another name, and asks for no memory.

use serde_json::{Map, Value, json};

use super::{File, Written, is, of, put};
use crate::{
    obi::{
        Mode,
        plan::{Plan, Purpose},
    },
    toolsets::kubernetes::obi::{variables::variables, wanted::Wanted},
};

pub(super) const CHART: &str = "opentelemetry-ebpf-instrumentation";
pub(super) const VERSION: &str = "0.12.0";
pub(super) const REPOSITORY: &str = "https://open-telemetry.github.io/opentelemetry-helm-charts";
/// The chart calls its release so, and all of its objects.
pub(super) const RELEASE: &str = "obi";

const POD: &str = "/spec/template/spec";

/// What it adds to those that have no privileges, whatever is asked for.
const CAPABILITIES: [&str; 6] =
    ["BPF", "SYS_PTRACE", "NET_RAW", "CHECKPOINT_RESTORE", "DAC_READ_SEARCH", "PERFMON"];
/// What it sets itself, or what stands in the configuration instead, by which the chart finds its ports.
const VARIABLES: [&str; 5] = [
    "HOST_IP",
    "OTEL_EBPF_KUBE_META_CACHE_ADDRESS",
    "OTEL_EBPF_PROMETHEUS_PORT",
    "OTEL_EBPF_INTERNAL_METRICS_EXPORTER",
    "OTEL_EBPF_INTERNAL_METRICS_PROMETHEUS_PORT",
];

pub(super) fn written(wanted: &Wanted, plan: &Plan) -> Result<Written, String> {
    let values = values(wanted, plan)?;
    let namespace = &wanted.namespace;
    let mut notes = vec![format!(
        "helm upgrade --install {RELEASE} {CHART} --repo {REPOSITORY} --version {VERSION} --namespace {namespace} --create-namespace -f values.yaml"
    )];
    notes.extend(limits(wanted));
    Ok(Written { files: vec![File::yaml("values.yaml", &values)], notes })
}

/// What it cannot be told.
pub(super) fn limits(wanted: &Wanted) -> Vec<String> {
    let mut notes = vec![
        "the official chart has no probes, and comments of the configuration are lost in it: form helm_chart and kustomize have both".to_owned(),
    ];
    if !wanted.privileged {
        notes.push("it cannot lift a node's seccomp or AppArmor profile: where OBI is held back, give privileged: true".to_owned());
    }
    notes
}

pub(super) fn values(wanted: &Wanted, plan: &Plan) -> Result<Value, String> {
    if plan.version != 1 {
        return Err("`form`: the official chart adds keys of version 1 to any configuration, and OBI refuses them in one of version 2: helm_chart, kustomize and raw leave it as it is".to_owned());
    }
    let objects = of("Helm", wanted, plan);
    let set = objects.iter().find(|it| is(it, "DaemonSet")).cloned().unwrap_or_default();
    let pod = set.pointer(POD).cloned().unwrap_or_default();
    let container = pod.pointer("/containers/0").cloned().unwrap_or_default();
    let has_application = plan.has(Mode::Application);
    let has_host_network = plan.host_network.needed;
    let mut values = json!({
        "fullnameOverride": RELEASE,
        "image": image(wanted.image.as_str()),
        // By it the pods see the processes of the host, or only its network.
        "preset": if has_application { "application" } else { "network" },
        // This is how they get into the network of the host. What is handed on says the configuration alone.
        "contextPropagation": { "enabled": has_host_network },
        "privileged": wanted.privileged,
        "securityContext": {
            "privileged": wanted.privileged, "runAsUser": 0, "readOnlyRootFilesystem": true,
        },
        "resources": container.get("resources"),
        "nodeSelector": pod.get("nodeSelector"),
        "affinity": pod.get("affinity"),
        "tolerations": wanted.tolerations,
    });
    if !wanted.privileged {
        put(&mut values, "/extraCapabilities", json!(capabilities(wanted, has_host_network)));
    }
    let is_own = |it: &Value| own_volume(it, has_host_network);
    for (of, field) in [(&pod, "volumes"), (&container, "volumeMounts")] {
        let all = of.get(field).and_then(Value::as_array).into_iter().flatten();
        let more: Vec<&Value> = all.filter(|it| !is_own(it)).collect();
        if !more.is_empty() {
            put(&mut values, &format!("/{field}"), json!(more));
        }
    }
    environment(&mut values, wanted);
    rules(&mut values, &objects);
    serving(&mut values, wanted, plan);
    cache(&mut values, wanted);
    put(&mut values, "/config/data", data(wanted, plan)?);
    Ok(values)
}

fn image(text: &str) -> Value {
    let (rest, digest) = text.split_once('@').map_or((text, ""), |it| it);
    let (name, tag) = match rest.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (rest, ""),
    };
    let (registry, repository) = name.split_once('/').unwrap_or(("docker.io", name));
    json!({ "registry": registry, "repository": repository, "tag": tag, "digest": digest })
}

fn capabilities(wanted: &Wanted, has_host_network: bool) -> Vec<&String> {
    let has = |it: &str| CAPABILITIES.contains(&it) || (it == "NET_ADMIN" && has_host_network);
    wanted.capabilities.iter().filter(|it| !has(it)).collect()
}

/// The chart has one for the configuration, and others for propagation.
fn own_volume(volume: &Value, has_host_network: bool) -> bool {
    match volume.get("name").and_then(Value::as_str) {
        Some("config") => true,
        Some("sys-fs-cgroup" | "sys-kernel-tracing") => has_host_network,
        _ => false,
    }
}

fn environment(values: &mut Value, wanted: &Wanted) {
    for variable in variables(wanted) {
        if VARIABLES.contains(&variable.name) {
            continue;
        }
        let container = variable.of_container();
        if let Some(value) = container.get("value") {
            put(values, &format!("/env/{}", variable.name), value.clone());
        }
        if let Some(origin) = container.get("valueFrom") {
            put(values, &format!("/envValueFrom/{}", variable.name), origin.clone());
        }
    }
}

/// Those of `OpenShift`: the chart has the others.
fn rules(values: &mut Value, objects: &[Value]) {
    let role = objects.iter().find(|it| is(it, "ClusterRole"));
    let rules = role.and_then(|it| it.get("rules")).and_then(Value::as_array);
    let is_known = |it: &&Value| {
        let group = it.pointer("/apiGroups/0").and_then(Value::as_str);
        matches!(group, Some("" | "apps"))
    };
    let more: Vec<&Value> = rules.into_iter().flatten().filter(|it| !is_known(it)).collect();
    if !more.is_empty() {
        put(values, "/rbac/extraClusterRoleRules", json!(more));
    }
}

fn serving(values: &mut Value, wanted: &Wanted, plan: &Plan) {
    let metrics = plan.port(Purpose::Metrics);
    let Some(metrics) = metrics.filter(|_| wanted.prometheus) else { return };
    put(values, "/service/enabled", json!(true));
    put(values, "/service/port", json!(metrics.port));
    put(values, "/service/targetPort", json!(metrics.port));
    if let Some(internal) = plan.port(Purpose::InternalMetrics) {
        let ports = json!({ "port": internal.port, "targetPort": internal.port });
        put(values, "/service/internalMetrics", ports);
    }
    put(values, "/serviceMonitor/enabled", json!(wanted.monitor));
}

fn cache(values: &mut Value, wanted: &Wanted) {
    let Some(cache) = wanted.image.of_cache().filter(|_| wanted.cache) else { return };
    let cache = json!({
        "replicas": 1,
        "image": image(cache.as_str()),
        "service": { "name": "obi-k8s-cache" },
        "resources": { "requests": { "cpu": "10m", "memory": "64Mi" }, "limits": { "memory": "1Gi" } },
    });
    put(values, "/k8sCache", cache);
}

/// What the chart would add to a configuration that does not say it.
fn defaults() -> Value {
    json!({
        "otel_traces_export": { "endpoint": "" },
        "otel_metrics_export": { "endpoint": "" },
        "filter": { "network": {
            "k8s_dst_owner_name": { "not_match": "" },
            "k8s_src_owner_name": { "not_match": "" },
        } },
        "prometheus_export": { "port": 0, "path": "" },
    })
}

fn data(wanted: &Wanted, plan: &Plan) -> Result<Value, String> {
    let mut data: Value =
        serde_saphyr::from_str(&wanted.config).map_err(|error| format!("`config`: {error}"))?;
    for (purpose, section) in [
        (Purpose::Metrics, "prometheus_export"),
        (Purpose::InternalMetrics, "internal_metrics/prometheus"),
    ] {
        if let Some(port) = plan.port(purpose) {
            put(&mut data, &format!("/{section}/port"), json!(port.port));
            put(&mut data, &format!("/{section}/path"), json!(port.path));
        }
    }
    if plan.port(Purpose::InternalMetrics).is_some() {
        put(&mut data, "/internal_metrics/exporter", json!("prometheus"));
    }
    // Without a section of that name the chart would add a mode: all processes, or flows.
    let is_there = |data: &Value, section: &str| {
        data.get(section).and_then(Value::as_object).is_some_and(|it| !it.is_empty())
    };
    if plan.has(Mode::Application) && !is_there(&data, "discovery") {
        put(&mut data, "/discovery", json!({ "skip_go_specific_tracers": false }));
    }
    if !plan.has(Mode::Application) && !is_there(&data, "network") {
        put(&mut data, "/network", json!({ "enable": plan.has(Mode::Network) }));
    }
    if let Value::Object(own) = &mut data {
        silence(&defaults(), own);
    }
    escape(&mut data);
    Ok(data)
}

/// A null takes a default of the chart away.
fn silence(defaults: &Value, own: &mut Map<String, Value>) {
    for (name, default) in defaults.as_object().into_iter().flatten() {
        match own.get_mut(name) {
            None => {
                own.insert(name.clone(), Value::Null);
            }
            Some(Value::Object(fields)) if default.is_object() => silence(default, fields),
            Some(_) => {}
        }
    }
}

/// The chart takes every text for a template.
fn escape(value: &mut Value) {
    match value {
        Value::String(text) if text.contains("{{") => *text = text.replace("{{", "{{`{{`}}"),
        Value::Object(fields) => fields.values_mut().for_each(escape),
        Value::Array(items) => items.iter_mut().for_each(escape),
        _ => {}
    }
}
