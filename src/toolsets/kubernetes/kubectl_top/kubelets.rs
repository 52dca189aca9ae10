//! What the kubelets say, where there is no metrics API.

use futures::{StreamExt, stream};
use serde::Deserialize;

use super::usage::{ContainerUsage, Name, NodeUsage, PodUsage, sentence};
use crate::{
    tool::ToolError,
    toolsets::kubernetes::{
        cluster::{Cluster, JSON},
        error::{ApiError, Asked},
        few::few,
        quantity::Quantity,
        resources::Amount,
    },
};

/// Kubelets asked at once, and at most.
const PARALLEL: usize = 8;
const MOST_KUBELETS: usize = 100;

/// What the kubelets know, of which little is kept: each gives thirty thousand tokens.
#[derive(Debug, Default)]
pub(super) struct Kubelets {
    pub(super) nodes: Vec<NodeUsage>,
    pub(super) pods: Vec<PodUsage>,
    /// Why they were asked, and what could not be had.
    pub(super) note: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Summary {
    node: Stats,
    pods: Vec<PodStats>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PodStats {
    pod_ref: Name,
    containers: Vec<Stats>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Stats {
    name: String,
    cpu: Cpu,
    memory: Memory,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Cpu {
    usage_nano_cores: f64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Memory {
    working_set_bytes: f64,
}

impl Stats {
    fn amount(&self) -> Amount {
        Amount {
            cpu: Quantity::of_nanos(self.cpu.usage_nano_cores),
            memory: Quantity::of_bytes(self.memory.working_set_bytes),
        }
    }
}

/// Asks the kubelets of these nodes through the API server; `reason` is why nobody else can be asked.
pub(super) async fn ask(
    cluster: &Cluster,
    nodes: &[String],
    reason: &str,
) -> Result<Kubelets, ToolError> {
    let asked = nodes.iter().take(MOST_KUBELETS).map(|node| async move {
        let path = format!("/api/v1/nodes/{node}/proxy/stats/summary");
        (node.as_str(), cluster.get_json::<Summary>(&path, JSON).await)
    });
    let asked: Vec<_> = asked.collect();
    let mut answers = stream::iter(asked).buffered(PARALLEL);
    let (mut found, mut silent, mut problem) = (Kubelets::default(), Vec::new(), None);
    while let Some((node, answer)) = answers.next().await {
        match answer {
            Ok(summary) => found.take(node, summary),
            // Nobody else will be allowed either.
            Err(error) if error.is_forbidden() => return Err(not_allowed(cluster, &error, reason)),
            Err(error) => {
                silent.push(node);
                problem = Some(error);
            }
        }
    }
    if let Some(error) = problem.filter(|_| found.nodes.is_empty()) {
        let asked = Asked { verb: "get", resource: "nodes/proxy", name: None, namespace: None };
        let why = sentence(cluster.explain(&error, &asked));
        return Err(ToolError::Unavailable(format!(
            "{reason}; the kubelets do not help either ({why})"
        )));
    }
    let left_out = nodes.len().saturating_sub(MOST_KUBELETS);
    found.note =
        if nodes.is_empty() { format!("{reason}.") } else { note(reason, &silent, left_out) };
    Ok(found)
}

fn note(reason: &str, silent: &[&str], left_out: usize) -> String {
    let mut note = format!("From the kubelets: {reason}");
    if !silent.is_empty() {
        note = format!("{note}; no answer from {}", few(silent, 5));
    }
    if left_out > 0 {
        note = format!("{note}; {left_out} nodes were not asked");
    }
    format!("{note}.")
}

fn not_allowed(cluster: &Cluster, error: &ApiError, reason: &str) -> ToolError {
    let asked = Asked { verb: "get", resource: "nodes/proxy", name: None, namespace: None };
    let why = sentence(cluster.explain(error, &asked));
    ToolError::Unavailable(format!("{reason}; the kubelets may not be asked instead: {why}"))
}

impl Kubelets {
    fn take(&mut self, node: &str, summary: Summary) {
        let metadata = Name { namespace: String::new(), name: node.to_owned() };
        self.nodes.push(NodeUsage { metadata, usage: summary.node.amount() });
        self.pods.extend(summary.pods.into_iter().map(|pod| {
            let container = |it: Stats| ContainerUsage { usage: it.amount(), name: it.name };
            let containers = pod.containers.into_iter().map(container).collect();
            PodUsage { metadata: pod.pod_ref, containers }
        }));
    }
}
