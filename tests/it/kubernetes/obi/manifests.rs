//! What is written for Git is taken by those who read it: the API server, kustomize, and Helm.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::{Value, json};
use tacklebox_cluster::{Cluster, Consumers, Namespace, consumers};
use tempfile::TempDir;

use super::super::{Agent, agent};

const APPLICATION: &str = "\
# Ours
discovery: {instrument: [{k8s_namespace: shop}]}
otel_traces_export: {endpoint: 'http://collector.observability:4317'}
";
const NETWORK: &str = "\
metrics: {features: [network]}
otel_metrics_export: {endpoint: 'http://${HOST_IP}:4318'}
";
const STATS: &str = "\
metrics: {features: [stats]}
prometheus_export: {port: 9464}
";
const ALL: &str = "\
discovery: {instrument: [{k8s_namespace: '*'}]}
metrics: {features: [application, network, stats]}
ebpf: {context_propagation: headers}
otel_traces_export: {endpoint: 'http://${HOST_IP}:4317'}
prometheus_export: {port: 9464}
";

/// Every mode with each of what can be asked for beside it.
fn variants() -> Vec<Value> {
    let configs = [APPLICATION, NETWORK, STATS, ALL];
    let others = [
        json!({}),
        json!({ "privileged": true }),
        json!({ "k8s_cache": true, "prometheus": true }),
        json!({ "openshift": true, "prometheus": true, "headers_secret": "otlp/headers" }),
        json!({ "privileged": true, "openshift": true, "k8s_cache": true, "node_selector": { "pool": "apps" } }),
        json!({ "version": "v0.1.0", "tolerations": [] }),
    ];
    let with = |config: &str, other: &Value| {
        let mut arguments = other.clone();
        arguments["config"] = json!(config);
        arguments
    };
    configs.iter().flat_map(|config| others.iter().map(|it| with(config, it))).collect()
}

/// The files of an answer, by their paths.
fn files(answer: &str) -> BTreeMap<String, String> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut path = None;
    for line in answer.lines() {
        let head = line.strip_prefix("==> ").and_then(|it| it.strip_suffix(" <=="));
        match (head, &path) {
            (Some(head), _) => path = Some(head.to_owned()),
            (None, Some(path)) => {
                let file = files.entry(path.clone()).or_default();
                file.push_str(line);
                file.push('\n');
            }
            (None, None) => {}
        }
    }
    files
}

async fn manifests(agent: &mut Agent, arguments: &Value) -> BTreeMap<String, String> {
    let answer = agent.call("obi_k8s_manifests", arguments.clone()).await;
    let files = files(&answer);
    assert!(!files.is_empty(), "{answer}");
    assert!(!answer.contains("[redacted"), "{answer}");
    files
}

fn put_into(folder: &Path, files: &BTreeMap<String, String>) {
    for (path, content) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

/// A namespace of a level, with the account that pods want.
async fn of_level(level: &str) -> Namespace {
    let shop = Cluster::shared().await.namespace("obi-git").await.unwrap();
    let label = format!("pod-security.kubernetes.io/enforce={level}");
    shop.cluster().kubectl(&["label", "namespace", shop.name(), &label]).await.unwrap();
    shop.apply("{apiVersion: v1, kind: ServiceAccount, metadata: {name: obi}}").await.unwrap();
    shop
}

/// The pod that a controller would make, as the API server judges it.
async fn tried_as_pod(shop: &Namespace, set: &str) -> (u16, String) {
    let set: Value = serde_saphyr::from_str(set).unwrap();
    let template = set.pointer("/spec/template").unwrap();
    let pod = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": "tried", "labels": template["metadata"]["labels"] },
        "spec": template["spec"],
    });
    let path = format!("/api/v1/namespaces/{}/pods?dryRun=All&fieldValidation=Strict", shop.name());
    let answer = shop.cluster().request("POST", &path, Some(&pod)).await.unwrap();
    (answer.status, answer.json().to_string())
}

#[tokio::test]
async fn every_variant_passes_the_strict_dry_run_of_the_api_server() {
    let shop = of_level("privileged").await;
    let mut agent = agent(shop.cluster().kubeconfig()).await;
    for mut arguments in variants() {
        arguments["namespace"] = json!(shop.name());
        let mut files = manifests(&mut agent, &arguments).await;
        // The definition of its kind belongs to an operator that is not here.
        files.remove("servicemonitor.yaml");
        let folder = TempDir::new().unwrap();
        put_into(folder.path(), &files);
        let folder = folder.path().to_str().unwrap();
        let apply = ["apply", "--server-side", "--dry-run=server", "--validate=strict", "-f"];
        let tried = shop.cluster().kubectl(&[&apply[..], &[folder]].concat()).await;
        let told = tried.unwrap_or_else(|error| panic!("{arguments}: {error}"));
        assert_eq!(told.lines().count(), files.len(), "{told}");
        let (status, told) = tried_as_pod(&shop, &files["daemonset.yaml"]).await;
        assert_eq!(status, 201, "{arguments}: {told}");
    }
}

