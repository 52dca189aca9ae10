//! What a diagnosis costs, what it may not see, and that it finds nothing where nothing is wrong.

use std::fmt::Write as _;

use serde_json::json;
use tacklebox_cluster::{Cluster, Namespace};

use super::{
    MOST_REQUESTS, call, connect,
    manifests::{HTTP, PORTS, app, crashing, deployment, ready, service},
};

/// Twelve Deployments with a Service each, and what else a healthy namespace has.
async fn shop(cluster: &Cluster) -> Namespace {
    let namespace = cluster.namespace("shop").await.unwrap();
    let mut yaml = OTHERS.to_owned();
    for number in 1..=12 {
        let name = format!("web-{number}");
        let web = deployment(&name, &app(PORTS), &ready());
        write!(yaml, "{web}{}", service(&name, &name, HTTP)).unwrap();
    }
    namespace.apply(&yaml).await.unwrap();
    let all_ready = |it: &[serde_json::Value]| {
        it.len() == 12 && it.iter().all(|it| it["status"]["readyReplicas"] == 1)
    };
    cluster.wait_for_all("deployments.apps", namespace.name(), all_ready).await.unwrap();
    let is_counted = |it: &serde_json::Value| it["status"]["disruptionsAllowed"] == 1;
    namespace.wait_for("poddisruptionbudgets.policy", "web", is_counted).await.unwrap();
    namespace
}

const OTHERS: &str = "
apiVersion: batch/v1
kind: CronJob
metadata: {name: backup}
spec: {schedule: '0 3 1 1 *', jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: app, image: backup}]}}}}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: web-1}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny}
spec: {podSelector: {}, policyTypes: [Ingress]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: front}
spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web-1, port: {name: http}}}}]}}]}
---
{apiVersion: v1, kind: Service, metadata: {name: elsewhere}, spec: {type: ExternalName, externalName: db.example.com}}
---
{apiVersion: v1, kind: Service, metadata: {name: old-db}, spec: {clusterIP: None, ports: [{port: 5432}]}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: old-db, labels: {kubernetes.io/service-name: old-db}}, addressType: IPv4, ports: [{port: 5432}], endpoints: [{addresses: [192.0.2.7]}]}
---";

#[tokio::test]
async fn where_nothing_is_wrong_nothing_is_found_and_it_is_not_called_well() {
    let cluster = Cluster::shared().await;
    let shop = shop(&cluster).await;
    let folder = tempfile::tempdir().unwrap();
    let client = connect(&folder, cluster.kubeconfig()).await;
    for resource in [None, Some("deploy/web-1"), Some("svc/web-2"), Some("ingress/front")] {
        let mut arguments = json!({"namespace": shop.name()});
        if let Some(resource) = resource {
            arguments["resource"] = resource.into();
        }
        let mark = cluster.audit_mark().await.unwrap();
        let start = std::time::Instant::now();
        let answer = call(&client, "kubernetes_diagnose", arguments).await;
        println!("{} ms: {answer}", start.elapsed().as_millis());
        assert!(answer.contains("no rule found anything wrong in what was seen"), "{answer}");
        let entries = cluster.audit_since(mark).await.unwrap();
        let ours = entries.iter().filter(|it| it.uri.contains(shop.name()));
        assert!(ours.count() <= MOST_REQUESTS);
    }
    client.cancel().await.unwrap();
}

#[tokio::test]
async fn a_user_with_few_rights_is_told_what_was_not_looked_at() {
    let cluster = Cluster::shared().await;
    let namespace = cluster.namespace("shop").await.unwrap();
    let crash = crashing("reason: Error, exitCode: 1");
    namespace.apply(&deployment("web", &app(""), &crash)).await.unwrap();
    let is_up = |it: &[serde_json::Value]| it.iter().any(|it| !it["status"]["podIP"].is_null());
    cluster.wait_for_all("pods", namespace.name(), is_up).await.unwrap();
    let rights = ["get,list pods,replicasets.apps"];
    let user = cluster.user_in(&namespace, "viewer", &rights).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let client = connect(&folder, user.kubeconfig()).await;
    let answer = call(&client, "kubernetes_diagnose", json!({"namespace": namespace.name()})).await;
    assert!(answer.contains("1. [sure] deploy/web: container app crashes"), "{answer}");
    let unseen = answer.lines().find(|it| it.starts_with("not looked at: ")).unwrap();
    for resource in ["deployments.apps", "services", "events", "nodes", "logs"] {
        assert!(unseen.contains(resource), "no {resource} in: {unseen}");
    }
    assert!(!unseen.contains("replicasets.apps"), "{unseen}");
    client.cancel().await.unwrap();
}

#[tokio::test]
async fn an_api_server_that_falls_silent_is_no_healthy_namespace() {
    let cluster = Cluster::shared().await;
    let proxy = cluster.proxy().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tacklebox.yml"), "policy: {call_timeout: 2s}\n").unwrap();
    let client = connect(&folder, proxy.kubeconfig()).await;
    proxy.freeze().await;
    let answer = call(&client, "kubernetes_diagnose", json!({})).await;
    let unseen = answer.lines().find(|it| it.starts_with("not looked at: "));
    assert!(unseen.is_some_and(|it| it.contains("no answer in time")), "{answer}");
    proxy.restore().await;
    client.cancel().await.unwrap();
}
