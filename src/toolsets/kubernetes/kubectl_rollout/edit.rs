//! What is written into a workload, and what there is to know about it.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::workload::Step;
use crate::{
    output::diff,
    tool::ToolError,
    toolsets::kubernetes::{
        address::Address,
        cluster::Cluster,
        field::text,
        time::whole,
        write::{STRATEGIC_PATCH, Write, Written, under},
    },
};

/// Where kubectl writes when a workload was restarted.
const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";

/// A change to one workload.
pub(super) struct Edit {
    what: What,
    /// As kubectl says it: `restarted`, `rolled back`.
    pub(super) done: &'static str,
    /// What would be different, redacted.
    diff: Vec<String>,
    /// What follows from it.
    pub(super) notes: Vec<String>,
}

enum What {
    /// With the time at which it is done.
    Restart,
    Patch(Value),
}

pub(super) fn restart(address: &Address, seen: &Value) -> Result<Step, ToolError> {
    if is_paused(seen) {
        return Err(paused(address, "restarted"));
    }
    Ok(Step::Edit(Edit::new(What::Restart, "restarted", notes(seen))))
}

pub(super) fn pause(address: &Address, seen: &Value, wanted: bool) -> Result<Step, ToolError> {
    if address.resource.kind != "Deployment" {
        return Err(ToolError::invalid(format!(
            "`action`: {} cannot be paused: only deployments can",
            address.resource.full_name()
        )));
    }
    let done = if wanted { "paused" } else { "resumed" };
    if is_paused(seen) == wanted {
        return Ok(Step::Nothing(format!("it is {}", if wanted { done } else { "not paused" })));
    }
    let paused = if wanted { Value::Bool(true) } else { Value::Null };
    let what = What::Patch(json!({ "spec": { "paused": paused } }));
    Ok(Step::Edit(Edit::new(what, done, Vec::new())))
}

impl Edit {
    fn new(what: What, done: &'static str, notes: Vec<String>) -> Self {
        Self { what, done, diff: Vec::new(), notes }
    }

    pub(super) fn rollback(patch: Value, seen: &Value) -> Self {
        Self::new(What::Patch(patch), "rolled back", notes(seen))
    }

    /// Tried by the API server; nothing is left of it where nothing would be different.
    pub(super) async fn tried(
        mut self,
        cluster: &Cluster,
        address: &Address,
        seen: &Value,
    ) -> Result<Step, ToolError> {
        let after = self.write(cluster, address, seen, true).await?.object;
        let diff = diff::changes(Some(seen), Some(&after), cluster.redactor());
        if diff.is_empty() {
            return Ok(Step::Nothing("it is so already".to_owned()));
        }
        // The time is another one when it is done, and a yes must hold until then.
        if !matches!(self.what, What::Restart) {
            self.diff = diff.lines().to_vec();
        }
        Ok(Step::Edit(self))
    }

    pub(super) async fn write(
        &self,
        cluster: &Cluster,
        address: &Address,
        seen: &Value,
        dry_run: bool,
    ) -> Result<Written, ToolError> {
        let (path, patch) = (address.path(), self.patch());
        let write = |version: &str| {
            let patch = under(&patch, &json!({ "resourceVersion": version }));
            Write::patch(&path, STRATEGIC_PATCH, &patch).tried(dry_run)
        };
        address.write_as_seen(cluster, "patch", seen, write).await
    }

    fn patch(&self) -> Value {
        match &self.what {
            What::Patch(patch) => patch.clone(),
            What::Restart => {
                let annotations = json!({ RESTARTED_AT: whole(Timestamp::now()).to_string() });
                json!({ "spec": { "template": { "metadata": { "annotations": annotations } } } })
            }
        }
    }

    /// For whoever decides.
    pub(super) fn lines(&self, address: &Address) -> Vec<String> {
        let head = match self.what {
            What::Restart if self.notes.is_empty() => {
                format!("{address}: all its pods are replaced")
            }
            What::Restart => format!("{address}: restarted"),
            What::Patch(_) => format!("{address}:"),
        };
        let notes = self.notes.iter().cloned();
        std::iter::once(head).chain(self.diff.iter().cloned()).chain(notes).collect()
    }
}

/// What the strategy of a workload makes of a change to its pods.
fn notes(seen: &Value) -> Vec<String> {
    let partition = "/spec/updateStrategy/rollingUpdate/partition";
    let partition = seen.pointer(partition).and_then(Value::as_i64).unwrap_or_default();
    let replicas = seen.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1);
    let note = if is_on_delete(seen) {
        "its update strategy is OnDelete: a pod is replaced only when somebody deletes it"
            .to_owned()
    } else if text(seen, "/spec/strategy/type") == "Recreate" {
        "its strategy is Recreate: all pods end before new ones start".to_owned()
    } else if partition > 0 {
        format!(
            "its update strategy has a partition: only pods from {partition} on are replaced, {} of {replicas}",
            (replicas - partition).max(0)
        )
    } else {
        return Vec::new();
    };
    vec![note]
}

pub(super) fn is_on_delete(workload: &Value) -> bool {
    text(workload, "/spec/updateStrategy/type") == "OnDelete"
}

pub(super) fn is_paused(workload: &Value) -> bool {
    workload.pointer("/spec/paused").and_then(Value::as_bool) == Some(true)
}

/// As kubectl refuses it: nobody would see a rollout until somebody resumes it.
pub(super) fn paused(address: &Address, done: &str) -> ToolError {
    ToolError::Conflict(format!(
        "{address} is paused and cannot be {done}: resume it first (kubectl_rollout action=resume)"
    ))
}