#[tokio::test]
async fn a_restricted_namespace_takes_none_of_its_pods() {
    let shop = of_level("restricted").await;
    let mut agent = agent(shop.cluster().kubeconfig()).await;
    let arguments = json!({ "config": NETWORK, "namespace": shop.name() });
    let files = manifests(&mut agent, &arguments).await;
    let (status, told) = tried_as_pod(&shop, &files["daemonset.yaml"]).await;
    assert_eq!(status, 403);
    assert!(told.contains("violates PodSecurity"), "{told}");
    // Which is why the namespace that is written allows them.
    assert!(files["00-namespace.yaml"].contains("pod-security.kubernetes.io/enforce: privileged"));
}

#[tokio::test]
async fn kustomize_builds_what_the_api_server_takes() {
    let shop = of_level("privileged").await;
    let mut agent = agent(shop.cluster().kubeconfig()).await;
    let digest = format!("otel/ebpf-instrument:v0.13.0@sha256:{}", "a".repeat(64));
    for arguments in [
        json!({ "config": ALL, "k8s_cache": true, "node_selector": { "pool": "apps" } }),
        json!({ "config": APPLICATION, "image": digest, "tolerations": [] }),
    ] {
        let mut arguments = arguments;
        arguments["namespace"] = json!(shop.name());
        arguments["form"] = json!("kustomize");
        let files = manifests(&mut agent, &arguments).await;
        assert_eq!(files["base/obi.yml"], arguments["config"].as_str().unwrap());
        let folder = TempDir::new().unwrap();
        put_into(folder.path(), &files);
        let overlay = folder.path().join("overlays").join(shop.name());
        let overlay = overlay.to_str().unwrap();
        let built = shop.cluster().kubectl(&["kustomize", overlay]).await.unwrap();
        let image = arguments["image"].as_str().unwrap_or("otel/ebpf-instrument:v0.13.0");
        assert!(built.contains(&format!("image: docker.io/{image}\n")), "{built}");
        assert!(!built.contains("name: obi-config\n"), "it would not roll out by itself: {built}");
        assert_eq!(built.contains("pool: apps"), arguments["node_selector"].is_object());
        let apply =
            ["apply", "--server-side", "--dry-run=server", "--validate=strict", "-k", overlay];
        shop.cluster().kubectl(&apply).await.unwrap_or_else(|error| panic!("{error}\n{built}"));
    }
}

async fn those_who_read_them() -> Consumers {
    tokio::task::spawn_blocking(consumers).await.unwrap().unwrap()
}

/// The objects that were rendered, by kind and name.
fn rendered(text: &str) -> BTreeMap<String, Value> {
    let objects = text.split("\n---\n").map(|it| serde_saphyr::from_str::<Value>(it).unwrap());
    let objects = objects.filter(|it| !it.is_null());
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    objects
        .map(|it| (format!("{}/{}", text(&it["kind"]), text(&it["metadata"]["name"])), it))
        .collect()
}

/// As they would be in a cluster, whatever Helm's labels are.
fn plain(mut object: Value) -> Value {
    for labels in ["/metadata/labels", "/spec/template/metadata/labels"] {
        if let Some(Value::Object(labels)) = object.pointer_mut(labels) {
            labels.remove("app.kubernetes.io/managed-by");
        }
    }
    if let Some(Value::Object(labels)) = object.pointer_mut("/spec/selector/matchLabels") {
        labels.remove("app.kubernetes.io/managed-by");
    }
    object["metadata"].as_object_mut().unwrap().remove("namespace");
    object
}

