//! Kubeconfigs that are not as they should be: each says what is wrong and where, and nothing else suffers.

use base64::{Engine, prelude::BASE64_STANDARD};
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use tacklebox::k8s::Environment;
use tacklebox_cluster::{Cluster, User};

use super::{Agent, Authority, Files, Setup, agent, kubeconfig, pods, requests_of};

/// What a call says; the session is open by then, and the tools that need no cluster would be listed.
async fn complains(mut agent: Agent, expected: Expect) {
    expected.assert_eq(&agent.get(pods()).await);
    assert_eq!(agent.client.request("ping", json!({})).await["result"], json!({}));
}

async fn of_text(text: &str, expected: Expect) {
    let files = Files::new();
    let path = files.write("config", text);
    complains(files.agent(&path).await, expected).await;
}

fn somewhere() -> Value {
    json!({ "server": "https://127.0.0.1:1" })
}

#[tokio::test]
async fn a_kubeconfig_that_is_missing_is_named_and_so_is_the_setting() {
    let files = Files::new();
    complains(files.agent(&files.path("none")).await, expect!["unavailable: toolset kubernetes: the kubeconfig DIR/none does not exist (toolsets.kubernetes.kubeconfig)"]).await;
}

#[tokio::test]
async fn a_machine_without_any_kubeconfig_is_told_where_one_was_looked_for() {
    let files = Files::new();
    let folder = files.path("");
    let environment = Environment { home: Some(folder.clone()), ..Environment::default() };
    let agent = Setup::in_environment(environment).agent().await;
    complains(agent.calling(&folder.to_string_lossy(), "HOME/"), expect!["unavailable: toolset kubernetes: no kubeconfig found: HOME/.kube/config does not exist; set toolsets.kubernetes.kubeconfig or KUBECONFIG"]).await;
}

/// A folder cannot be read by anybody, not even by root.
#[tokio::test]
async fn a_kubeconfig_that_cannot_be_read_says_why() {
    let files = Files::new();
    std::fs::create_dir(files.path("config")).unwrap();
    complains(files.agent(&files.path("config")).await, expect!["unavailable: toolset kubernetes: the kubeconfig DIR/config cannot be read: Is a directory (os error 21)"]).await;
}

#[tokio::test]
async fn broken_yaml_is_told_with_its_line_and_not_quoted() {
    let text = "apiVersion: v1\nusers:\n- name: jane\n  user: {token: hunter2\nclusters: []\n";
    of_text(text, expect!["unavailable: toolset kubernetes: the kubeconfig DIR/config, line 5, column 9: this is not the YAML of a kubeconfig"]).await;
}

#[tokio::test]
async fn a_kubeconfig_of_the_wrong_shape_is_told_with_its_line() {
    of_text("apiVersion: v1\ncontexts: nonsense\n", expect!["unavailable: toolset kubernetes: the kubeconfig DIR/config, line 2, column 11: this is not the YAML of a kubeconfig"]).await;
}

#[tokio::test]
async fn an_empty_kubeconfig_has_no_context_to_choose() {
    of_text("", expect!["unavailable: toolset kubernetes: the kubeconfig describes no context"])
        .await;
}

#[tokio::test]
async fn a_current_context_that_is_missing_or_wrong_is_told_and_the_others_are_of_use() {
    let cluster = Cluster::shared().await;
    let text = std::fs::read_to_string(cluster.kubeconfig()).unwrap();
    let mut config: Value = serde_saphyr::from_str(&text).unwrap();
    let files = Files::new();
    for (current, reason) in [
        (Value::Null, "the kubeconfig has no current-context; name one as `context`: cluster"),
        (
            json!("clutser"),
            "the kubeconfig's current-context clutser does not exist: did you mean cluster? known are cluster; name one as `context`",
        ),
    ] {
        config["current-context"] = current;
        let mut agent = files.agent(&files.write("config", &config.to_string())).await;
        assert!(agent.tool_names().await.contains(&"kubectl_get".to_owned()));
        assert_eq!(agent.health().await, format!("degraded: {reason}"));
        assert_eq!(agent.get(pods()).await, format!("unavailable: {reason}"));
        let named = json!({ "resource": "ns/default", "context": "cluster", "output": "name" });
        assert_eq!(agent.get(named).await, "namespace/default");
    }
}

