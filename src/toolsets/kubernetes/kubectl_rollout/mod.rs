//! `kubectl_rollout`: restarts workloads, goes back to what they were, and halts and resumes how they get there.

mod edit;
mod history;
mod undo;
mod workload;

use std::{sync::Arc, time::Duration};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use self::{
    edit::Edit,
    workload::{Step, Workload},
};
use super::{
    address::Address,
    changed::{Changed, with_next},
    clients::Clients,
    cluster::Cluster,
    outcomes::Outcomes,
    problems::Problems,
    settle::{self, Settling},
};
use crate::{
    output::{Document, diff},
    tool::{Change, Effect, Planned, Preview, Session, ToolError},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Action {
    Restart,
    Undo,
    Pause,
    Resume,
    Status,
    History,
}

/// Restart, undo, pause or resume rollouts of deployments, statefulsets or daemonsets; or show their state or revisions.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KubectlRollout {
    /// undo goes back to a revision
    action: Action,
    /// deploy/web
    resource: String,
    /// If not in resource
    name: Option<String>,
    /// Default: the context's
    namespace: Option<String>,
    /// For undo; default: the one before. For history: its diff from now
    #[schemars(range(min = 1))]
    to_revision: Option<i64>,
    /// Seconds to wait for the pods; ends early when they cannot start
    #[schemars(range(min = 0, max = 600))]
    wait: Option<u64>,
    /// Only show what would change
    dry_run: Option<bool>,
    /// Kubeconfig context
    context: Option<String>,
}

/// The workloads as they were seen, and what is to be done with each.
pub(super) struct Plan {
    cluster: Arc<Cluster>,
    workloads: Vec<Workload>,
}

impl Change for KubectlRollout {
    const NAME: &'static str = "kubectl_rollout";
    const TITLE: &'static str = "Roll out";
    const EFFECT: Effect = Effect::Apply;
    const LIMIT: Option<Duration> = Some(settle::LIMIT);

    type Context = Clients;
    type Plan = Plan;
    type Output = Document;

    fn is_dry_run(&self) -> bool {
        self.dry_run.unwrap_or(false) && !matches!(self.action, Action::Status | Action::History)
    }

    async fn plan(&self, clients: &Clients, session: &Session) -> Result<Planned<Plan>, ToolError> {
        let mut problems = Problems::default();
        problems.names(self.namespace.as_deref(), self.name.as_deref());
        problems.unless(
            self.to_revision.is_none() || matches!(self.action, Action::Undo | Action::History),
            "`to_revision` is for undo and history",
        );
        problems.none()?;
        let session = settle::brief(session);
        let cluster = clients.cluster(self.context.as_deref(), &session).await?;
        let workloads = Box::pin(self.workloads(&cluster));
        let workloads = cluster.before(session.deadline(), workloads).await?;
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
        let document = Box::pin(done(&cluster, &workloads, session)).await?;
        let waits = !matches!(self.action, Action::Pause | Action::History);
        let Some(seconds) = self.wait.filter(|it| *it > 0 && waits) else {
            return Ok(with_next(document, self.next(&workloads)));
        };
        let context = self.context.as_deref();
        let settling = Settling { cluster: &cluster, session, context, tool: Self::NAME, seconds };
        // Of the others nobody knows when somebody deletes their pods.
        let rolling = workloads.iter().filter(|it| !edit::is_on_delete(&it.seen));
        let rolling: Vec<&Address> = rolling.map(|it| &it.address).collect();
        if rolling.is_empty() {
            return Ok(document);
        }
        let settled = Box::pin(settling.settle(&rolling)).await;
        let next = if settled.is_done { "" } else { self.way_back() };
        Ok(with_next(document.and(settled.document), next))
    }
}

impl KubectlRollout {
    fn preview(&self, cluster: &Cluster, workloads: &[Workload]) -> Preview {
        let edits = workloads.iter().filter_map(|it| match &it.step {
            Step::Edit(edit) => Some((it, edit)),
            _ => None,
        });
        let edits: Vec<(&Workload, &Edit)> = edits.collect();
        let done = match self.action {
            Action::Restart => "restarted",
            Action::Undo => "rolled back",
            Action::Pause => "paused",
            Action::Resume => "resumed",
            Action::Status | Action::History => "changed",
        };
        let lines = edits.iter().flat_map(|(it, edit)| edit.lines(&it.address));
        let idle = workloads.iter().filter_map(|it| match &it.step {
            Step::Nothing(why) => Some(format!("{}: {why}", it.address)),
            _ => None,
        });
        Preview {
            summary: format!(
                "{} of {} would be {done} in context {}",
                edits.len(),
                workloads.len(),
                cluster.identity.context
            ),
            details: lines.chain(idle).collect::<Vec<_>>().join("\n"),
            affected: edits
                .iter()
                .map(|(it, _)| it.address.affected(Effect::Apply, Some(&it.seen)))
                .collect(),
        }
    }

    fn next(&self, workloads: &[Workload]) -> &'static str {
        let is_done = !workloads.iter().any(|it| matches!(it.step, Step::Edit(_)));
        match self.action {
            Action::History => "kubectl_rollout action=undo to_revision=N goes back to one",
            Action::Status => "",
            _ if is_done => "",
            Action::Pause => "kubectl_rollout action=resume, when all is as it should be",
            _ => "kubernetes_wait for=rollout",
        }
    }

    /// From a rollout that does not come to its end.
    fn way_back(&self) -> &'static str {
        match self.action {
            Action::Undo => "kubectl_rollout action=history shows what else there is to go back to",
            _ => "kubectl_rollout action=undo goes back",
        }
    }
}

async fn done(
    cluster: &Cluster,
    workloads: &[Workload],
    session: &Session,
) -> Result<Document, ToolError> {
    let mut outcomes = Outcomes::new(cluster, &settle::brief(session));
    let mut shown = Document::new();
    for workload in workloads {
        match &workload.step {
            Step::Show(part) => shown = shown.and(part.clone()),
            _ => outcomes.take(&workload.address, changed(cluster, workload)).await,
        }
    }
    Ok(shown.and(outcomes.document("")?))
}

async fn changed(cluster: &Cluster, workload: &Workload) -> Result<Changed, ToolError> {
    let Workload { address, seen, step } = workload;
    let edit = match step {
        Step::Edit(edit) => edit,
        Step::Nothing(why) => return Ok(unchanged(address, why)),
        Step::Show(_) => return Ok(unchanged(address, "it was only looked at")),
    };
    let written = edit.write(cluster, address, seen, false).await?;
    let diff = diff::changes(Some(seen), Some(&written.object), cluster.redactor());
    let changed = Changed::new(address, edit.done, &written.object);
    let changed = changed.diff(diff.lines().to_vec()).warnings(written.warnings);
    Ok(changed.notes(edit.notes.clone()))
}

fn unchanged(address: &Address, why: &str) -> Changed {
    Changed::new(address, &format!("unchanged: {why}"), &Value::Null).left()
}