#[tokio::test]
async fn helm_makes_the_same_objects_of_the_chart_as_are_written_plainly() {
    let helm = those_who_read_them().await;
    let shop = of_level("privileged").await;
    let mut agent = agent(shop.cluster().kubeconfig()).await;
    // What looks like a template in a configuration is none.
    let braces = "discovery: {instrument: [{exe_path: '{{a,b}}'}]}\ntrace_printer: text\n";
    let more = json!({ "config": braces, "k8s_cache": true, "otlp_endpoint": "http://a.b:4318" });
    for mut arguments in variants().into_iter().chain([more]) {
        arguments["namespace"] = json!(shop.name());
        let plainly = manifests(&mut agent, &arguments).await;
        arguments["form"] = json!("helm_chart");
        let folder = TempDir::new().unwrap();
        put_into(folder.path(), &manifests(&mut agent, &arguments).await);
        let text = helm.render(&folder.path().join("obi"), shop.name(), None);
        let chart = rendered(&text.unwrap_or_else(|error| panic!("{arguments}: {error}")));
        for (path, text) in plainly.iter().filter(|it| it.0 != "00-namespace.yaml") {
            let object: Value = serde_saphyr::from_str(text).unwrap();
            let name = format!(
                "{}/{}",
                object["kind"].as_str().unwrap(),
                object["metadata"]["name"].as_str().unwrap()
            );
            let own = chart.get(&name).unwrap_or_else(|| panic!("{path}: {:?}", chart.keys()));
            let own = without_empty_tolerations(plain(own.clone()));
            assert_eq!(own, plain(object), "{arguments}: {path}");
        }
        assert_eq!(chart.len() + 1, plainly.len());
    }
}

/// A chart says that there are none, and plainly nothing is said of it.
fn without_empty_tolerations(mut object: Value) -> Value {
    let pod = object.pointer_mut("/spec/template/spec").and_then(Value::as_object_mut);
    if let Some(pod) = pod.filter(|it| it.get("tolerations") == Some(&json!([]))) {
        pod.remove("tolerations");
    }
    object
}

#[tokio::test]
async fn the_definitions_of_operators_take_what_is_written_for_them() {
    let definitions = those_who_read_them().await.definitions().unwrap();
    let cluster = Cluster::builder().nodes(0).start().await.unwrap();
    for definition in definitions {
        cluster.apply(&definition).await.unwrap();
    }
    let shop = cluster.namespace("shop").await.unwrap();
    for namespace in ["argocd", "flux-system"] {
        cluster.kubectl(&["create", "namespace", namespace]).await.unwrap();
    }
    let mut agent = agent(cluster.kubeconfig()).await;
    for (form, least) in [("argo_application", 1), ("flux", 5), ("raw", 8)] {
        let arguments = json!({
            "config": ALL, "prometheus": true, "form": form, "namespace": shop.name(),
        });
        let files = manifests(&mut agent, &arguments).await;
        assert!(files.len() >= least, "{form}");
        let folder = TempDir::new().unwrap();
        put_into(folder.path(), &files);
        let folder = folder.path().to_str().unwrap();
        let apply = ["apply", "--server-side", "--dry-run=server", "--validate=strict", "-R", "-f"];
        let tried = cluster.kubectl(&[&apply[..], &[folder]].concat()).await;
        let told = tried.unwrap_or_else(|error| panic!("{form}: {error}"));
        assert_eq!(told.lines().count(), files.len(), "{told}");
    }
}

#[tokio::test]
async fn all_that_is_wrong_with_a_call_is_told_at_once() {
    let mut agent = agent(Cluster::shared().await.kubeconfig()).await;
    let arguments = json!({
        "config": { "trace_printer": "loud", "open_port": "8080" },
        "namespace": "Shop",
        "resources": { "memoryLimit": "64Mi" },
        "headersSecret": "otlp",
    });
    let answer = agent.call("obi_k8s_manifests", arguments).await;
    for part in ["invalid arguments", "`namespace`", "trace_printer", "`headers_secret`", "64Mi"] {
        assert!(answer.contains(part), "{part}: {answer}");
    }
}

#[tokio::test]
async fn the_names_that_obi_mcp_has_for_arguments_are_understood() {
    let mut agent = agent(Cluster::shared().await.kubeconfig()).await;
    let old = json!({
        "imageTag": "v0.12.1",
        "otlpEndpoint": "http://collector.observability:4318",
        "resources": { "memoryLimit": "1Gi", "cpuRequest": "200m" },
        "namespace": "shop",
    });
    let files = manifests(&mut agent, &old).await;
    for part in [
        "image: docker.io/otel/ebpf-instrument:v0.12.1",
        "value: http://collector.observability:4318",
        "memory: 1Gi",
        "cpu: 200m",
        "namespace: shop",
    ] {
        assert!(files["daemonset.yaml"].contains(part), "{part}: {}", files["daemonset.yaml"]);
    }
}

#[tokio::test]
async fn an_unknown_argument_is_told_with_the_nearest_of_all() {
    let mut agent = agent(Cluster::shared().await.kubeconfig()).await;
    let answer = agent.call("obi_k8s_manifests", json!({ "config": {}, "tolerration": [] })).await;
    assert!(answer.contains("did you mean `tolerations`?"), "{answer}");
}
