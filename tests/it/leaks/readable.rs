//! What is no secret stays readable: a server that hides everything would pass all other tests here.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use tacklebox_cluster::{Cluster, Namespace};

use super::{
    ask::Ask,
    door::Door,
    plants::{config_maps::gzip, custom},
    surface::MARK,
};

const DIGEST: &str = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

const PLAIN: &str = "
apiVersion: v1
kind: Pod
metadata:
  name: web
  labels: {app: web, pod-template-hash: 7c9f8b6d5}
  annotations: {checksum/config: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08}
spec:
  automountServiceAccountToken: false
  imagePullSecrets: [{name: registry-pull}]
  containers:
  - name: main
    image: registry.example/web@DIGEST
    args: [--tls-private-key-file=/etc/tls/tls.key, --authorization-mode=RBAC]
    env:
    - {name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}
    - {name: PASSWORD_FILE, value: /run/secrets/db/password}
    - {name: TOKEN_URL, value: 'https://login.example.com/oauth2/token'}
    - {name: MAX_TOKENS, value: '4096'}
    - {name: DATABASE_URL, value: 'postgres://bob:$(DB_PASSWORD)@db:5432/shop'}
    readinessProbe: {httpGet: {port: 80, path: /ready, httpHeaders: [{name: Host, value: web.example}]}}
  volumes:
  - {name: tls, secret: {secretName: web-tls, optional: true, items: [{key: tls.key, path: tls.key}]}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data:
  app.yaml: |
    replicas: 3
    cache: {ttl: 5m, key: products:42}
    auth: {mode: oidc, issuer: https://login.example.com, passwordFile: /run/secrets/password}
    version: v1.27.3-gke.100+abc123def
binaryData: {page.gz: PACKED}
---
{apiVersion: leaks.example/v1, kind: Vault, metadata: {name: steel}, spec: {kind: steel, keySize: 4096, secretRef: {name: db-credentials}}}
---
{apiVersion: v1, kind: Event, metadata: {name: failed}, involvedObject: {kind: Pod, name: web, namespace: NAMESPACE}, reason: FailedMount, type: Warning, message: \"couldn't find key password in Secret shop/db\"}
";

const LINES: [&str; 4] = [
    "2026-11-25T10:00:00.123456789Z INFO request completed path=/api/v1/token status=200 duration=12ms",
    "trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7 user=bob",
    "GET /api/v1/query?query=up%7Bjob%3D%22web%22%7D 200",
    "pulled registry.example/web@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
];

fn packed() -> String {
    BASE64_STANDARD.encode(gzip(&"<p>Welcome to the shop</p>\n".repeat(9)))
}

async fn plant(namespace: &Namespace) -> String {
    namespace.cluster().apply(custom::DEFINITIONS).await.unwrap();
    let planted = PLAIN.replace("DIGEST", DIGEST).replace("PACKED", &packed());
    namespace.apply(&planted.replace("NAMESPACE", namespace.name())).await.unwrap();
    namespace.logs("web", "main", &LINES, &[]).await.unwrap();
    let pod = namespace.wait_for("pods", "web", |it| !it["spec"]["nodeName"].is_null()).await;
    pod.unwrap()["metadata"]["uid"].as_str().unwrap().to_owned()
}

fn asks(namespace: &str, uid: &str) -> Vec<Ask> {
    let get = |resource: &str, more: Value| {
        let mut arguments = json!({"resource": resource, "namespace": namespace});
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Ask::tool("kubectl_get", &arguments)
    };
    let spec = [
        DIGEST,
        "7c9f8b6d5",
        "--tls-private-key-file=/etc/tls/tls.key",
        "/run/secrets/db/password",
        "https://login.example.com/oauth2/token",
        "4096",
        "postgres://bob:$(DB_PASSWORD)@db:5432/shop",
        "registry-pull",
        "web-tls",
        "tls.key",
        "web.example",
    ];
    let showing = |ask: Ask, texts: &[&str]| texts.iter().fold(ask, |ask, it| ask.shows(it));
    let settings = [
        "replicas: 3",
        "products:42",
        "https://login.example.com",
        "/run/secrets/password",
        "v1.27.3-gke.100+abc123def",
    ];
    let of = |tool: &str, resource: &str| {
        Ask::tool(tool, &json!({"resource": resource, "namespace": namespace}))
    };
    vec![
        showing(get("pod/web", json!({"output": "yaml"})), &spec),
        showing(get("pods", json!({"output": "json", "full": true})), &spec).shows(uid),
        showing(of("kubectl_describe", "pod/web"), &spec)
            .shows("couldn't find key password in Secret shop/db"),
        get("pods", json!({"columns": ["image", "labels", ".metadata.uid"]}))
            .shows(DIGEST)
            .shows(uid),
        get(
            "pods",
            json!({"columns": [".spec.containers[0].env[?(@.name==\"MAX_TOKENS\")].value"]}),
        )
        .shows("4096"),
        get("pods", json!({"label_selector": "app=web", "field_selector": "metadata.name=web"}))
            .shows("web"),
        showing(get("cm/settings", json!({"output": "yaml"})), &settings),
        get("cm/settings", json!({"fields": [".binaryData"]})).shows(&packed()),
        showing(of("kubectl_describe", "cm/settings"), &settings),
        get("vaults.leaks.example", json!({"output": "wide"})).shows("steel"),
        get("vaults.leaks.example", json!({"output": "yaml"}))
            .shows("keySize: 4096")
            .shows("db-credentials"),
        showing(of("kubectl_logs", "web"), &LINES),
        of("kubectl_events", "pod/web").shows("couldn't find key password in Secret shop/db"),
        Ask::tool("kubernetes_images", &json!({"namespace": namespace}))
            .shows("registry.example/web"),
        of("kubernetes_diagnose", "pod/web").shows("web"),
        Ask::tool(
            "kubectl_get_crd_schema",
            &json!({"resource": "vaults.leaks.example", "depth": 3}),
        )
        .shows("password"),
        Ask::tool("kubectl_api_resources", &json!({"grep": "secret"})).shows("secrets"),
        Ask::tool("kubectl_auth_check", &json!({"verb": "get", "resource": "secrets"}))
            .shows("secrets"),
        Ask::tool("kubectl_version", &json!({})).shows("v1.36"),
        Ask::tool("kubernetes_contexts", &json!({})).shows("ready v1.36"),
    ]
}

#[tokio::test]
async fn what_is_no_secret_stays_readable() {
    let cluster = Cluster::shared().await;
    let namespace = cluster.namespace("plain").await.unwrap();
    let uid = plant(&namespace).await;
    let mut door = Door::open(cluster.kubeconfig(), "", &[]);
    let answers = door.ask_all(&asks(namespace.name(), &uid));
    let hidden = answers.iter().map(Value::to_string).filter(|it| it.contains(MARK));
    let problems: Vec<String> = hidden.chain(std::mem::take(&mut door.misses)).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "labels": {"tier": "gold"}},
        "type": "example.com/login", "stringData": {"user": "bob"}});
    namespace.apply(&secret.to_string()).await.unwrap();
    let ask = json!({"resource": "secret/db", "namespace": namespace.name(), "output": "yaml"});
    let text = door
        .ask(&Ask::tool("kubectl_get", &ask).shows("tier: gold").shows("type: example.com/login"));
    assert!(text.contains("user: \"[redacted 3 chars #"), "{text}");
    door.close();
}
