//! Every kind of deployment, as it would be applied.

mod goldens;
mod parts;
mod round_trip;

use serde_json::{Value, json};

use super::*;
use crate::toolsets::kubernetes::obi::asked::{Answer, Asked, Ground};

const APPLICATION: &str = "\
# Ours
discovery:
  instrument:
  - k8s_namespace: shop
otel_traces_export:
  endpoint: http://collector.observability:4317
";
const NETWORK: &str = "\
metrics: {features: [network]}
otel_metrics_export: {endpoint: 'http://${HOST_IP}:4318'}
";

/// What is made of the arguments of a call.
fn answer(arguments: Value, ground: &Ground) -> Answer {
    let asked: Asked = serde_json::from_value(arguments).unwrap();
    asked.answer(ground).unwrap()
}

fn made(arguments: Value, ground: &Ground) -> Vec<Value> {
    let Answer { wanted, plan, .. } = answer(arguments, ground);
    objects(&wanted, &plan)
}

fn plainly(arguments: Value) -> Vec<Value> {
    made(arguments, &Ground::default())
}

fn find<'a>(objects: &'a [Value], kind: &str) -> &'a Value {
    objects.iter().find(|it| it["kind"] == kind).unwrap_or_else(|| panic!("no {kind}"))
}

fn container(objects: &[Value]) -> &Value {
    find(objects, "DaemonSet").pointer("/spec/template/spec/containers/0").unwrap()
}

fn variable<'a>(objects: &'a [Value], name: &str) -> Option<&'a Value> {
    container(objects)["env"].as_array().unwrap().iter().find(|it| it["name"] == name)
}

fn openshift() -> Ground {
    Ground { openshift: true, ..Ground::default() }
}

fn with_operator() -> Ground {
    Ground { monitor: true, ..Ground::default() }
}

/// One of each kind: what it is called, the arguments, and the cluster.
fn variants() -> Vec<(&'static str, Value, Ground)> {
    let stats = "metrics: {features: [stats]}\nprometheus_export: {port: 9464}\n";
    let propagation = format!("{APPLICATION}ebpf: {{context_propagation: headers}}\n");
    let all = "\
discovery: {instrument: [{k8s_namespace: '*'}]}
metrics: {features: [application, network, stats, ebpf]}
ebpf: {context_propagation: all, log_enricher: {services: [{service: [{k8s_namespace: shop}]}]}}
otel_traces_export: {endpoint: 'http://collector.observability:4317'}
prometheus_export: {port: 9464}
";
    let version2 = "\
file_format: '1.0'
tracer_provider: {processors: [{batch: {exporter: {otlp_http: {endpoint: 'http://collector.observability:4318'}}}}]}
extensions: {obi: {version: '2.0', daemon: {internal_metrics: {exporter: prometheus, prometheus: {port: 9465}}}}}
";
    let unseen = "\
trace_printer: text
open_port: 8080
attributes: {kubernetes: {enable: false}}
";
    let own_ports = format!(
        "{APPLICATION}health_check: {{port: 9000, listen_address: 0.0.0.0}}\ninternal_metrics: {{exporter: prometheus, prometheus: {{port: 9001}}}}\nprometheus_export: {{port: 9001, path: /own}}\n"
    );
    let plain = Ground::default;
    vec![
        ("application", json!({ "config": APPLICATION }), plain()),
        ("application_privileged", json!({ "config": APPLICATION, "privileged": true }), plain()),
        (
            "application_cache_prometheus",
            json!({ "config": APPLICATION, "k8s_cache": true, "prometheus": true, "namespace": "obi" }),
            with_operator(),
        ),
        ("application_openshift", json!({ "config": APPLICATION }), openshift()),
        (
            "application_openshift_privileged",
            json!({ "config": APPLICATION, "privileged": true }),
            openshift(),
        ),
        (
            "application_old",
            json!({ "config": "trace_printer: text\nopen_port: '8080'\n", "version": "v0.1.0" }),
            plain(),
        ),
        ("application_own_ports", json!({ "config": own_ports, "prometheus": true }), plain()),
        ("application_without_metadata", json!({ "config": unseen }), plain()),
        (
            "everything",
            json!({
                "config": all, "prometheus": true, "headers_secret": "otlp/headers",
                "tolerations": [], "node_selector": { "pool": "apps" },
                "image": "localhost:5000/obi:v0.12.1",
                "resources": { "requests": { "cpu": "250m", "memory": "1Gi" }, "limits": { "memory": "3Gi", "cpu": 2 } },
            }),
            with_operator(),
        ),
        ("network", json!({ "config": NETWORK }), plain()),
        (
            "network_privileged_cache",
            json!({ "config": NETWORK, "privileged": true, "k8s_cache": true }),
            plain(),
        ),
        (
            "only_an_endpoint",
            json!({ "otlp_endpoint": "http://collector.observability:4318" }),
            plain(),
        ),
        ("propagation", json!({ "config": propagation }), plain()),
        (
            "propagation_openshift_prometheus",
            json!({ "config": propagation, "prometheus": true }),
            openshift(),
        ),
        ("stats", json!({ "config": stats, "prometheus": true }), plain()),
        ("version2", json!({ "config": version2, "prometheus": true }), plain()),
    ]
}
