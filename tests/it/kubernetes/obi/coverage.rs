//! What OBI makes of real pods on simulated nodes.

use serde_json::{Value, json};
use tacklebox_cluster::{Cluster, Namespace};

use super::super::{Agent, agent};

/// An OBI that is there as far as the API server knows: its record, and a pod on the first node.
pub(super) struct Sham {
    pub(super) obi: Namespace,
    pub(super) shop: Namespace,
}

pub(super) const IMAGE: &str = "docker.io/otel/ebpf-instrument:v0.13.0";

impl Sham {
    /// Its rules choose everything in the shop.
    pub(super) async fn new() -> Self {
        Self::on(Cluster::shared().await).await
    }

    async fn on(cluster: Cluster) -> Self {
        cluster.nodes(3).await.unwrap();
        let (obi, shop) =
            futures::try_join!(cluster.namespace("obi"), cluster.namespace("shop")).unwrap();
        let config = format!(
            "discovery:\n  instrument:\n    - k8s_namespace: {}\ntrace_printer: text\n",
            shop.name()
        );
        let wanted = json!({
            "namespace": obi.name(), "config": config, "image": IMAGE, "privileged": true,
            "resources": {}, "tolerations": [], "node_selector": {},
        });
        let record = json!({"revision": 1, "wanted": wanted}).to_string();
        let map = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "obi"},
            "data": {"deployment.json": record},
        });
        obi.apply(&map.to_string()).await.unwrap();
        Self { obi, shop }
    }

    pub(super) async fn agent_on(&self, node: &str, log: &[&str]) {
        let name = format!("obi-{node}");
        let pod = self.obi.pod(&name).container("obi", IMAGE).node(node);
        let pod = pod
            .label("app.kubernetes.io/name", "obi")
            .label("app.kubernetes.io/component", "agent")
            .label("app.kubernetes.io/managed-by", "tacklebox")
            .spec("hostPID", json!(true));
        pod.ready().await.unwrap();
        self.obi.logs(&name, "obi", log, &[]).await.unwrap();
    }

    pub(super) async fn agent(&self) -> Agent {
        let agent = agent(self.obi.cluster().kubeconfig()).await;
        agent.calling(self.obi.name(), "obi").calling(self.shop.name(), "shop")
    }

    fn asking(&self) -> Value {
        json!({ "namespace": self.shop.name(), "obi_namespace": self.obi.name() })
    }
}

pub(super) const SAYS: &str = "time=2026-11-22T02:13:12.360Z level=INFO msg=\"instrumenting process\" component=discover.traceAttacher cmd=/srv/server pid=77 ino=3 type=go service=\"\" logenricher=false";

#[tokio::test]
async fn pods_are_instrumented_selected_or_on_nodes_without_obi() {
    let sham = Sham::new().await;
    sham.agent_on("node-1", &[SAYS]).await;
    let pod = |name: &str| sham.shop.pod(name);
    pod("server").image("registry.example/shop/server:1.2").node("node-1").ready().await.unwrap();
    pod("cart").image("registry.example/shop/cart:1.2").node("node-1").ready().await.unwrap();
    pod("far").image("registry.example/shop/far:1.2").node("node-2").ready().await.unwrap();
    let mut agent = sham.agent().await;
    let answer = agent.call("obi_k8s_coverage", sham.asking()).await;
    assert!(answer.contains("3 pods: 1 uncovered, 1 instrumented, 1 selected"), "{answer}");
    let far = answer.lines().find(|it| it.contains("pod/far")).unwrap();
    assert!(far.contains("node node-2: OBI has no pod there yet"), "{answer}");
    assert!(answer.contains("discovery.instrument[0] (line 3)"), "{answer}");
}

#[tokio::test]
async fn another_configuration_is_previewed_over_the_pods_that_there_are() {
    let sham = Sham::new().await;
    sham.agent_on("node-1", &[SAYS]).await;
    sham.shop.pod("server").node("node-1").ready().await.unwrap();
    sham.shop.pod("cart").node("node-1").ready().await.unwrap();
    let mut agent = sham.agent().await;
    let mut asking = sham.asking();
    asking["config"] = json!({
        "discovery": {"instrument": [
            {"k8s_namespace": sham.shop.name(), "k8s_pod_name": "server"},
            {"languages": "go", "k8s_pod_name": "cart"},
        ]},
        "trace_printer": "text",
    });
    let answer = agent.call("obi_k8s_coverage", asking).await;
    assert!(
        answer.contains("with the configuration that was given, not with the deployed one"),
        "{answer}"
    );
    assert!(answer.contains("2 pods: 1 cannot tell, 1 selected"), "{answer}");
    assert!(answer.contains("what it is written in is not known here"), "{answer}");
}

#[tokio::test]
async fn where_nothing_is_deployed_and_nothing_is_given_it_is_said_what_to_give() {
    let shop = Cluster::shared().await.namespace("shop").await.unwrap();
    let mut agent = agent(shop.cluster().kubeconfig()).await.calling(shop.name(), "shop");
    let arguments = json!({ "obi_namespace": shop.name() });
    let answer = agent.call("obi_k8s_coverage", arguments).await;
    assert!(answer.contains("no OBI of Tacklebox's is deployed in namespace shop"), "{answer}");
    assert!(answer.contains("give `config`"), "{answer}");
}

#[tokio::test]
async fn thousands_of_pods_are_told_by_namespace_in_few_tokens() {
    // There would be no room for the pods of others.
    let sham = Sham::on(Cluster::start().await.unwrap()).await;
    sham.obi.cluster().bulk_pods(sham.shop.name(), 3_000).await.unwrap();
    let mut agent = sham.agent().await;
    let mut asking = sham.asking();
    asking["limit"] = json!(20);
    let answer = agent.call("obi_k8s_coverage", asking).await;
    assert!(answer.contains("3000 pods: "), "{answer}");
    assert!(answer.len() < 6_000, "{} bytes", answer.len());
}
