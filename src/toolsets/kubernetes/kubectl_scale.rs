//! `kubectl_scale`: how many pods a workload has.

use std::{sync::Arc, time::Duration};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    address::Address,
    autoscaled::{autoscalers, warning},
    changed::Changed,
    clients::Clients,
    cluster::{Cluster, JSON},
    outcomes::Outcomes,
    problems::Problems,
    selection::{Seen, Selection},
    settle::{self, Settling},
    write::{MERGE_PATCH, Write},
};
use crate::{
    output::Document,
    tool::{Change, Effect, Planned, Preview, Session, ToolError},
};

/// Set the number of replicas of deployments, statefulsets or anything else that scales.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KubectlScale {
    /// deploy/web,sts/db
    resource: String,
    /// If not in resource
    name: Option<String>,
    /// Default: the context's
    namespace: Option<String>,
    /// How many
    #[schemars(range(min = 0, max = 100_000))]
    replicas: i64,
    /// Only if it has so many now
    current_replicas: Option<i64>,
    /// Seconds to wait for the pods; ends early when they cannot start
    #[schemars(range(min = 0, max = 600))]
    wait: Option<u64>,
    /// Only show what would change
    dry_run: Option<bool>,
    /// Kubeconfig context
    context: Option<String>,
}

/// What is to be scaled, as it was seen.
pub(super) struct Plan {
    cluster: Arc<Cluster>,
    workloads: Vec<Workload>,
}

struct Workload {
    address: Address,
    seen: Value,
    replicas: i64,
    /// Why it will not stay so.
    warning: Option<String>,
}

impl Change for KubectlScale {
    const NAME: &'static str = "kubectl_scale";
    const TITLE: &'static str = "Scale";
    const EFFECT: Effect = Effect::Apply;
    const LIMIT: Option<Duration> = Some(settle::LIMIT);

    type Context = Clients;
    type Plan = Plan;
    type Output = Document;

    fn is_dry_run(&self) -> bool {
        self.dry_run.unwrap_or(false)
    }

    async fn plan(&self, clients: &Clients, session: &Session) -> Result<Planned<Plan>, ToolError> {
        let mut problems = Problems::default();
        self.selection().check(&mut problems);
        problems.none()?;
        let session = settle::brief(session);
        let cluster = clients.cluster(self.context.as_deref(), &session).await?;
        let workloads = cluster.before(session.deadline(), self.workloads(&cluster)).await?;
        let preview = self.preview(&cluster, &workloads);
        Ok(Planned { plan: Plan { cluster, workloads }, preview })
    }

    async fn carry_out(
        self,
        plan: Plan,
        _: &Clients,
        session: &Session,
    ) -> Result<Document, ToolError> {
        let Plan { cluster, workloads } = plan;
        let mut outcomes = Outcomes::new(&cluster, &settle::brief(session));
        for workload in &workloads {
            outcomes.take(&workload.address, self.scale(&cluster, workload)).await;
        }
        let Some(seconds) = self.wait.filter(|it| *it > 0) else {
            return outcomes.document("kubernetes_wait for=rollout");
        };
        let document = outcomes.document("")?;
        let context = self.context.as_deref();
        let settling = Settling { cluster: &cluster, session, context, tool: Self::NAME, seconds };
        let workloads: Vec<&Address> = workloads.iter().map(|it| &it.address).collect();
        Ok(document.and(settling.settle(&workloads).await.document))
    }
}

impl KubectlScale {
    fn selection(&self) -> Selection<'_> {
        Selection {
            resource: &self.resource,
            name: self.name.as_deref(),
            namespace: self.namespace.as_deref(),
            labels: None,
            fields: None,
            all: false,
            ways: "",
        }
    }

    async fn workloads(&self, cluster: &Cluster) -> Result<Vec<Workload>, ToolError> {
        let seen = self.selection().seen(cluster).await?;
        let namespace = seen.iter().find_map(|it| it.address.namespace.as_deref());
        let autoscalers = autoscalers(cluster, namespace).await;
        let mut workloads = Vec::new();
        for it in seen {
            let workload = self.workload(cluster, it).await?;
            let warning = warning(&autoscalers, &workload.address, self.replicas);
            workloads.push(Workload { warning, ..workload });
        }
        Ok(workloads)
    }

    /// Tried by the API server, so that what it would refuse is known before anybody is asked.
    async fn workload(&self, cluster: &Cluster, seen: Seen) -> Result<Workload, ToolError> {
        let Seen { address, object: seen } = seen;
        let path = format!("{}/scale", address.path());
        let scale: Value = cluster
            .get_json(&path, JSON)
            .await
            .map_err(|error| unscalable(&address, cluster, &error))?;
        let replicas = scale.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or_default();
        if let Some(expected) = self.current_replicas.filter(|it| *it != replicas) {
            return Err(ToolError::Conflict(format!(
                "{address} has {replicas} replicas, and not {expected} (current_replicas)"
            )));
        }
        self.patch(cluster, &address, &seen, true).await?;
        Ok(Workload { address, seen, replicas, warning: None })
    }

    fn preview(&self, cluster: &Cluster, workloads: &[Workload]) -> Preview {
        let wanted = self.replicas;
        let others: Vec<&Workload> = workloads.iter().filter(|it| it.replicas != wanted).collect();
        let lines = others.iter().map(|it| format!("{}: {} -> {wanted}", it.address, it.replicas));
        let lines = lines.chain(others.iter().filter_map(|it| it.warning.clone()));
        Preview {
            summary: format!(
                "{} of {} would be scaled in context {}",
                others.len(),
                workloads.len(),
                cluster.identity.context
            ),
            details: lines.collect::<Vec<_>>().join("\n"),
            affected: others
                .iter()
                .map(|it| it.address.affected(Effect::Apply, Some(&it.seen)))
                .collect(),
        }
    }

    async fn scale(&self, cluster: &Cluster, workload: &Workload) -> Result<Changed, ToolError> {
        let Workload { address, seen, replicas, warning } = workload;
        let notes = warning.iter().cloned().collect();
        if *replicas == self.replicas {
            return Ok(Changed::new(address, "unchanged", seen).notes(notes).left());
        }
        let written = self.patch(cluster, address, seen, false).await?;
        let diff = vec![format!("replicas: {replicas} -> {}", self.replicas)];
        let scaled = Changed::new(address, "scaled", &written.object).diff(diff).notes(notes);
        Ok(scaled.warnings(written.warnings))
    }

    async fn patch(
        &self,
        cluster: &Cluster,
        address: &Address,
        seen: &Value,
        dry_run: bool,
    ) -> Result<super::write::Written, ToolError> {
        let path = format!("{}/scale", address.path());
        let write = |version: &str| {
            let body = json!({
                "metadata": { "resourceVersion": version },
                "spec": { "replicas": self.replicas },
            });
            Write::patch(&path, MERGE_PATCH, &body).tried(dry_run)
        };
        address.write_as_seen(cluster, "patch", seen, write).await
    }
}

fn unscalable(address: &Address, cluster: &Cluster, error: &super::error::ApiError) -> ToolError {
    if error.is_not_found() {
        let kind = address.resource.full_name();
        return ToolError::invalid(format!("`resource`: {kind} cannot be scaled"));
    }
    address.failed_at(cluster, "get", Some("scale"), error)
}
