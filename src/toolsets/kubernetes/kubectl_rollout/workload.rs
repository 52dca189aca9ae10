//! The workloads of a call as they are, and what is to be done with each.

use serde_json::Value;

use super::{
    Action, KubectlRollout,
    edit::{self, Edit},
    history, undo,
};
use crate::{
    output::{Document, Keep},
    tool::ToolError,
    toolsets::kubernetes::{
        address::Address,
        cluster::Cluster,
        kubernetes_wait::{Goal, rollout_state},
        targets,
    },
};

pub(super) struct Workload {
    pub(super) address: Address,
    pub(super) seen: Value,
    pub(super) step: Step,
}

pub(super) enum Step {
    Edit(Edit),
    /// Why nothing is done.
    Nothing(String),
    /// What there is to see.
    Show(Document),
}

impl KubectlRollout {
    pub(super) async fn workloads(&self, cluster: &Cluster) -> Result<Vec<Workload>, ToolError> {
        let targets = targets::resolve(cluster, &self.resource, self.name.as_deref()).await?;
        let scope = targets::scope(cluster, self.namespace.as_deref(), false);
        let mut workloads = Vec::new();
        for target in &targets {
            if Goal::Rollout.suits(&target.resource).is_err() {
                return Err(ToolError::invalid(format!(
                    "`resource`: {} are not rolled out; deployments, statefulsets and daemonsets are",
                    target.resource.full_name()
                )));
            }
            for name in &target.names {
                let address = Address::new(&target.resource, scope.namespace(), name);
                workloads.push(self.workload(cluster, address).await?);
            }
        }
        if workloads.is_empty() {
            return Err(ToolError::invalid("`resource`: name a workload, such as deploy/web"));
        }
        Ok(workloads)
    }

    async fn workload(&self, cluster: &Cluster, address: Address) -> Result<Workload, ToolError> {
        let seen = address.found(cluster).await?;
        let step = match self.action {
            Action::Restart => edit::restart(&address, &seen)?,
            Action::Pause => edit::pause(&address, &seen, true)?,
            Action::Resume => edit::pause(&address, &seen, false)?,
            Action::Undo => undo::undo(cluster, &address, &seen, self.to_revision).await?,
            Action::Status => Step::Show(status(&address, &seen)),
            Action::History => {
                Step::Show(history::history(cluster, &address, &seen, self.to_revision).await?)
            }
        };
        let step = match step {
            Step::Edit(edit) => edit.tried(cluster, &address, &seen).await?,
            other => other,
        };
        Ok(Workload { address, seen, step })
    }
}

fn status(address: &Address, seen: &Value) -> Document {
    let (state, details) = rollout_state(seen);
    let document = Document::new().note(format!("{address}: {state}"));
    if details.is_empty() {
        return document;
    }
    document.untrusted("what its controller counts", details, Keep::Head)
}
