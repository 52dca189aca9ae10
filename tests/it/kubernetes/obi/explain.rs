//! Why OBI shows nothing of a workload, on a real control plane.

use serde_json::json;
use tacklebox_cluster::{Cluster, STATUS_ANNOTATION, State};

use super::{
    super::agent,
    coverage::{SAYS, Sham},
};

fn deployment(node: &str) -> String {
    let ready = State::Ready.annotation([("main", "registry.example/cart:1")]);
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}, "annotations": {
                    STATUS_ANNOTATION: ready,
                    "instrumentation.opentelemetry.io/inject-java": "true",
                }},
                "spec": {"nodeName": node, "containers": [{
                    "name": "main", "image": "registry.example/cart:1",
                    "ports": [{"containerPort": 8443}],
                    "env": [{"name": "JAVA_TOOL_OPTIONS", "value": "-Dpassword=hunter2"}],
                }]},
            },
        },
    })
    .to_string()
}

#[tokio::test]
async fn a_workload_on_a_covered_node_is_explained_by_what_it_carries() {
    let sham = Sham::new().await;
    sham.agent_on("node-1", &[SAYS]).await;
    sham.shop.apply(&deployment("node-1")).await.unwrap();
    sham.shop
        .wait_for("deployments.apps", "web", |it| it["status"]["readyReplicas"] == 2)
        .await
        .unwrap();
    let mut agent = sham.agent().await;
    let asking = json!({
        "resource": "deploy/web", "namespace": sham.shop.name(), "obi_namespace": sham.obi.name(),
    });
    let answer = agent.call("obi_k8s_explain", asking).await;
    assert!(
        answer.starts_with("deploy/web: 2 pods, 2 of 2 on nodes with an OBI that is ready"),
        "{answer}"
    );
    for words in [
        "and 1 more like it",
        "discovery.instrument[0] (line 3) chooses it",
        "perhaps in java",
        "likely: OpenTelemetry's operator gives it an SDK",
        "exclude_otel_instrumented_services: false",
        "possible: what it encrypts",
        "OBI there (pod obi-node-1) runs",
        "instruments /srv/server (go)",
    ] {
        assert!(answer.contains(words), "{words}: {answer}");
    }
    assert!(!answer.contains("hunter2"), "{answer}");
}

#[tokio::test]
async fn a_pod_on_a_node_without_obi_is_explained_by_that_first() {
    let sham = Sham::new().await;
    sham.agent_on("node-1", &[SAYS]).await;
    sham.shop.pod("far").node("node-2").ready().await.unwrap();
    let mut agent = sham.agent().await;
    let asking = json!({
        "resource": "pod/far", "namespace": sham.shop.name(), "obi_namespace": sham.obi.name(),
    });
    let answer = agent.call("obi_k8s_explain", asking).await;
    let first = answer.lines().find(|it| it.starts_with("sure: ")).unwrap();
    assert_eq!(
        first,
        "sure: no OBI that is ready is on its node (node node-2: OBI has no pod there yet)"
    );
}

#[tokio::test]
async fn without_an_obi_it_is_said_that_there_is_none_and_what_is_not_there_is_an_error() {
    let shop = Cluster::shared().await.namespace("shop").await.unwrap();
    shop.pod("web").node("node-3").ready().await.unwrap();
    let mut agent = agent(shop.cluster().kubeconfig()).await.calling(shop.name(), "shop");
    let asking = |resource: &str| json!({ "resource": resource, "namespace": shop.name(), "obi_namespace": shop.name() });
    let answer = agent.call("obi_k8s_explain", asking("web")).await;
    assert!(answer.starts_with("web: no OBI of Tacklebox's is deployed"), "{answer}");
    let answer = agent.call("obi_k8s_explain", asking("deploy/nothing")).await;
    assert!(answer.contains("no deployments.apps nothing in namespace shop"), "{answer}");
}
