//! What pods and nodes use, measured by a real metrics-server; and what is said when it dies.

use expect_test::expect;
use serde_json::{Value, json};
use tacklebox_cluster::{Cluster, Component};

use super::agent;

/// A metrics-server changes what the cluster serves, so it has one of its own.
async fn measured() -> Cluster {
    Cluster::builder().nodes(2).metrics_server(true).start().await.unwrap()
}

/// A pod that uses so much of 100m and 32Mi that it asked for.
fn pod(name: &str, node: &str, cpu: &str, memory: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "annotations": {
            "kwok.x-k8s.io/usage-cpu": cpu, "kwok.x-k8s.io/usage-memory": memory,
            "pod-ready.stage.kwok.x-k8s.io/delay": "1ms",
        }},
        "spec": {"nodeName": node, "containers": [{
            "name": "main", "image": "registry.example/app:1.0",
            "resources": {"requests": {"cpu": "100m", "memory": "32Mi"}, "limits": {"cpu": "1", "memory": "128Mi"}},
        }]},
    })
}

#[tokio::test]
async fn use_is_shown_beside_requests_and_a_dead_server_is_told_from_a_missing_one() {
    let cluster = measured().await;
    let shop = cluster.namespace("shop").await.unwrap();
    for it in [pod("web", "node-1", "250m", "64Mi"), pod("cart", "node-2", "50m", "96Mi")] {
        shop.apply(&it.to_string()).await.unwrap();
    }
    for (name, memory) in [("web", "64Mi"), ("cart", "96Mi")] {
        let measured = |it: &Value| {
            let usage = &it["containers"][0]["usage"];
            usage["memory"] == memory && usage["cpu"] != "0"
        };
        shop.wait_for("pods.metrics.k8s.io", name, measured).await.unwrap();
    }
    let mut agent = agent(cluster.kubeconfig()).await.calling(shop.name(), "shop");
    let top =
        agent.call("kubectl_top", json!({ "namespace": shop.name(), "sort_by": "memory" })).await;
    let columns = "POD\tCPU\tCPU_REQUEST\tCPU_LIMIT\tMEMORY\tMEMORY_REQUEST\tMEMORY_LIMIT";
    assert!(top.contains(columns), "{top}");
    let lines: Vec<&str> = top.lines().collect();
    assert!(
        lines[2].starts_with("cart\t") && lines[2].ends_with("\t96Mi\t32Mi 300%\t128Mi 75%"),
        "{top}"
    );
    assert!(
        lines[3].starts_with("web\t") && lines[3].ends_with("\t64Mi\t32Mi 200%\t128Mi 50%"),
        "{top}"
    );
    let containers = json!({ "namespace": shop.name(), "containers": true, "name": "web" });
    assert!(agent.call("kubectl_top", containers).await.contains("CONTAINER"));
    let nodes = agent.call("kubectl_top", json!({ "resource": "nodes" })).await;
    assert!(
        nodes.contains("node-1\t") && nodes.contains("node-2\t") && nodes.contains("\tReady"),
        "{nodes}"
    );
    let viewer = cluster.user_in(&shop, "viewer", &["get,list pods"]).await.unwrap();
    let mut viewer = super::agent(viewer.kubeconfig()).await.calling(shop.name(), "shop");
    let refused = viewer.call("kubectl_top", json!({ "namespace": shop.name() })).await;
    assert!(
        refused.starts_with("refused: ")
            && refused.contains("pods.metrics.k8s.io in namespace shop"),
        "{refused}"
    );

    cluster.kill(Component::MetricsServer).await.unwrap();
    let dead = agent.call("kubectl_top", json!({ "resource": "nodes" })).await;
    assert!(dead.starts_with("unavailable: the metrics API (metrics.k8s.io) is registered and its server does not answer"), "{dead}");
}

#[tokio::test]
async fn a_cluster_without_metrics_says_what_to_install() {
    let cluster = Cluster::shared().await;
    let reader = cluster.user("reader", &["get,list nodes"]).await.unwrap();
    let mut agent = agent(reader.kubeconfig()).await.calling(reader.name(), "jane");
    let nodes = json!({ "resource": "nodes" });
    expect!["unavailable: the cluster has no metrics API (metrics.k8s.io); metrics-server would give it; the kubelets may not be asked instead: user jane (context cluster) may not get nodes/proxy cluster-wide; ask for that right (RBAC)"].assert_eq(&agent.call("kubectl_top", nodes.clone()).await);
    // The simulated kubelets know no such thing.
    let mut admin = super::agent(cluster.kubeconfig()).await;
    let answer = admin.call("kubectl_top", nodes).await;
    assert!(
        answer.starts_with("unavailable: the cluster has no metrics API (metrics.k8s.io)"),
        "{answer}"
    );
    assert!(answer.contains("the kubelets do not help either"), "{answer}");
}
