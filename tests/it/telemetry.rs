//! What the program says of itself to a collector and to whoever scrapes it.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Bytes, extract::State, routing::post};
use serde_json::json;
use tokio::sync::mpsc;

use crate::world::{Running, bare};

/// A collector on a free port, and what it receives.
async fn collector() -> (SocketAddr, mpsc::UnboundedReceiver<Bytes>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let app = Router::new()
        .route(
            "/v1/traces",
            post(
                |State(sender): State<Arc<mpsc::UnboundedSender<Bytes>>>, body: Bytes| async move {
                    sender.send(body).unwrap();
                },
            ),
        )
        .with_state(Arc::new(sender));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, app).into_future());
    (address, receiver)
}

#[tokio::test]
async fn a_call_becomes_a_span_under_the_callers_trace() {
    let (address, mut received) = collector().await;
    let called = tokio::task::spawn_blocking(move || {
        let folder = tempfile::tempdir().unwrap();
        let endpoint = format!("http://{address}");
        let mut running =
            Running::start(bare(&folder).env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint));
        running.request("resources/read", &json!({
            "uri": "tacklebox://toolsets",
            "_meta": { "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" },
        }));
        running.end()
    });
    assert_eq!(called.await.unwrap(), Some(0));
    let body =
        tokio::time::timeout(Duration::from_secs(20), received.recv()).await.unwrap().unwrap();
    // Names and ids stand in the protobuf message as they are.
    let trace = [
        0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31,
        0x9c,
    ];
    for wanted in [
        b"resources/read tacklebox://toolsets".as_slice(),
        b"mcp.method.name",
        b"mcp.resource.uri",
        b"service.name",
        b"tacklebox",
        &trace,
    ] {
        let found = body.windows(wanted.len()).any(|it| it == wanted);
        assert!(found, "no {} in the span", String::from_utf8_lossy(wanted));
    }
}

#[tokio::test]
async fn an_address_that_is_read_reaches_the_collector_without_the_secret_in_it() {
    let (address, mut received) = collector().await;
    let secret = "ghp_abcdefghijklmnopqrstuvwxyz0123456789";
    let called = tokio::task::spawn_blocking(move || {
        let folder = tempfile::tempdir().unwrap();
        let mut command = bare(&folder);
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}"));
        let mut running = Running::start(command.env("TACKLEBOX_CONFORMANCE", "1"));
        let uri = format!("test://template/{secret}/data");
        let answer = running.request("resources/read", &json!({ "uri": uri }));
        (running.end(), answer)
    });
    let (end, answer) = called.await.unwrap();
    assert!(end == Some(0) && answer["result"].is_object(), "{answer}");
    let body =
        tokio::time::timeout(Duration::from_secs(20), received.recv()).await.unwrap().unwrap();
    let has = |wanted: &str| body.windows(wanted.len()).any(|it| it == wanted.as_bytes());
    assert!(has("mcp.resource.uri") && has("redacted"), "no address in the span");
    assert!(!has(secret));
}

const NOBODY: &str = "{apiVersion: v1, kind: Config, current-context: it, \
    clusters: [{name: it, cluster: {server: 'https://127.0.0.1:1'}}], \
    contexts: [{name: it, context: {cluster: it, user: it}}], users: [{name: it, user: {token: none}}]}";

const DISCOVERY: &str = "toolsets:
  kubernetes: {enabled: false, kubeconfig: kubeconfig}
  local: {enabled: false}
  discovery: {enabled: true, publish: null}
server: {metrics: null}
";

#[tokio::test(flavor = "multi_thread")]
async fn a_request_over_plain_http_goes_by_its_name_in_the_trace() {
    let (address, mut received) = collector().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tacklebox.yml"), DISCOVERY).unwrap();
    std::fs::write(folder.path().join("kubeconfig"), NOBODY).unwrap();
    let mut command = bare(&folder);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}"));
    let mut running = Running::spawn(command.args(["serve", "--http", "127.0.0.1:0"]));
    let line = running.wait_for_log("serves MCP at");
    let url = line.split_whitespace().last().unwrap().trim_end_matches("/mcp");
    let _ = rustls::crypto::ring::default_provider().install_default();
    let request = reqwest::Client::new().get(format!("{url}/api/v1/toolset"));
    let answer = request.header("x-request-id", "order-66").send().await.unwrap();
    assert_eq!(answer.headers()["x-request-id"], "order-66");
    running.signal("-TERM");
    assert_eq!(running.wait(), Some(0));
    let body = received.recv().await.unwrap();
    let has = |wanted: &str| body.windows(wanted.len()).any(|it| it == wanted.as_bytes());
    assert!(has("/api/v1/toolset") && has("http.response.header.x-request-id") && has("order-66"));
}

#[tokio::test]
async fn metrics_are_served_on_a_listener_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("tacklebox.yml");
    std::fs::write(config, "server: {metrics: \"127.0.0.1:0\"}\n").unwrap();
    let mut command = bare(&folder);
    let mut running = Running::spawn(command.args(["serve", "--http", "127.0.0.1:0"]));
    let line = running.wait_for_log("metrics are at");
    let url = line.split_whitespace().last().unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let page = reqwest::get(url).await.unwrap().text().await.unwrap();
    assert!(page.contains("tacklebox_calls_under_way 0"), "{page}");
    running.signal("-TERM");
    assert_eq!(running.wait(), Some(0));
}

#[test]
fn a_protocol_that_is_not_ours_is_told_of_with_the_one_that_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = bare(&folder);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317");
    let mut running = Running::start(command.env("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"));
    let line = running.wait_for_log("no traces");
    assert!(line.contains("grpc") && line.contains("http/protobuf"), "{line}");
    assert_eq!(running.end(), Some(0));
}

#[test]
fn a_collector_that_never_answers_does_not_keep_the_program_from_ending() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let mut running = Running::start(bare(&folder).env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint));
    running.request("resources/read", &json!({ "uri": "tacklebox://toolsets" }));
    assert_eq!(running.end(), Some(0));
    drop(silent);
}
