//! The main path on the real thing: the built binary, real MCP clients, a real kube-apiserver with its audit log as the witness.

use std::path::Path;

use rmcp::{
    RoleClient, ServiceExt,
    model::{CallToolRequestParams, CallToolResult},
    service::RunningService,
    transport::{StreamableHttpClientTransport, TokioChildProcess},
};
use serde_json::{Value, json};
use tacklebox_cluster::Cluster;
use tempfile::TempDir;

use crate::world::{Running, bare};

type Client = RunningService<RoleClient, ()>;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// The built binary as Claude Desktop starts it.
async fn over_stdio(folder: &TempDir, kubeconfig: &Path) -> Client {
    let mut command = bare(folder);
    command.arg("--kubeconfig").arg(kubeconfig);
    ().serve(TokioChildProcess::new(tokio::process::Command::from(command)).unwrap()).await.unwrap()
}

async fn call(client: &Client, tool: &'static str, arguments: Value) -> CallToolResult {
    let arguments = arguments.as_object().cloned().unwrap();
    client.call_tool(CallToolRequestParams::new(tool).with_arguments(arguments)).await.unwrap()
}

fn text(result: &CallToolResult) -> &str {
    &result.content[0].as_text().unwrap().text
}

#[tokio::test]
async fn a_client_over_stdio_sees_the_pods_of_a_real_cluster() {
    let namespace = Cluster::shared().await.namespace("shop").await.unwrap();
    namespace.pod("web").ready().await.unwrap();
    namespace.pod("cart").crash_looping().await.unwrap();
    let folder = folder();
    let client = over_stdio(&folder, namespace.cluster().kubeconfig()).await;
    let pods = json!({ "resource": "po", "namespace": namespace.name() });
    let answer = call(&client, "kubectl_get", pods).await;
    assert_eq!(answer.is_error, Some(false));
    let seen = text(&answer);
    assert!(seen.contains("NAME\tREADY\tSTATUS"), "{seen}");
    assert!(seen.contains("cart\t0/1\tCrashLoopBackOff"), "{seen}");
    assert!(seen.contains("web\t1/1\tRunning"), "{seen}");
    client.cancel().await.unwrap();
}

#[tokio::test]
async fn a_client_over_http_sees_the_same() {
    let namespace = Cluster::shared().await.namespace("shop").await.unwrap();
    namespace.pod("web").ready().await.unwrap();
    let folder = folder();
    std::fs::write(folder.path().join("tacklebox.yml"), "server: {metrics: null}\n").unwrap();
    let mut command = bare(&folder);
    command.args(["serve", "--http", "127.0.0.1:0", "--kubeconfig"]);
    let mut running = Running::spawn(command.arg(namespace.cluster().kubeconfig()));
    let line = running.wait_for_log("serves MCP at");
    let url = line.split_whitespace().last().unwrap().to_owned();
    let client = ().serve(StreamableHttpClientTransport::from_uri(url)).await.unwrap();
    let pods = json!({ "resource": "pods", "namespace": namespace.name(), "output": "name" });
    assert_eq!(text(&call(&client, "kubectl_get", pods).await), "pod/web");
    client.cancel().await.unwrap();
    running.signal("-TERM");
    assert_eq!(running.wait(), Some(0));
}

#[tokio::test]
async fn what_the_configuration_file_denies_never_reaches_the_api_server() {
    let cluster = Cluster::shared().await;
    let (shop, bank) =
        (cluster.namespace("shop").await.unwrap(), cluster.namespace("bank").await.unwrap());
    let user = cluster.user("operator", &["get,list secrets,configmaps"]).await.unwrap();
    let folder = folder();
    let config =
        format!("policy: {{deny_resources: [secrets], namespaces: {{deny: [{}]}}}}\n", bank.name());
    std::fs::write(folder.path().join("tacklebox.yml"), config).unwrap();
    let client = over_stdio(&folder, user.kubeconfig()).await;
    let mark = cluster.audit_mark().await.unwrap();
    for (resource, namespace, setting) in [
        ("secrets", shop.name(), "policy.deny_resources"),
        ("configmaps", bank.name(), "policy.namespaces"),
    ] {
        let arguments = json!({ "resource": resource, "namespace": namespace });
        let answer = call(&client, "kubectl_get", arguments).await;
        assert_eq!(answer.is_error, Some(true));
        assert!(text(&answer).contains(setting), "{}", text(&answer));
    }
    let allowed = json!({ "resource": "configmaps", "namespace": shop.name() });
    assert!(text(&call(&client, "kubectl_get", allowed).await).contains("kube-root-ca.crt"));
    client.cancel().await.unwrap();
    let requests = cluster.audit_since(mark).await.unwrap();
    let of_user = requests.iter().filter(|it| it.user == user.name() && !it.resource.is_empty());
    let seen: Vec<_> = of_user.map(|it| (it.resource.as_str(), it.namespace.as_str())).collect();
    assert_eq!(seen, [("configmaps", shop.name())]);
}
