//! Credential plugins of a kubeconfig, good ones and bad ones.

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use tacklebox_cluster::Cluster;

use super::{Files, agent, pods};

fn plugin(script: &str) -> Value {
    json!({ "exec": {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "/bin/sh",
        "args": ["-c", script],
        "interactiveMode": "Never",
        "installHint": "Install it first.",
    }})
}

async fn complains(user: &Value, expected: Expect) {
    let files = Files::new();
    let path = files.kubeconfig(&json!({ "server": "https://127.0.0.1:1" }), user);
    expected.assert_eq(&files.agent(&path).await.get(pods()).await);
}

#[tokio::test]
async fn a_plugin_that_fails_is_quoted() {
    complains(&plugin("echo 'your session has expired, log in' >&2; exit 7"), expect!["unavailable: toolset kubernetes: context test: the credential plugin `/bin/sh` failed (exit status: 7): your session has expired, log in"]).await;
}

#[tokio::test]
async fn a_plugin_that_prints_rubbish_is_named_and_not_quoted() {
    complains(&plugin("echo eyJhbGciOiJub25lIn0.secret"), expect!["unavailable: toolset kubernetes: context test: the credential plugin `/bin/sh` did not answer with an ExecCredential"]).await;
}

#[tokio::test]
async fn a_plugin_that_is_not_installed_is_told_with_its_hint() {
    let mut user = plugin("");
    user["exec"]["command"] = json!("/nowhere/kubelogin");
    complains(&user, expect!["unavailable: toolset kubernetes: context test: the credential plugin `/nowhere/kubelogin` cannot be started: No such file or directory (os error 2) Install it first."]).await;
}

/// Somebody would have to log in, and nobody does.
#[tokio::test]
async fn a_plugin_that_hangs_costs_a_limited_time_and_is_named_by_health() {
    let files = Files::new();
    let server = json!({ "server": "https://127.0.0.1:1" });
    let mut agent = files.agent(&files.kubeconfig(&server, &plugin("exec sleep 30"))).await;
    let reason = "context test: the credentials did not come in time: does a credential plugin wait for somebody to log in?";
    assert_eq!(agent.get(pods()).await, format!("unavailable: toolset kubernetes: {reason}"));
    assert_eq!(agent.health().await, format!("unavailable: {reason}"));
}

#[tokio::test]
async fn a_plugin_that_answers_is_who_the_cluster_sees() {
    let cluster = Cluster::shared().await;
    let shop = cluster.namespace("shop").await.unwrap();
    let token = shop.token("agent", &[]).await.unwrap();
    let files = Files::new();
    files.write("ca.pem", cluster.ca());
    let server = json!({
        "server": cluster.server_url(),
        "certificate-authority": files.path("ca.pem"),
    });
    let answer = format!(r#"echo '{{"status": {{"token": "{token}"}}}}'"#);
    let path = files.kubeconfig(&server, &plugin(&answer));
    let mut agent = agent(&path).await.calling(shop.name(), "shop");
    expect!["refused: user system:serviceaccount:shop:agent (context test) may not list pods in namespace shop; try another namespace, or ask for that right (RBAC)"].assert_eq(&agent.get(json!({ "resource": "pods", "namespace": shop.name() })).await);
}
