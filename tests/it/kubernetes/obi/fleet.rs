//! A deployment as Tacklebox makes one, made by hand, and what an OBI says.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tacklebox_cluster::{Cluster, Namespace};

pub const IMAGE: &str = "docker.io/otel/ebpf-instrument:v0.13.0";

pub const CONFIG: &str = "discovery:\n  instrument:\n    - k8s_namespace: shop\nprometheus_export:\n  port: 9464\ninternal_metrics:\n  exporter: prometheus\n  prometheus:\n    port: 9465\n";

/// A start that came as far as it should.
pub const WELL: [&str; 4] = [
    r#"time=2026-11-22T06:37:26.974Z level=INFO msg="OpenTelemetry eBPF Instrumentation" Version=v0.13.0 Revision=063cb505 "OpenTelemetry SDK Version"=1.43.0"#,
    r#"time=2026-11-22T06:37:26.974Z level=INFO msg="starting Application Observability mode""#,
    r#"time=2026-11-22T06:37:27.002Z level=INFO msg="Starting main node" component=obi.Instrumenter"#,
    r#"time=2026-11-22T06:37:33.002Z level=INFO msg="instrumenting process" component=discover.traceAttacher cmd=/shop pid=12 ino=7 type=go service="" logenricher=false"#,
];

/// It runs on a kernel without probes.
pub const BLIND: [&str; 4] = [
    WELL[0],
    WELL[1],
    WELL[2],
    r#"time=2026-11-22T06:37:27.055Z level=ERROR msg="Unable to load eBPF watcher for process events" component=discover.ProcessWatcher interval=5s error="instrumenting function \"sys_bind\": setting kprobe: creating tracefs event: neither debugfs nor tracefs are mounted""#,
];

pub const REFUSED: &str = r#"time=2026-11-22T06:37:26.973Z level=ERROR msg="wrong configuration" error="you need to define at least one exporter: trace_printer, otel_metrics_export, otel_traces_export or prometheus_export""#;

pub fn hash(config: &str) -> String {
    Sha256::digest(config).iter().fold(String::new(), |hex, it| format!("{hex}{it:02x}"))
}

pub fn labels() -> Value {
    json!({
        "app.kubernetes.io/name": "obi", "app.kubernetes.io/component": "agent",
        "app.kubernetes.io/managed-by": "tacklebox",
    })
}

pub fn config_map(namespace: &str, config: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "obi-config", "namespace": namespace, "labels": labels()},
        "data": {"obi.yml": config},
    })
}

pub fn daemon_set(namespace: &str, image: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": {"name": "obi", "namespace": namespace, "labels": labels()},
        "spec": {
            "selector": {"matchLabels": labels()},
            "template": {
                "metadata": {
                    "labels": labels(),
                    "annotations": {"tacklebox.io/config-sha256": hash(CONFIG)},
                },
                "spec": {
                    "nodeSelector": {"kubernetes.io/os": "linux"},
                    "containers": [{
                        "name": "obi", "image": image, "args": ["--config=/config/obi.yml"],
                    }],
                },
            },
        },
    })
}

/// Applies it, and waits until so many pods are ready. Gives their names and those of their nodes, in the order of these.
pub async fn deploy(namespace: &Namespace, pods: usize) -> Vec<(String, String)> {
    let name = namespace.name();
    namespace.apply(&config_map(name, CONFIG).to_string()).await.unwrap();
    namespace.apply(&daemon_set(name, IMAGE).to_string()).await.unwrap();
    let is_ready = |it: &Value| it["status"]["numberReady"] == pods;
    namespace.wait_for("daemonsets.apps", "obi", is_ready).await.unwrap();
    pods_of(namespace).await
}

