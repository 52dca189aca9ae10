//! HolmesGPT itself loads every document that discovery makes: its own loader and its own classes, without a network.

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command};

use expect_test::{expect, expect_file};
use serde_json::Value;

use crate::tools::{Network, pip, run, succeeded};

const HOLMES: &str = "holmesgpt==0.45.0";

fn folder(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

async fn loader(arguments: &[&str]) -> String {
    let home = tempfile::tempdir().expect("a home for what it writes");
    let mut command = Command::new(pip(HOLMES).join("python3"));
    command.arg(folder("tests/it/discovery/loader.py")).args(arguments);
    command.env("HOME", home.path()).env("PYTHONDONTWRITEBYTECODE", "1").current_dir(home.path());
    succeeded(&run(&command, Network::Own).await)
}

/// The documents are those that the unit tests of `discovery::holmes` write and compare.
#[tokio::test]
async fn holmesgpt_loads_every_document() {
    let documents = fs::read_dir(folder("src/toolsets/discovery/holmes/golden")).unwrap();
    let mut documents: Vec<String> =
        documents.map(|it| it.unwrap().path().to_str().unwrap().to_owned()).collect();
    documents.sort();
    let arguments: Vec<&str> =
        ["load"].into_iter().chain(documents.iter().map(String::as_str)).collect();
    let reports: BTreeMap<String, Value> =
        serde_json::from_str(&loader(&arguments).await).expect("JSON");
    assert_eq!(reports.len(), documents.len());
    let lines: String = reports.iter().map(|(name, it)| line(name, it)).collect();
    assert!(!lines.contains("failed") && !lines.contains("refused"), "{lines}");
    println!("{lines}");
    expect![[r"
        all-ask-for-credentials: kubernetes/core; tools 12
        all-get-credentials: elasticsearch/cluster, elasticsearch/data, grafana/dashboards, grafana/loki, mcp-agents-argocd-mcp; tools 12
        collector: kubernetes/core; tools 1
        collector-twice: kubernetes/core; tools 2
        elasticsearch: elasticsearch/cluster, elasticsearch/data; tools 1
        elasticsearch-twice: elasticsearch/cluster, elasticsearch/data; tools 2
        everything: grafana/tempo, jaeger-tracing-jaeger-query, mcp-agents-argocd-mcp, prometheus/metrics; tools 11
        everything-with-credentials: elasticsearch/cluster, elasticsearch/data, grafana/dashboards, grafana/loki, grafana/tempo, jaeger-tracing-jaeger-query, mcp-agents-argocd-mcp, prometheus/metrics; tools 11
        grafana: grafana/dashboards; tools 1
        grafana-twice: grafana/dashboards; tools 2
        hostile: prometheus/metrics; tools 1
        jaeger: jaeger-tracing-jaeger; tools 1
        jaeger-twice: jaeger-other-jaeger, jaeger-tracing-jaeger; tools 2
        loki: grafana/loki; tools 1
        loki-twice: grafana/loki; tools 2
        mcp: mcp-agents-argocd-mcp; tools 1
        mcp-twice: mcp-agents-argocd-mcp, mcp-other-argocd-mcp; tools 2
        mimir: prometheus/metrics; tools 1
        mimir-twice: prometheus/metrics; tools 2
        nothing: kubernetes/core; tools 0
        opensearch: elasticsearch/cluster, elasticsearch/data; tools 1
        opensearch-twice: elasticsearch/cluster, elasticsearch/data; tools 2
        overrides-add: alerts, github, grafana/dashboards, jaeger-tracing-jaeger, kubernetes/core, kubernetes/logs, own-tools, prometheus/metrics; tools 2
        overrides-bad: jaeger-tracing-jaeger, kubernetes/logs, prometheus/metrics; tools 2
        overrides-change: jaeger-tracing-jaeger, prometheus/metrics; tools 2
        overrides-disable: jaeger-tracing-jaeger, prometheus/metrics (disabled); tools 1
        overrides-instances: jaeger-tracing-jaeger, prometheus/metrics; tools 2
        overrides-remove: prometheus/metrics; tools 1
        overrides-remove-all: kubernetes/core; tools 0
        overrides-unreadable: jaeger-tracing-jaeger, prometheus/metrics; tools 2
        pitfalls: jaeger-0777-0777, jaeger-0x1f-0x1f, jaeger-1-0-1-0, jaeger-1e3-1e3, jaeger-2026-11-30-2026-11-30, jaeger-null-null, jaeger-on-on, jaeger-y-y; tools 8
        prometheus: prometheus/metrics; tools 1
        prometheus-twice: prometheus/metrics; tools 2
        tempo: grafana/tempo; tools 1
        tempo-twice: grafana/tempo; tools 2
        thanos: prometheus/metrics; tools 1
        thanos-twice: prometheus/metrics; tools 2
        victoria-metrics: prometheus/metrics; tools 1
        victoria-metrics-twice: prometheus/metrics; tools 2
    "]].assert_eq(&lines);
}

/// `grafana: grafana/dashboards; tools 1`
fn line(name: &str, report: &Value) -> String {
    if let Some(refused) = report.get("refused") {
        return format!("{name}: refused: {refused}\n");
    }
    let toolsets = report["toolsets"].as_object().unwrap().iter();
    let toolsets = toolsets.map(|(name, it)| match it.as_str().unwrap() {
        "enabled" => name.clone(),
        other => format!("{name} ({other})"),
    });
    let toolsets = toolsets.collect::<Vec<_>>().join(", ");
    format!("{name}: {toolsets}; tools {}\n", report["tools"].as_array().unwrap().len())
}

#[tokio::test]
async fn what_is_known_of_holmesgpt_is_what_it_says_itself() {
    let known = folder("src/toolsets/discovery/holmes/known.json");
    expect_file![known].assert_eq(&loader(&["describe"]).await);
}

/// So that the test above proves something.
#[tokio::test]
async fn the_loader_tells_what_it_refuses_and_what_nobody_reads() {
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        ("seed", "tools: [{name: a, type: prometheus, endpoint: 'http://a'}]"),
        ("empty", "toolsets: {}"),
        ("dotted", "toolsets: {bash: {enabled: true, config: {a.b: c}}}"),
        ("unread", "toolsets: {prometheus/metrics: {config: {url: 'http://a'}}}"),
        ("unknown", "toolsets: {prometheus: {enabled: true, config: {url: 'http://a'}}}"),
        ("missing", "toolsets: {grafana/loki: {enabled: true, config: {api_key: a}}}"),
        ("both", "toolsets: {grafana/loki: {config: {api_url: a, api_key: a, username: b}}}"),
        ("same", "toolsets: {prometheus/metrics: {config: {instances: [{name: a}, {name: a}]}}}"),
        ("nested", "toolsets: {x: {type: http, config: {endpoints: [{hosts: [a], path: b}]}}}"),
    ];
    let mut files = Vec::new();
    for (name, text) in cases {
        let file = folder.path().join(format!("{name}.yaml"));
        fs::write(&file, text).unwrap();
        files.push(file.to_str().unwrap().to_owned());
    }
    let arguments: Vec<&str> =
        ["load"].into_iter().chain(files.iter().map(String::as_str)).collect();
    let reports: Value = serde_json::from_str(&loader(&arguments).await).expect("JSON");
    for (name, _) in cases {
        let report = reports[name].to_string();
        assert!(report.contains("refused") || report.contains("failed"), "{name}: {report}");
    }
}
