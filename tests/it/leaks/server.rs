//! The server's own credentials, and what others say to it: kubeconfigs of all kinds, plugins, and API servers whose
//! errors quote what they should not.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tacklebox_cluster::{Cluster, Namespace};
use tempfile::TempDir;

use super::{
    ask::Ask,
    door::Door,
    problems,
    surface::{Surface, filled, secret_of},
};
use crate::kubernetes::Impostor;

/// A context, which is called as its surface's marker.
struct Context {
    surface: Surface,
    cluster: Value,
    user: Value,
}

fn context(name: &'static str, cluster: &Value, user: &Value) -> Context {
    let fill = |it: &Value| serde_json::from_str(&filled(&it.to_string(), name)).unwrap();
    Context { surface: Surface::of_server(name), cluster: fill(cluster), user: fill(user) }
}

/// Nobody listens there.
fn nowhere() -> Value {
    json!({"server": "https://127.0.0.1:1"})
}

fn plugin(script: &str, env: &str) -> Value {
    json!({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "/bin/sh", "args": ["-c", script],
        "env": [{"name": "CLIENT_SECRET", "value": env}], "interactiveMode": "Never",
    }})
}

/// An API server that answers everything with this.
fn answering(name: &'static str, status: &str, kind: &str, body: &str) -> Context {
    let impostor = Impostor::answering(status, kind, &filled(body, name));
    context(name, &json!({"server": impostor.url("http")}), &json!({}))
}

fn refusing(name: &'static str, code: u16, status: &str, message: &str) -> Context {
    let body = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "message": message});
    answering(name, status, "application/json", &body.to_string())
}

fn contexts(real: &Value) -> Vec<Context> {
    let pem = "-----BEGIN PRIVATE KEY-----\\n⟨secret⟩⟨secret⟩\\n-----END PRIVATE KEY-----\\n";
    let key = format!("⟨base64 of {pem}⟩");
    let quoted =
        "Secret \"db\" is invalid: data[password]: Invalid value: \"⟨secret⟩\": must be short";
    vec![
        context("kubeconfig, token that is not valid", real, &json!({"token": "⟨secret⟩"})),
        context("kubeconfig, password", real, &json!({"username": "bob", "password": "⟨secret⟩"})),
        context(
            "kubeconfig, key",
            &nowhere(),
            &json!({"client-certificate-data": key, "client-key-data": key}),
        ),
        context(
            "kubeconfig, password in the address",
            &json!({"server": "https://bob:⟨secret⟩@127.0.0.1:1"}),
            &json!({}),
        ),
        context(
            "kubeconfig, password of the proxy",
            &json!({"server": "https://10.0.0.1:6443", "proxy-url": "http://bob:⟨secret⟩@127.0.0.1:1"}),
            &json!({}),
        ),
        context(
            "kubeconfig, provider",
            &nowhere(),
            &json!({"auth-provider": {"name": "oidc", "config": {"id-token": "⟨secret⟩", "client-secret": "⟨secret⟩"}}}),
        ),
        context("plugin, what it is told", &nowhere(), &plugin("exit 3", "⟨secret⟩")),
        context(
            "plugin, what it complains",
            &nowhere(),
            &plugin("echo \"login failed: password=⟨secret⟩\" >&2; exit 3", "x"),
        ),
        context(
            "plugin, what it answers",
            &nowhere(),
            &plugin("echo '{\"status\": {\"token\": \"⟨secret⟩\"'", "x"),
        ),
        refusing("API error, a value that is not valid", 422, "422 Unprocessable Entity", quoted),
        refusing(
            "API error, a policy's reason",
            403,
            "403 Forbidden",
            "admission webhook \"x\" denied the request: env TOKEN=⟨secret⟩ is not allowed",
        ),
        refusing(
            "API error, conflict",
            409,
            "409 Conflict",
            "cannot change data from password: ⟨secret⟩",
        ),
        refusing(
            "API error, a fault inside",
            500,
            "500 Internal Server Error",
            "dial postgres://bob:⟨secret⟩@db: refused",
        ),
        answering(
            "API error, a page",
            "502 Bad Gateway",
            "text/html",
            "<p>upstream https://bob:⟨secret⟩@10.0.0.1 failed</p>",
        ),
        answering("API error, no JSON", "200 OK", "application/json", "token=⟨secret⟩ and no JSON"),
    ]
}