#[tokio::test]
async fn a_context_that_points_at_nothing_says_at_what() {
    let mut config = kubeconfig(&somewhere(), &json!({}));
    config["contexts"][0]["context"]["cluster"] = json!("prod");
    of_text(&config.to_string(), expect![[r#"unavailable: toolset kubernetes: context test: its cluster "prod" is not in the kubeconfig"#]]).await;
    config["contexts"][0]["context"] = json!({ "cluster": "test", "user": "joan" });
    of_text(&config.to_string(), expect![[r#"unavailable: toolset kubernetes: context test: its user "joan" is not in the kubeconfig"#]]).await;
}

#[tokio::test]
async fn files_that_a_kubeconfig_names_and_that_are_missing_are_named() {
    let authority =
        json!({ "server": "https://127.0.0.1:1", "certificate-authority": "/nowhere/ca.pem" });
    of_text(&kubeconfig(&authority, &json!({})).to_string(), expect!["unavailable: toolset kubernetes: context test: its certificate-authority /nowhere/ca.pem cannot be read: No such file or directory (os error 2)"]).await;
    let user =
        json!({ "client-certificate": "/nowhere/jane.pem", "client-key": "/nowhere/jane.key" });
    of_text(&kubeconfig(&somewhere(), &user).to_string(), expect!["unavailable: toolset kubernetes: context test: the credentials cannot be used: /nowhere/jane.pem does not exist"]).await;
    let user = json!({ "tokenFile": "/nowhere/token" });
    of_text(&kubeconfig(&somewhere(), &user).to_string(), expect!["unavailable: toolset kubernetes: context test: the credentials cannot be used: /nowhere/token does not exist"]).await;
}

#[tokio::test]
async fn a_kubeconfig_that_changes_is_read_again_by_the_next_call() {
    let cluster = Cluster::shared().await;
    let shop = cluster.namespace("shop").await.unwrap();
    shop.pod("web").ready().await.unwrap();
    let files = Files::new();
    let path = files.write("config", "not: [yaml");
    let question = json!({ "resource": "pods", "namespace": shop.name(), "output": "name" });
    let mut agent = agent(&path).await;
    assert!(agent.get(question.clone()).await.contains("this is not the YAML of a kubeconfig"));
    std::fs::copy(cluster.kubeconfig(), &path).unwrap();
    assert_eq!(agent.get(question.clone()).await, "pod/web");
    let other = cluster.user("nobody", &[]).await.unwrap();
    std::fs::copy(other.kubeconfig(), &path).unwrap();
    let refused = agent.get(question.clone()).await;
    assert!(refused.contains(&format!("user {} ", other.name())), "{refused}");
    std::fs::remove_file(&path).unwrap();
    assert!(agent.get(question).await.contains("does not exist"));
}

/// As cert-manager or a node's kubelet rotates them: the kubeconfig stays as it is, the files that it names do not.
#[tokio::test]
async fn certificates_in_files_are_read_again_by_the_next_call_when_they_change() {
    let cluster = Cluster::shared().await;
    let files = Files::new();
    let server = json!({
        "server": cluster.server_url(),
        "certificate-authority": files.write("ca.pem", Authority::new().pem()),
    });
    let jane = cluster.user("jane", &[]).await.unwrap();
    copy_certificate(&jane, &files);
    let user = json!({
        "client-certificate": files.path("user.pem"),
        "client-key": files.path("user.key"),
    });
    let path = files.kubeconfig(&server, &user);
    let mut agent = files.agent(&path).await.calling(jane.name(), "jane");
    let distrusted = agent.get(pods()).await;
    assert!(distrusted.contains("a CA that the kubeconfig does not trust"), "{distrusted}");

    files.write("ca.pem", cluster.ca());
    let refused = agent.get(pods()).await;
    assert!(refused.starts_with("refused: user jane (context test) may not list"), "{refused}");

    let joan = cluster.user("joan", &["list pods"]).await.unwrap();
    copy_certificate(&joan, &files);
    let mark = cluster.audit_mark().await.unwrap();
    assert!(agent.get(pods()).await.starts_with("no pods in namespace default"));
    assert!(requests_of(&cluster, &jane, mark).await.is_empty());
    assert!(!requests_of(&cluster, &joan, mark).await.is_empty());
}

#[tokio::test]
async fn a_token_in_a_file_is_read_again_by_the_call_after_its_rejection() {
    let cluster = Cluster::shared().await;
    let shop = cluster.namespace("shop").await.unwrap();
    let files = Files::new();
    let server = json!({
        "server": cluster.server_url(),
        "certificate-authority": files.write("ca.pem", cluster.ca()),
    });
    let user = json!({ "tokenFile": files.write("token", "stale") });
    let mut agent = files.agent(&files.kubeconfig(&server, &user)).await;
    assert!(agent.get(pods()).await.contains("they are read anew at the next call"));
    files.write("token", &shop.token("agent", &[]).await.unwrap());
    let refused = agent.get(pods()).await;
    assert!(refused.starts_with("refused: user system:serviceaccount:shop-"), "{refused}");
}

/// Writes the certificate and the key of that user to files.
fn copy_certificate(user: &User, files: &Files) {
    let text = std::fs::read_to_string(user.kubeconfig()).unwrap();
    let config: Value = serde_saphyr::from_str(&text).unwrap();
    for (key, name) in [("client-certificate-data", "user.pem"), ("client-key-data", "user.key")] {
        let data = config["users"][0]["user"][key].as_str().unwrap();
        files.write(name, &String::from_utf8(BASE64_STANDARD.decode(data).unwrap()).unwrap());
    }
}
