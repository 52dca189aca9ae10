//! `kubectl_cordon`: nodes that take no new pods, or take them again.

use std::{sync::Arc, time::Duration};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    address::Address,
    changed::Changed,
    clients::Clients,
    cluster::Cluster,
    field::text,
    outcomes::Outcomes,
    problems::Problems,
    settle,
    targets::{self, Target},
    write::{MERGE_PATCH, Write, Written},
};
use crate::{
    output::Document,
    tool::{Affected, Change, Effect, Planned, Preview, Session, ToolError},
};

/// Keep new pods off nodes, or with uncordon let them on again; pods that are there stay.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KubectlCordon {
    /// node-1,node-2
    node: String,
    /// Take pods again
    uncordon: Option<bool>,
    /// Only show what would change
    dry_run: Option<bool>,
    /// Kubeconfig context
    context: Option<String>,
}

/// The nodes as they were seen.
pub(super) struct Plan {
    cluster: Arc<Cluster>,
    nodes: Vec<Node>,
}

/// A node, and whether it takes pods.
pub(super) struct Node {
    pub(super) address: Address,
    pub(super) seen: Value,
}

impl Change for KubectlCordon {
    const NAME: &'static str = "kubectl_cordon";
    const TITLE: &'static str = "Cordon";
    const EFFECT: Effect = Effect::Apply;
    const LIMIT: Option<Duration> = Some(Duration::from_mins(1));

    type Context = Clients;
    type Plan = Plan;
    type Output = Document;

    fn is_dry_run(&self) -> bool {
        self.dry_run.unwrap_or(false)
    }

    async fn plan(&self, clients: &Clients, session: &Session) -> Result<Planned<Plan>, ToolError> {
        let session = settle::brief(session);
        let cluster = clients.cluster(self.context.as_deref(), &session).await?;
        let nodes = cluster.before(session.deadline(), self.tried(&cluster)).await?;
        let preview = self.preview(&cluster, &nodes);
        Ok(Planned { plan: Plan { cluster, nodes }, preview })
    }

    async fn carry_out(
        self,
        plan: Plan,
        _: &Clients,
        session: &Session,
    ) -> Result<Document, ToolError> {
        let Plan { cluster, nodes } = plan;
        let mut outcomes = Outcomes::new(&cluster, &settle::brief(session));
        for node in &nodes {
            outcomes.take(&node.address, self.change(&cluster, node)).await;
        }
        let next = if self.cordons() { "kubectl_drain moves its pods elsewhere" } else { "" };
        outcomes.document(next)
    }
}

impl KubectlCordon {
    fn cordons(&self) -> bool {
        !self.uncordon.unwrap_or(false)
    }

    fn done(&self) -> &'static str {
        if self.cordons() { "cordoned" } else { "uncordoned" }
    }

    async fn change(&self, cluster: &Cluster, node: &Node) -> Result<Changed, ToolError> {
        if node.is_cordoned() == self.cordons() {
            return Ok(Changed::new(&node.address, "unchanged", &node.seen).left());
        }
        let written = node.cordon(cluster, self.cordons(), false).await?;
        let changed = Changed::new(&node.address, self.done(), &written.object);
        Ok(changed.warnings(written.warnings))
    }

    async fn tried(&self, cluster: &Cluster) -> Result<Vec<Node>, ToolError> {
        let nodes = found(cluster, &self.node).await?;
        for node in nodes.iter().filter(|it| it.is_cordoned() != self.cordons()) {
            node.cordon(cluster, self.cordons(), true).await?;
        }
        Ok(nodes)
    }

    fn preview(&self, cluster: &Cluster, nodes: &[Node]) -> Preview {
        let others: Vec<&Node> =
            nodes.iter().filter(|it| it.is_cordoned() != self.cordons()).collect();
        let lines = others.iter().map(|it| it.address.to_string());
        Preview {
            summary: format!(
                "{} of {} would be {} in context {}",
                others.len(),
                nodes.len(),
                self.done(),
                cluster.identity.context
            ),
            details: lines.collect::<Vec<_>>().join("\n"),
            affected: others.iter().map(|it| it.affected()).collect(),
        }
    }
}

/// The nodes of these names, with or without `node/` before them.
pub(super) async fn found(cluster: &Cluster, names: &str) -> Result<Vec<Node>, ToolError> {
    let bare = names.split(',').map(|it| {
        let it = it.trim();
        it.strip_prefix("nodes/").or_else(|| it.strip_prefix("node/")).unwrap_or(it)
    });
    let bare: Vec<&str> = bare.collect();
    let bare = bare.join(",");
    let mut problems = Problems::default();
    problems.names(None, Some(&bare));
    problems.none()?;
    let targets = targets::resolve(cluster, "nodes", Some(&bare)).await?;
    let mut nodes = Vec::new();
    for Target { resource, names } in &targets {
        for name in names {
            let address = Address::new(resource, None, name);
            let seen = address.found(cluster).await?;
            nodes.push(Node { address, seen });
        }
    }
    if nodes.is_empty() {
        return Err(ToolError::invalid("`node`: which one?"));
    }
    Ok(nodes)
}

impl Node {
    pub(super) fn is_cordoned(&self) -> bool {
        self.seen.pointer("/spec/unschedulable").and_then(Value::as_bool) == Some(true)
    }

    /// Nothing of it matters but which it is and whether it takes pods: all else changes with every sign of life.
    pub(super) fn affected(&self) -> Affected {
        let uid = text(&self.seen, "/metadata/uid");
        let state = format!("uid {uid} cordoned {}", self.is_cordoned());
        Affected { state, ..self.address.affected(Effect::Apply, None) }
    }

    /// Doing it twice is doing it once, so it only has to be the same node still.
    pub(super) async fn cordon(
        &self,
        cluster: &Cluster,
        wanted: bool,
        dry_run: bool,
    ) -> Result<Written, ToolError> {
        let unschedulable = if wanted { Value::Bool(true) } else { Value::Null };
        let body = json!({
            "metadata": { "uid": text(&self.seen, "/metadata/uid") },
            "spec": { "unschedulable": unschedulable },
        });
        let write = Write::patch(&self.address.path(), MERGE_PATCH, &body).tried(dry_run);
        let written = cluster.write(&write).await;
        written.map_err(|error| {
            if error.is_stale() {
                ToolError::Conflict(format!(
                    "{} is another one by now: what was looked at has been deleted; call again to see what would be done now",
                    self.address
                ))
            } else {
                self.address.not_written(cluster, "patch", &error, &write)
            }
        })
    }
}