pub async fn pods_of(namespace: &Namespace) -> Vec<(String, String)> {
    let path = format!("/api/v1/namespaces/{}/pods", namespace.name());
    let list = namespace.cluster().request("GET", &path, None).await.unwrap().ok().unwrap();
    let of = |it: &Value, pointer: &str| it.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let mut pods: Vec<(String, String)> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| !it["spec"]["nodeName"].is_null())
        .map(|it| (of(it, "/metadata/name"), of(it, "/spec/nodeName")))
        .collect();
    pods.sort_by(|one, other| one.1.cmp(&other.1));
    pods
}

/// A node that nobody plays.
pub async fn node(cluster: &Cluster, name: &str, labels: Value, info: Value, taints: Value) {
    let mut all = json!({"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"});
    all.as_object_mut().unwrap().extend(labels.as_object().unwrap().clone());
    let node = json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "labels": all},
        "spec": {"taints": taints},
        "status": {"nodeInfo": info_of(&info)},
    });
    cluster.request("POST", "/api/v1/nodes", Some(&node)).await.unwrap().ok().unwrap();
}

fn info_of(changed: &Value) -> Value {
    let mut info = json!({
        "kernelVersion": "6.1.0", "osImage": "Debian GNU/Linux 12 (bookworm)", "architecture": "amd64",
        "operatingSystem": "linux", "kubeletVersion": "", "kubeProxyVersion": "", "containerRuntimeVersion": "",
        "machineID": "", "systemUUID": "", "bootID": "",
    });
    info.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
    info
}

/// One of thousands, of which every fiftieth is tainted. Nobody plays it.
pub fn big_node(number: usize, address: &str) -> Value {
    let taints = if number.is_multiple_of(50) {
        json!([{"key": "db", "effect": "NoSchedule"}])
    } else {
        json!([])
    };
    let images: Vec<Value> = (0..20)
        .map(|it| json!({"names": [format!("registry.example/team/app-{it}@sha256:{}", "a".repeat(64))], "sizeBytes": 1}))
        .collect();
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": format!("node-{number:04}"), "labels": {
            "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
        }},
        "spec": {"taints": taints},
        "status": {
            "addresses": [{"type": "InternalIP", "address": address}],
            "conditions": [{"type": "Ready", "status": "True"}],
            "images": images,
            "nodeInfo": {
                "kernelVersion": if number < 2_500 { "6.1.0" } else { "6.8.12" },
                "osImage": "Debian GNU/Linux 12 (bookworm)", "architecture": "amd64", "operatingSystem": "linux",
                "kubeletVersion": "", "kubeProxyVersion": "", "containerRuntimeVersion": "", "machineID": "",
                "systemUUID": "", "bootID": "",
            },
        },
    })
}

/// The pod of such a node; every thousandth crashes.
pub fn big_pod(namespace: &str, number: usize) -> Value {
    let started = "2026-11-22T06:00:00Z";
    let (state, last) = if number % 1_000 == 1 {
        (
            json!({"waiting": {"reason": "CrashLoopBackOff"}}),
            json!({"terminated": {"exitCode": 255, "reason": "Error", "message": REFUSED, "startedAt": started, "finishedAt": started}}),
        )
    } else {
        (json!({"running": {"startedAt": started}}), json!({}))
    };
    let is_ready = number % 1_000 != 1;
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": format!("obi-{number:05}"), "namespace": namespace, "labels": labels(),
            "annotations": {"tacklebox.io/config-sha256": hash(CONFIG)},
        },
        "spec": {
            "nodeName": format!("node-{number:04}"), "restartPolicy": "Always", "dnsPolicy": "ClusterFirst",
            "schedulerName": "default-scheduler", "serviceAccountName": "default", "securityContext": {},
            "containers": [{"name": "obi", "image": IMAGE, "resources": {}, "imagePullPolicy": "IfNotPresent"}],
        },
        "status": {
            "phase": "Running", "startTime": started,
            "conditions": [{"type": "Ready", "status": if is_ready { "True" } else { "False" }}],
            "containerStatuses": [{
                "name": "obi", "image": IMAGE, "imageID": "", "ready": is_ready, "restartCount": 0,
                "state": state, "lastState": last,
            }],
        },
    })
}
