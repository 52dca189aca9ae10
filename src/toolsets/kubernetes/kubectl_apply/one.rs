//! One object written, under the condition that it is as it was seen.

use serde_json::json;

use super::{
    established,
    outcome::{Kept, Outcome},
    step::{Attempt, Step, Update},
};
use crate::{
    output::diff,
    tool::{Session, ToolError},
    toolsets::kubernetes::{
        address::UNKNOWN,
        changed::Changed,
        cluster::Cluster,
        field::text,
        write::{APPLY_PATCH, Write, Written, under},
    },
};

/// Not the version of any object: with it, the API server makes one, and leaves one alone that is there.
const NONE_YET: &str = "1";

pub(super) struct One<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) session: &'a Session,
    pub(super) step: &'a Step,
}

impl One<'_> {
    pub(super) async fn apply(&self) -> Outcome {
        let redactor = self.cluster.redactor();
        let (written, diff) = match &self.step.attempt {
            Attempt::Unchanged { now, warnings } => return self.unchanged(now, warnings),
            Attempt::Create { .. } => (self.answered(self.create()).await, Vec::new()),
            Attempt::Update(update) => {
                let written = self.answered(self.update(update)).await;
                let diff = written.as_ref().ok().map(|it| {
                    diff::changes(Some(&update.before), Some(&it.object), redactor).lines().to_vec()
                });
                (written, diff.unwrap_or_default())
            }
            Attempt::Awaits(other) => {
                let error = ToolError::Failed(format!("it needs {other}, which is applied later"));
                return Outcome::Failed(error, Kept::No);
            }
        };
        let written = match written {
            Ok(written) => written,
            Err((error, kept)) => return Outcome::Failed(error, kept),
        };
        self.session.changed();
        if let Err(error) = self.is_usable().await {
            return Outcome::Failed(error, Kept::Yes);
        }
        self.done(written, diff)
    }

    fn unchanged(&self, now: &serde_json::Value, warnings: &[String]) -> Outcome {
        let (notes, _) = self.step.notes();
        let changed = Changed::new(&self.step.intent.address, "unchanged", now).left();
        let changed = changed.diff(notes).warnings(warnings.to_vec());
        Outcome::Done { changed, now: now.clone(), is_written: false }
    }

    fn done(&self, written: Written, diff: Vec<String>) -> Outcome {
        let done = match self.step.attempt {
            Attempt::Create { .. } => "created",
            _ if diff.is_empty() => "unchanged",
            _ => "configured",
        };
        let (notes, _) = self.step.notes();
        let changed = Changed::new(&self.step.intent.address, done, &written.object);
        let changed = changed.diff(diff.into_iter().chain(notes).collect());
        let changed = changed.warnings(written.warnings);
        Outcome::Done { changed, now: written.object, is_written: true }
    }

    /// What follows may need what a definition defines.
    async fn is_usable(&self) -> Result<(), ToolError> {
        if !self.step.intent.is_definition() {
            return Ok(());
        }
        let deadline = self.session.deadline();
        let waiting = established::established(self.cluster, &self.step.intent, deadline);
        self.cluster.before(deadline, waiting).await
    }

    /// The answer to a change, or what is known without one.
    async fn answered(
        &self,
        writing: impl Future<Output = Result<Written, ToolError>>,
    ) -> Result<Written, (ToolError, Kept)> {
        let mut is_answered = false;
        let noticing = async {
            let outcome = writing.await;
            is_answered = true;
            outcome
        };
        let outcome = self.cluster.before(self.session.deadline(), noticing).await;
        outcome.map_err(|error| {
            let is_open = !is_answered || error.to_string().contains(UNKNOWN);
            (error, if is_open { Kept::Perhaps } else { Kept::No })
        })
    }

    async fn create(&self) -> Result<Written, ToolError> {
        let (address, cluster) = (&self.step.intent.address, self.cluster);
        let body = under(&self.step.intent.body, &json!({ "resourceVersion": NONE_YET }));
        let write = Write::patch(&address.path(), APPLY_PATCH, &body);
        cluster.write(&write).await.map_err(|error| {
            if error.is_stale() || !error.field_conflicts().is_empty() {
                return ToolError::Conflict(format!("{address} was made by somebody else since it was looked at, and was left alone: call again to see what would change"));
            }
            address.not_written(cluster, "create", &error, &write)
        })
    }

    async fn update(&self, update: &Update) -> Result<Written, ToolError> {
        let (address, cluster) = (&self.step.intent.address, self.cluster);
        let uid = text(&update.before, "/metadata/uid");
        let write = |version: &str| {
            // With its uid, it is not made anew where it was deleted meanwhile.
            let conditions = json!({ "resourceVersion": version, "uid": uid });
            let body = under(&self.step.intent.body, &conditions);
            let write = Write::patch(&address.path(), APPLY_PATCH, &body);
            if update.is_forced() { write.with("force=true") } else { write }
        };
        address.write_as_seen(cluster, "patch", &update.before, write).await
    }
}
