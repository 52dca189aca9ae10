//! What an answer costs on its way out, without a cluster: `cargo bench --bench rendering`.

use divan::{Bencher, counter::BytesCount};
use serde_json::{Value, json};
use tacklebox::output::{Answer, Document, Format, Redactor, Style, Table, tokens};

fn main() {
    divan::main();
}

/// The allocations stand beside the times: they are most of what is left to save.
#[global_allocator]
static ALLOCATOR: divan::AllocProfiler = divan::AllocProfiler::system();

fn style() -> Style {
    Style { budget: 8_000, redactor: Redactor::new(), fence: None }
}

#[divan::bench(args = [40, 500])]
fn table_of_pods(bencher: Bencher, rows: usize) {
    let (style, table) = (style(), pods(rows));
    bencher
        .with_inputs(|| Answer::from(Document::new().table(table.clone())))
        .bench_values(|answer| answer.render(&style));
}

#[divan::bench]
fn manifest_of_a_pod(bencher: Bencher) {
    let style = style();
    bencher
        .with_inputs(|| Answer::from(Document::new().manifests(vec![pod()], Format::Yaml)))
        .bench_values(|answer| answer.render(&style));
}

#[divan::bench]
fn redaction_of_a_pod(bencher: Bencher) {
    let redactor = Redactor::new();
    bencher.with_inputs(pod).bench_refs(|pod| redactor.manifest(pod));
}

#[divan::bench]
fn redaction_of_a_log(bencher: Bencher) {
    let (redactor, log) = (Redactor::new(), log());
    bencher.counter(BytesCount::of_str(log.as_str())).bench(|| redactor.text(&log).len());
}

#[divan::bench]
fn tokens_of_a_log(bencher: Bencher) {
    let log = log();
    bencher.counter(BytesCount::of_str(log.as_str())).bench(|| tokens::estimate(&log));
}

/// What a start with a configuration waits for, after the first time.
#[divan::bench]
fn configuration() -> bool {
    tacklebox::config::parse(include_str!("../config.example.yml"), "config.example.yml").is_ok()
}

fn pods(rows: usize) -> Table {
    let columns = ["Name", "Ready", "Status", "Restarts", "Age"].map(str::to_owned).to_vec();
    let row = |it| {
        let name = format!("load-6cc7cf8c68-{it:05x}");
        vec![name, "1/1".to_owned(), "Running".to_owned(), "0".to_owned(), "3m12s".to_owned()]
    };
    Table::new(columns, (0..rows).map(row).collect())
}

fn pod() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": "web-6cc7cf8c68-cg2g9", "namespace": "shop", "resourceVersion": "48213",
            "labels": {"app.kubernetes.io/name": "web", "pod-template-hash": "6cc7cf8c68"},
            "annotations": {"prometheus.io/scrape": "true", "prometheus.io/port": "8080"},
        },
        "spec": {
            "nodeName": "node-3", "serviceAccountName": "web",
            "containers": [{
                "name": "app", "image": "registry.example/shop/web:1.4.2",
                "args": ["--listen=:8080", "--log-format=json"],
                "env": [
                    {"name": "LOG_LEVEL", "value": "info"},
                    {"name": "DB_PASSWORD", "value": "correct horse battery staple"},
                    {"name": "DB_URL", "value": "postgres://shop:s3cr3t@db.shop:5432/shop"},
                ],
                "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
                "readinessProbe": {"httpGet": {"path": "/healthz", "port": "http"}},
            }],
        },
        "status": {
            "phase": "Running", "podIP": "10.244.0.17",
            "containerStatuses": [{"name": "app", "ready": true, "restartCount": 0}],
        },
    })
}

/// Two hundred lines as services write them, one with a secret in it.
fn log() -> String {
    let lines = (0..200).map(|it| match it {
        120 => {
            "level=warn msg=\"retrying\" url=postgres://shop:s3cr3t@db.shop:5432/shop".to_owned()
        }
        _ => format!("2026-11-25T06:00:{:02}Z INFO handled GET /cart/{it} in {it} ms", it % 60),
    });
    lines.collect::<Vec<_>>().join("\n")
}