fn kubeconfig(contexts: &[Context], real: &Value, token: &str) -> Value {
    let names = || contexts.iter().map(|it| &it.surface.marker);
    let mut config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "good",
        "contexts": names().map(|it| json!({"name": it, "context": {"cluster": it, "user": it}})).collect::<Value>(),
        "clusters": contexts.iter().map(|it| json!({"name": it.surface.marker, "cluster": it.cluster})).collect::<Value>(),
        "users": contexts.iter().map(|it| json!({"name": it.surface.marker, "user": it.user})).collect::<Value>(),
    });
    let good = [
        ("contexts", json!({"name": "good", "context": {"cluster": "good", "user": "good"}})),
        ("clusters", json!({"name": "good", "cluster": real})),
        ("users", json!({"name": "good", "user": {"token": token}})),
    ];
    for (list, entry) in good {
        config[list].as_array_mut().unwrap().push(entry);
    }
    config
}

fn write(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = Path::join(folder.path(), name);
    std::fs::write(&path, text).unwrap();
    path
}

/// Its token, and one for callers over HTTP; no answer is about them, so those count that name the context.
fn own(token: &str) -> [Surface; 2] {
    let signature = token.rsplit('.').next().unwrap();
    let own = Surface::of_server("the server's own token").hiding(&[signature]);
    [own, Surface::of_server(CALLERS)].map(|it| Surface { marker: "good".to_owned(), ..it })
}

const CALLERS: &str = "a caller's token, in the environment";

async fn token(namespace: &Namespace) -> String {
    let binding = format!(
        "{{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {{name: {0}}}, \
         roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}}, \
         subjects: [{{kind: ServiceAccount, name: agent, namespace: {0}}}]}}",
        namespace.name()
    );
    namespace.apply(&binding).await.unwrap();
    namespace.token("agent", &[]).await.unwrap()
}

#[tokio::test]
async fn no_credential_of_the_server_leaves() {
    let cluster = Cluster::shared().await;
    let namespace = cluster.namespace("leaks").await.unwrap();
    let token = token(&namespace).await;
    let folder = tempfile::tempdir().unwrap();
    let ca = write(&folder, "ca.pem", cluster.ca());
    let real = json!({"server": cluster.server_url(), "certificate-authority": ca});
    let contexts = contexts(&real);
    let config = kubeconfig(&contexts, &real, &token).to_string();
    let config = write(&folder, "config", &config);
    let tokens = "server: {tokens: [{name: alice, value: \"${CI_TOKEN}\"}]}\n";
    let mut door = Door::open(&config, tokens, &[("CI_TOKEN", &secret_of(CALLERS))]);
    let mut asks = vec![
        Ask::tool("kubernetes_contexts", &json!({})).shows("good"),
        Ask::tool("kubectl_version", &json!({})).shows("good"),
        Ask::tool("kubectl_auth_check", &json!({})),
        Ask::tool("kubectl_get", &json!({"resource": "pods", "namespace": namespace.name()})),
        Ask::tool("kubectl_get", &json!({"resource": "secrets", "namespace": namespace.name()}))
            .fails(),
    ];
    for Context { surface, .. } in &contexts {
        let context = json!({"context": surface.marker});
        let pods = json!({"resource": "pods", "context": surface.marker});
        let pod = json!({"resource": "pod/web", "context": surface.marker});
        asks.push(Ask::tool("kubectl_get", &pods).fails());
        asks.push(Ask::tool("kubectl_events", &context).fails());
        asks.push(Ask::tool("kubectl_describe", &pod).fails());
        asks.push(Ask::tool("kubectl_logs", &pod).fails());
        asks.push(Ask::tool("kubernetes_diagnose", &pod).fails());
        asks.push(Ask::tool("kubernetes_wait", &pod).fails());
    }
    door.ask_all(&asks);
    door.request("resources/read", &json!({"uri": "tacklebox://toolsets"}));
    assert!(door.command(&["check"]).contains("kubernetes"));
    assert!(door.command(&["call", "kubernetes_contexts"]).contains("good"));
    let surfaces: Vec<Surface> =
        contexts.into_iter().map(|it| it.surface).chain(own(&token)).collect();
    let problems = problems(&surfaces, door);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
