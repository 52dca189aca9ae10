//! The built program with kubeconfigs that lead nowhere: it starts, says what is wrong, and shows no credential.

use std::process::Output;

use serde_json::json;

use crate::world::{Running, bare};

/// Leads to port 1, where nothing listens.
const NOWHERE: &str = r#"
apiVersion: v1
kind: Config
current-context: shop
clusters: [{name: c, cluster: {server: "https://admin:hunter2hunter2@127.0.0.1:1"}}]
contexts: [{name: shop, context: {cluster: c, user: u}}]
users: [{name: u, user: {token: s3cret-token}}]
"#;

#[test]
fn a_check_fails_with_the_reason_and_without_a_credential() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("kubeconfig"), NOWHERE).unwrap();
    let check = ["check", "--kubeconfig", "kubeconfig"];
    let Output { status, stdout, stderr } = bare(&folder).args(check).output().unwrap();
    assert_eq!(status.code(), Some(1));
    let said = String::from_utf8([stdout, stderr].concat()).unwrap();
    let reason = "https://127.0.0.1:1) cannot be reached: connection refused";
    assert!(said.contains("kubernetes: unavailable: ") && said.contains(reason), "{said}");
    assert!(!said.contains("s3cret") && !said.contains("hunter2"), "{said}");
}

#[test]
fn a_server_starts_without_any_cluster_and_finds_the_kubeconfig_that_comes_later() {
    let folder = tempfile::tempdir().unwrap();
    let mut running = Running::start(&mut bare(&folder));
    let version = json!({ "name": "kubectl_version", "arguments": {} });
    let answer = running.request("tools/call", &version);
    let text = answer["result"]["content"][0]["text"].as_str().unwrap().to_owned();
    assert!(text.starts_with("unavailable: toolset kubernetes: no kubeconfig found"), "{text}");

    std::fs::create_dir(folder.path().join(".kube")).unwrap();
    std::fs::write(folder.path().join(".kube/config"), NOWHERE).unwrap();
    let answer = running.request("tools/call", &version);
    let text = answer["result"]["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("connection refused"), "{text}");
    assert_eq!(running.end(), Some(0));
}
