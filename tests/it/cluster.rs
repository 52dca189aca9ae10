//! The main path on the real thing: the built binary, real MCP clients, a real kube-apiserver with its audit log as the witness.

use std::path::Path;

use rmcp::{
    RoleClient, ServiceExt,
    model::{CallToolRequestParams, CallToolResult},
    service::RunningService,
    transport::{StreamableHttpClientTransport, TokioChildProcess},
};
use serde_json::{Value, json};
use tacklebox_cluster::{Cluster, Component};
use tempfile::TempDir;

use crate::world::{Running, bare};

type Client = RunningService<RoleClient, ()>;

const WEB: &str = "
apiVersion: v1
kind: Secret
metadata: {name: database}
stringData: {password: correct-horse-battery-staple}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {currency: EUR}
";

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
async fn the_first_of_many_sorted_objects_are_told_to_be_a_part() {
    let cluster = Cluster::shared().await;
    let namespace = cluster.namespace("many").await.unwrap();
    cluster.bulk_services(namespace.name(), 1000).await.unwrap();
    let folder = folder();
    let client = over_stdio(&folder, cluster.kubeconfig()).await;
    let arguments = json!({
        "resource": "services", "namespace": namespace.name(), "sort_by": "-name", "limit": 2,
    });
    let answer = call(&client, "kubectl_get", arguments).await;
    let last = text(&answer).lines().last().unwrap();
    assert!(last.starts_with("showing 2 of 1,000"), "{last}");
    client.cancel().await.unwrap();
}

#[tokio::test]
async fn what_a_secret_holds_is_in_no_answer_and_what_is_no_secret_stays_readable() {
    let namespace = Cluster::shared().await.namespace("shop").await.unwrap();
    namespace.apply(WEB).await.unwrap();
    let folder = folder();
    let client = over_stdio(&folder, namespace.cluster().kubeconfig()).await;
    for output in ["table", "wide", "yaml", "json", "name"] {
        for full in [false, true] {
            let arguments = json!({
                "resource": "secrets,configmaps", "namespace": namespace.name(),
                "output": output, "full": full,
            });
            let answer = call(&client, "kubectl_get", arguments).await;
            let seen = text(&answer);
            // In plain text and as the API server encodes it.
            assert!(!seen.contains("correct-horse"), "{seen}");
            assert!(!seen.contains("Y29ycmVjdC1ob3JzZS"), "{seen}");
            assert!(seen.contains("database"), "{seen}");
            assert!(output != "yaml" || seen.contains("currency: EUR"), "{seen}");
        }
    }
    client.cancel().await.unwrap();
}

#[tokio::test]
async fn a_denied_resource_never_reaches_the_api_server() {
    let cluster = Cluster::shared().await;
    let namespace = cluster.namespace("shop").await.unwrap();
    namespace.apply(WEB).await.unwrap();
    let user = cluster.user("operator", &["get,list secrets,configmaps"]).await.unwrap();
    let folder = folder();
    let config = "policy: {deny_resources: [secrets]}\n";
    std::fs::write(folder.path().join("tacklebox.yml"), config).unwrap();
    let client = over_stdio(&folder, user.kubeconfig()).await;
    let mark = cluster.audit_mark().await.unwrap();
    for resource in ["secrets", "secret/database"] {
        let arguments = json!({ "resource": resource, "namespace": namespace.name() });
        let answer = call(&client, "kubectl_get", arguments).await;
        assert_eq!(answer.is_error, Some(true));
        assert!(text(&answer).contains("denied by policy"), "{}", text(&answer));
    }
    let allowed = json!({ "resource": "configmaps", "namespace": namespace.name() });
    assert!(text(&call(&client, "kubectl_get", allowed).await).contains("settings"));
    client.cancel().await.unwrap();
    let requests = cluster.audit_since(mark).await.unwrap();
    let of_user = requests.iter().filter(|it| it.user == user.name());
    let resources: Vec<&str> = of_user.map(|it| it.resource.as_str()).collect();
    assert!(resources.contains(&"configmaps"), "{resources:?}");
    assert!(!resources.contains(&"secrets"), "{resources:?}");
}

#[tokio::test]
async fn a_refused_right_is_named_with_its_user() {
    let cluster = Cluster::shared().await;
    let namespace = cluster.namespace("shop").await.unwrap();
    let user = cluster.user_in(&namespace, "viewer", &["get,list pods"]).await.unwrap();
    let folder = folder();
    let client = over_stdio(&folder, user.kubeconfig()).await;
    let arguments = json!({ "resource": "secrets", "namespace": namespace.name() });
    let answer = call(&client, "kubectl_get", arguments).await;
    let seen = text(&answer);
    for wanted in ["list", "secrets", namespace.name(), user.name()] {
        assert!(seen.contains(wanted), "no {wanted} in: {seen}");
    }
    client.cancel().await.unwrap();
}

#[tokio::test]
async fn an_api_server_that_was_killed_costs_one_call_and_nothing_has_to_be_restarted() {
    let cluster = Cluster::start().await.unwrap();
    let folder = folder();
    let client = over_stdio(&folder, cluster.kubeconfig()).await;
    let namespaces = || json!({ "resource": "namespaces" });
    assert_eq!(call(&client, "kubectl_get", namespaces()).await.is_error, Some(false));
    cluster.kill(Component::ApiServer).await.unwrap();
    let answer = call(&client, "kubectl_get", namespaces()).await;
    assert_eq!(answer.is_error, Some(true));
    assert!(text(&answer).starts_with("unavailable: "), "{}", text(&answer));
    cluster.restart(Component::ApiServer).await.unwrap();
    let answer = call(&client, "kubectl_get", namespaces()).await;
    assert_eq!(answer.is_error, Some(false), "{}", text(&answer));
    client.cancel().await.unwrap();
}

#[tokio::test]
async fn an_api_server_that_never_answers_is_waited_for_until_the_deadline_and_no_longer() {
    let cluster = Cluster::shared().await;
    let proxy = cluster.proxy().await.unwrap();
    let folder = folder();
    std::fs::write(folder.path().join("tacklebox.yml"), "policy: {call_timeout: 2s}\n").unwrap();
    let client = over_stdio(&folder, proxy.kubeconfig()).await;
    let namespaces = || json!({ "resource": "namespaces" });
    assert_eq!(call(&client, "kubectl_get", namespaces()).await.is_error, Some(false));
    proxy.freeze().await;
    let answer = call(&client, "kubectl_get", namespaces()).await;
    assert_eq!(answer.is_error, Some(true));
    assert!(text(&answer).contains("no answer within 2 s"), "{}", text(&answer));
    proxy.restore().await;
    assert_eq!(call(&client, "kubectl_get", namespaces()).await.is_error, Some(false));
    client.cancel().await.unwrap();
}
