//! `kubectl_scale`: how many pods a workload has.

use std::{sync::Arc, time::Duration};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    address::Address,
    changed::{self, Changed},
    clients::Clients,
    cluster::{Cluster, JSON},
    problems::Problems,
    settle::{self, Settling},
    targets,
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
    /// deploy/web
    resource: String,
    /// If not in resource
    name: Option<String>,
    /// Default: the context's
    namespace: Option<String>,
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
        problems.names(self.namespace.as_deref(), self.name.as_deref());
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
        let changes = self.scale_all(&cluster, &workloads, session);
        let changes = cluster.before(settle::brief(session).deadline(), changes).await?;
        let Some(seconds) = self.wait.filter(|it| *it > 0) else {
            return Ok(changed::document(changes, "kubernetes_wait for=rollout"));
        };
        let context = self.context.as_deref();
        let settling = Settling { cluster: &cluster, session, context, tool: Self::NAME, seconds };
        let workloads: Vec<&Address> = workloads.iter().map(|it| &it.address).collect();
        Ok(changed::document(changes, "").and(settling.settle(&workloads).await.document))
    }
}

impl KubectlScale {
    async fn workloads(&self, cluster: &Cluster) -> Result<Vec<Workload>, ToolError> {
        let targets = targets::resolve(cluster, &self.resource, self.name.as_deref()).await?;
        let scope = targets::scope(cluster, self.namespace.as_deref(), false);
        let mut workloads = Vec::new();
        for target in &targets {
            for name in &target.names {
                let address = Address::new(&target.resource, scope.namespace(), name);
                workloads.push(self.workload(cluster, address).await?);
            }
        }
        if workloads.is_empty() {
            return Err(ToolError::invalid(
                "`resource`: name what is to be scaled, such as deploy/web",
            ));
        }
        Ok(workloads)
    }

    /// Tried by the API server, so that what it would refuse is known before anybody is asked.
    async fn workload(&self, cluster: &Cluster, address: Address) -> Result<Workload, ToolError> {
        let seen = address.found(cluster).await?;
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
        Ok(Workload { address, seen, replicas })
    }

    fn preview(&self, cluster: &Cluster, workloads: &[Workload]) -> Preview {
        let wanted = self.replicas;
        let others: Vec<&Workload> = workloads.iter().filter(|it| it.replicas != wanted).collect();
        let lines = others.iter().map(|it| format!("{}: {} -> {wanted}", it.address, it.replicas));
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

    async fn scale_all(
        &self,
        cluster: &Cluster,
        workloads: &[Workload],
        session: &Session,
    ) -> Result<Vec<Changed>, ToolError> {
        let mut changes = Vec::new();
        for workload in workloads {
            changes.push(self.scale(cluster, workload).await?);
            if workload.replicas != self.replicas {
                session.changed();
            }
        }
        Ok(changes)
    }

    async fn scale(&self, cluster: &Cluster, workload: &Workload) -> Result<Changed, ToolError> {
        let Workload { address, seen, replicas } = workload;
        if *replicas == self.replicas {
            return Ok(Changed::new(address, "unchanged", seen));
        }
        let written = self.patch(cluster, address, seen, false).await?;
        let diff = vec![format!("replicas: {replicas} -> {}", self.replicas)];
        Ok(Changed::new(address, "scaled", &written.object).diff(diff).warnings(written.warnings))
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
            let write = Write::patch(&path, MERGE_PATCH, &body);
            if dry_run { write.dry_run() } else { write }
        };
        address.write_as_seen(cluster, "patch", seen, write).await
    }
}

fn unscalable(address: &Address, cluster: &Cluster, error: &super::error::ApiError) -> ToolError {
    if error.is_not_found() {
        let kind = address.resource.full_name();
        return ToolError::invalid(format!("`resource`: {kind} cannot be scaled"));
    }
    address.failed(cluster, "get", error)
}
