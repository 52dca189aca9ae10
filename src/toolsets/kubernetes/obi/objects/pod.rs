//! The pods: OBI's own, and that of the cache of metadata.

use std::{collections::BTreeMap, net::IpAddr};

use serde_json::{Map, Value, json};

use super::{AGENT, CACHE, access, base, digest, labels, place, push, put, remove};
use crate::{
    obi::{
        config::shutdown_timeout,
        plan::{Mount, Plan, Port, Purpose},
    },
    toolsets::kubernetes::obi::{
        variables::{Variable, variables},
        wanted::{Resources, Wanted},
    },
};

const POD: &str = "/spec/template/spec";
const CONTAINER: &str = "/spec/template/spec/containers/0";

/// What Kubernetes gives a pod to end, and what OBI takes beyond its own limit.
const GRACE: u64 = 30;
const SPARE: u64 = 5;

pub(super) fn daemon_set(wanted: &Wanted, plan: &Plan) -> Value {
    let mut set = base(include_str!("../../../../../manifests/obi/daemonset.yaml"));
    place(&mut set, wanted, AGENT);
    let digest = json!(digest(&wanted.config));
    let annotations = json!({ "tacklebox.io/config-sha256": digest });
    put(&mut set, "/spec/template/metadata/labels", labels(wanted, AGENT));
    put(&mut set, "/spec/template/metadata/annotations", annotations);
    let mut pod = set.pointer(POD).cloned().unwrap_or_default();
    fill_pod(&mut pod, wanted, plan);
    put(&mut set, POD, pod);
    let mut container = set.pointer(CONTAINER).cloned().unwrap_or_default();
    fill_container(&mut container, wanted, plan);
    put(&mut set, &format!("{POD}/containers"), json!([container]));
    set
}

fn fill_pod(pod: &mut Value, wanted: &Wanted, plan: &Plan) {
    put(pod, "/automountServiceAccountToken", json!(access::reads_metadata(wanted)));
    if plan.host_pid.needed {
        put(pod, "/hostPID", json!(true));
    }
    if plan.host_network.needed {
        put(pod, "/hostNetwork", json!(true));
    }
    if let Some(policy) = plan.dns_policy {
        put(pod, "/dnsPolicy", json!(policy));
    }
    let environment = wanted.environment();
    let timeout = shutdown_timeout(&wanted.config, &environment, wanted.release());
    let grace = GRACE.max(timeout.as_secs().saturating_add(SPARE));
    put(pod, "/terminationGracePeriodSeconds", json!(grace));
    if let Some(Value::Object(selector)) = pod.get_mut("nodeSelector") {
        let more = wanted.node_selector.iter().filter(|it| it.0 != "kubernetes.io/os");
        selector.extend(more.map(|(key, value)| (key.clone(), json!(value))));
    }
    if !wanted.tolerations.is_empty() {
        put(pod, "/tolerations", json!(wanted.tolerations));
    }
    for mount in &plan.mounts {
        let volume = json!({ "name": volume(mount), "hostPath": { "path": mount.path } });
        push(pod, "/volumes", volume);
    }
}

fn fill_container(container: &mut Value, wanted: &Wanted, plan: &Plan) {
    put(container, "/image", json!(wanted.image.as_str()));
    let variables: Vec<Value> = variables(wanted).iter().map(Variable::of_container).collect();
    put(container, "/env", Value::Array(variables));
    let ports = ports(plan);
    if !ports.is_empty() {
        put(container, "/ports", Value::Array(ports));
    }
    probe(container, plan);
    put(container, "/resources", resources(&wanted.resources));
    secure(container, wanted);
    for mount in &plan.mounts {
        let mut own = json!({ "name": volume(mount), "mountPath": mount.path });
        if mount.read_only {
            put(&mut own, "/readOnly", json!(true));
        }
        push(container, "/volumeMounts", own);
    }
}

