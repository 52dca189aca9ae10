//! OBI in a cluster: simulated nodes and pods, behind whose addresses a recorded OBI answers.

mod addresses;
mod coverage;
mod deploying;
mod explain;
mod fleet;
mod logs;
mod manifests;
mod preflight;
mod status;

use std::net::{IpAddr, Ipv4Addr};

use anyhow::Result;
use serde_json::{Value, json};
use tacklebox_cluster::Cluster;

use super::{Agent, agent};
use crate::discovery::{answers::Recorded, backend};

/// Made inside [`tacklebox_cluster::in_network_namespace`] only.
struct Site {
    cluster: Cluster,
    agent: Agent,
}

impl Site {
    /// On whose nodes every OBI is the one that was recorded under that name.
    async fn of(nodes: usize, run: &str) -> Result<Self> {
        let cluster = Cluster::builder().nodes(nodes).start().await?;
        serve(run)?;
        let agent = agent(cluster.kubeconfig()).await;
        Ok(Self { cluster, agent })
    }

    /// Every object that says that it is part of an OBI, as `kind/name`.
    async fn objects(&self) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for path in [
            "/api/v1/serviceaccounts",
            "/api/v1/configmaps",
            "/api/v1/services",
            "/api/v1/pods",
            "/apis/apps/v1/daemonsets",
            "/apis/apps/v1/deployments",
            "/apis/rbac.authorization.k8s.io/v1/clusterroles",
            "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        ] {
            let labels = "labelSelector=app.kubernetes.io/part-of%3Dobi";
            let list = self.cluster.request("GET", &format!("{path}?{labels}"), None).await?;
            let kind = path.rsplit('/').next().unwrap_or_default().to_owned();
            let list = list.ok()?;
            let items = list["items"].as_array().cloned().unwrap_or_default();
            let name = |it: &Value| it["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            found.extend(items.iter().map(|it| format!("{kind}/{}", name(it))));
        }
        found.sort();
        Ok(found)
    }
}

/// What an OBI answered when it was recorded.
fn serve(run: &str) -> Result<()> {
    let runs = include_str!("../../../obi/runs.jsonl").lines();
    let runs = runs.map(|it| serde_json::from_str::<Value>(it).unwrap());
    let run = runs.into_iter().find(|it| it["name"] == run).unwrap();
    let page = |path: &str, of: &str| {
        let body = run["running"][of].as_str().unwrap_or_default();
        // The status was recorded behind it.
        Recorded::page(path, 200, "text/plain; version=0.0.4", body.trim_end_matches("200"))
    };
    let everywhere = |port| (IpAddr::V4(Ipv4Addr::UNSPECIFIED), port);
    let internal = page("/internal/metrics", "internal_metrics");
    backend::serve(&[everywhere(9465)], vec![internal], false)?;
    backend::serve(&[everywhere(9466)], vec![page("/healthz", "healthz")], false)
}

/// With which one of the runs was recorded.
fn network() -> Value {
    json!({
        "metrics": { "features": ["network"] },
        "network": { "agent_ip": "127.0.0.1", "print_flows": true },
        "prometheus_export": { "port": 9464 },
    })
}