/// In the network of the host they are ports of the node, and no two pods with the same come to one. Both Prometheus endpoints may be
/// on one port, which is said once.
fn ports(plan: &Plan) -> Vec<Value> {
    let mut named: BTreeMap<u16, &str> = BTreeMap::new();
    let purposes = [
        (Purpose::Profiles, "profiles"),
        (Purpose::InternalMetrics, "internal"),
        (Purpose::Metrics, "metrics"),
        (Purpose::Health, "health"),
    ];
    for (purpose, name) in purposes {
        named.extend(plan.port(purpose).map(|it| (it.port, name)));
    }
    let port = |(number, name)| json!({ "name": name, "containerPort": number });
    named.into_iter().map(port).collect()
}

/// Where the kubelet reaches OBI's answer. In the network of the host somebody else may have the port, while OBI goes on without it:
/// it would not become ready, but is not ended for that.
fn probe(container: &mut Value, plan: &Plan) {
    let reach = plan.port(Purpose::Health).and_then(|it| reach(it, plan.host_network.needed));
    let Some(reach) = reach else {
        remove(container, "/readinessProbe");
        remove(container, "/livenessProbe");
        return;
    };
    if let Reach::OnNode = reach {
        put(container, "/readinessProbe/httpGet/host", json!("127.0.0.1"));
        remove(container, "/livenessProbe");
    }
}

enum Reach {
    OnNode,
    InPod,
}

fn reach(health: &Port, is_on_node: bool) -> Option<Reach> {
    let address: IpAddr = health.address.parse().ok()?;
    match address {
        _ if address.is_unspecified() && !is_on_node => Some(Reach::InPod),
        _ if address.is_unspecified() && is_on_node => Some(Reach::OnNode),
        IpAddr::V4(it) if it.is_loopback() && is_on_node => Some(Reach::OnNode),
        _ => None,
    }
}

fn resources(Resources { requests, limits }: &Resources) -> Value {
    let mut resources = Map::new();
    for (name, amounts) in [("requests", requests), ("limits", limits)] {
        if !amounts.is_empty() {
            resources.insert(name.to_owned(), json!(amounts));
        }
    }
    Value::Object(resources)
}

/// Who is not privileged has its capabilities, and nothing of the runtime's or the node's that would hold them back: default profiles
/// of older runtimes know no `CAP_BPF`, and that of `AppArmor` keeps OBI from the memory of other processes.
fn secure(container: &mut Value, wanted: &Wanted) {
    if wanted.privileged {
        put(container, "/securityContext/privileged", json!(true));
        return;
    }
    let capabilities = json!({ "drop": ["ALL"], "add": wanted.capabilities });
    put(container, "/securityContext/privileged", json!(false));
    put(container, "/securityContext/capabilities", capabilities);
    let unconfined = json!({ "type": "Unconfined" });
    put(container, "/securityContext/seccompProfile", unconfined.clone());
    put(container, "/securityContext/appArmorProfile", unconfined);
    if wanted.openshift {
        // SELinux's word for the same.
        put(container, "/securityContext/seLinuxOptions", json!({ "type": "spc_t" }));
    }
}

/// `/sys/kernel/tracing` as `sys-kernel-tracing`.
fn volume(mount: &Mount) -> String {
    let plain = |it: char| if it.is_ascii_alphanumeric() { it.to_ascii_lowercase() } else { '-' };
    let name: String = mount.path.trim_matches('/').chars().map(plain).take(63).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "host".to_owned() } else { name.to_owned() }
}

/// The Deployment that reads metadata for all nodes, and its Service; none where nobody knows which image that would be.
pub(super) fn cache(wanted: &Wanted) -> Vec<Value> {
    let Some(image) = wanted.image.of_cache() else { return Vec::new() };
    let mut deployment =
        base(include_str!("../../../../../manifests/obi/k8s-cache-deployment.yaml"));
    place(&mut deployment, wanted, CACHE);
    put(&mut deployment, "/spec/template/metadata/labels", labels(wanted, CACHE));
    put(&mut deployment, &format!("{CONTAINER}/image"), json!(image.as_str()));
    let mut service = base(include_str!("../../../../../manifests/obi/k8s-cache-service.yaml"));
    place(&mut service, wanted, CACHE);
    vec![deployment, service]
}
