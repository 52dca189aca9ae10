//! Applies what was tried, one rank after the other, and stops at the first failure.

use std::{
    ops::Range,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use serde_json::json;

use super::{
    Plan, dependency, established,
    outcome::{self, Outcome},
    rank::rank,
    side_by_side,
    step::{Attempt, Step, Update},
    trial::{Failure, Trials},
    under,
};
use crate::{
    output::{Document, diff},
    tool::{Session, ToolError},
    toolsets::kubernetes::{
        changed::{self, Changed},
        field::text,
        late::is_late,
        write::{APPLY_PATCH, Write, Written},
    },
};

/// Not the version of any object: with it, the API server makes one, and leaves one alone that is there.
const NONE_YET: &str = "1";

pub(super) struct Carrying<'a> {
    plan: Plan,
    session: &'a Session,
    /// One a step, as far as there are any.
    outcomes: Vec<Option<Outcome>>,
    stop: AtomicBool,
    /// How many have been written.
    written: AtomicUsize,
}

impl<'a> Carrying<'a> {
    pub(super) fn new(plan: Plan, session: &'a Session) -> Self {
        let outcomes = plan.steps.iter().map(|_| None).collect();
        Self {
            plan,
            session,
            outcomes,
            stop: AtomicBool::new(false),
            written: AtomicUsize::default(),
        }
    }

    pub(super) async fn finish(mut self) -> Result<Document, ToolError> {
        let mut start = 0;
        while let Some(of_rank) = self.plan.steps.get(start).map(|it| rank(&it.intent)) {
            let rest = self.plan.steps.iter().skip(start);
            let end = start + rest.take_while(|it| rank(&it.intent) == of_rank).count();
            self.apply_all(start..end).await;
            self.verify(end).await;
            if self.is_stopped() {
                return Err(self.broken_off());
            }
            start = end;
        }
        let mut pruned = Vec::new();
        while let Some(doomed) = self.plan.doomed.first() {
            if self.is_too_late() {
                return Err(self.broken_off());
            }
            match doomed.delete(&self.plan.cluster, self.session).await {
                Ok(changed) => pruned.push(changed),
                Err(error) => return Err(self.broken_off_by(error)),
            }
            self.plan.doomed.remove(0);
        }
        self.narrow_set().await?;
        Ok(self.document(pruned))
    }

    async fn apply_all(&mut self, range: Range<usize>) {
        let steps = self.plan.steps.get(range.clone()).unwrap_or_default();
        let outcomes = side_by_side(steps.iter().map(|it| self.outcome(it)).collect()).await;
        for (place, outcome) in range.zip(outcomes) {
            self.keep(place, outcome);
        }
    }

    fn keep(&mut self, place: usize, outcome: Outcome) {
        if matches!(outcome, Outcome::Failed(_)) {
            self.stop.store(true, Ordering::Relaxed);
        }
        if let Some(kept) = self.outcomes.get_mut(place) {
            *kept = Some(outcome);
        }
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Nothing is begun of which nobody could be told how it ended.
    fn is_too_late(&self) -> bool {
        let is_late = is_late(self.session.deadline());
        if is_late {
            self.stop.store(true, Ordering::Relaxed);
        }
        is_late
    }

    async fn outcome(&self, step: &Step) -> Outcome {
        if self.is_stopped() || self.is_too_late() {
            return Outcome::NotTried;
        }
        let outcome = self.apply(step).await;
        outcome.unwrap_or_else(|error| {
            self.stop.store(true, Ordering::Relaxed);
            Outcome::Failed(error)
        })
    }

    async fn apply(&self, step: &Step) -> Result<Outcome, ToolError> {
        let address = &step.intent.address;
        let (written, diff) = match &step.attempt {
            Attempt::Unchanged { now, warnings } => {
                let (notes, _) = step.notes();
                let changed = Changed::new(address, "unchanged", now).diff(notes);
                let changed = changed.warnings(warnings.clone());
                return Ok(Outcome::Done { changed, now: now.clone(), is_written: false });
            }
            Attempt::Create { .. } => (self.create(step).await?, Vec::new()),
            Attempt::Update(update) => {
                let written = self.update(step, update).await?;
                let redactor = self.plan.cluster.redactor();
                let diff = diff::changes(Some(&update.before), Some(&written.object), redactor);
                (written, diff.lines().to_vec())
            }
            Attempt::Awaits(other) => {
                return Err(ToolError::Failed(format!("it needs {other}, which is applied later")));
            }
        };
        self.session.changed();
        self.tell(step).await;
        if step.intent.is_definition() {
            let deadline = self.session.deadline();
            established::established(&self.plan.cluster, &step.intent, deadline).await?;
        }
        let done = match step.attempt {
            Attempt::Create { .. } => "created",
            _ if diff.is_empty() => "unchanged",
            _ => "configured",
        };
        let (notes, _) = step.notes();
        let changed = Changed::new(address, done, &written.object);
        let changed = changed.diff(diff.into_iter().chain(notes).collect());
        let changed = changed.warnings(written.warnings);
        Ok(Outcome::Done { changed, now: written.object, is_written: true })
    }

    async fn tell(&self, step: &Step) {
        let written = self.written.fetch_add(1, Ordering::Relaxed) + 1;
        let all = self.plan.steps.iter().filter(|it| it.affected().is_some()).count();
        let message = format!("{} applied, {written} of {all}", step.intent.address);
        #[expect(clippy::cast_precision_loss, reason = "there are at most a thousand documents")]
        let (done, all) = (written as f64, all as f64);
        self.session.progress(done, Some(all), &message).await;
    }

    async fn create(&self, step: &Step) -> Result<Written, ToolError> {
        let (address, cluster) = (&step.intent.address, &self.plan.cluster);
        let body = under(&step.intent.body, &json!({ "resourceVersion": NONE_YET }));
        let write = Write::patch(&address.path(), APPLY_PATCH, &body);
        let writing = async {
            cluster.write(&write).await.map_err(|error| {
                if error.is_stale() {
                    return ToolError::Conflict("somebody has made it meanwhile, and it was left alone: call again to see what would change".to_owned());
                }
                address.failed(cluster, "create", &error)
            })
        };
        cluster.before(self.session.deadline(), writing).await
    }

    async fn update(&self, step: &Step, update: &Update) -> Result<Written, ToolError> {
        let (address, cluster) = (&step.intent.address, &self.plan.cluster);
        let uid = text(&update.before, "/metadata/uid");
        let write = |version: &str| {
            // With its uid, it is not made anew where it was deleted meanwhile.
            let body = under(&step.intent.body, &json!({ "resourceVersion": version, "uid": uid }));
            let write = Write::patch(&address.path(), APPLY_PATCH, &body);
            if update.is_forced() { write.with("force=true") } else { write }
        };
        let writing = address.write_as_seen(cluster, "patch", &update.before, write);
        cluster.before(self.session.deadline(), writing).await
    }

    /// Tries what had to wait for something that is there now.
    async fn verify(&mut self, from: usize) {
        if self.is_stopped() {
            return;
        }
        let done: Vec<String> =
            self.plan.steps.iter().take(from).map(|it| it.intent.to_string()).collect();
        let waiting = self.plan.steps.iter().enumerate().skip(from);
        let is_ready = |it: &Attempt| matches!(it, Attempt::Awaits(other) if done.contains(other));
        let ready = waiting.filter(|(_, it)| is_ready(&it.attempt));
        let (places, verdicts): (Vec<usize>, Vec<_>) =
            ready.map(|(place, step)| (place, self.verified(step))).unzip();
        let verdicts = side_by_side(verdicts).await;
        for (place, verdict) in places.into_iter().zip(verdicts) {
            let verdict = verdict.or_else(|it| self.still_awaits(place, from, it));
            match (verdict, self.plan.steps.get_mut(place)) {
                (Ok(attempt), Some(step)) => step.attempt = attempt,
                (Err(error), _) => self.keep(place, Outcome::Failed(error)),
                _ => {}
            }
        }
    }

    async fn verified(&self, step: &Step) -> Result<Attempt, Failure> {
        let cluster = &self.plan.cluster;
        let deadline = self.session.deadline();
        let failed = |error| Failure { api: None, error };
        let trying = async {
            if !step.intent.is_known {
                established::served(cluster, &step.intent, deadline).await?;
            }
            let trials = Trials { cluster, force: false, set: self.plan.set.as_ref() };
            Ok(trials.attempt_known(&step.intent).await)
        };
        match cluster.before(deadline, trying).await.map_err(failed)?? {
            create @ (Attempt::Create { .. } | Attempt::Awaits(_)) => Ok(create),
            Attempt::Update(_) | Attempt::Unchanged { .. } => Err(failed(ToolError::Conflict(
                "it is there already: call again to see what would change".to_owned(),
            ))),
        }
    }

    /// It may need more than one of the others.
    fn still_awaits(
        &self,
        place: usize,
        from: usize,
        failure: Failure,
    ) -> Result<Attempt, ToolError> {
        let Some(step) = self.plan.steps.get(place) else { return Err(failure.error) };
        let mut later = self.plan.steps.iter().enumerate().skip(from);
        let other = later.find(|(other, it)| {
            *other != place && dependency::is_one(&failure, &step.intent, &it.intent)
        });
        let awaits = other.map(|(_, it)| Attempt::Awaits(it.intent.to_string()));
        awaits.ok_or(failure.error)
    }

    /// What the set says of its members, once those are gone that were pruned.
    async fn narrow_set(&self) -> Result<(), ToolError> {
        let Some(set) = self.plan.set.as_ref().filter(|_| self.plan.is_pruned) else {
            return Ok(());
        };
        let parent = self.plan.steps.iter().position(|it| it.intent.who.is_set());
        let now = parent.and_then(|it| match self.outcomes.get(it) {
            Some(Some(Outcome::Done { now, .. })) => Some(now),
            _ => None,
        });
        let Some(now) = now else { return Ok(()) };
        set.narrow(&self.plan.cluster, &self.plan.steps, now).await
    }

    fn broken_off(self) -> ToolError {
        let late = "time is up, and it was broken off (policy.timeouts: kubectl_apply)";
        self.broken_off_by(ToolError::Failed(late.to_owned()))
    }

    fn broken_off_by(self, error: ToolError) -> ToolError {
        let doomed: Vec<String> = self.plan.doomed.iter().map(ToString::to_string).collect();
        outcome::broken_off(&self.plan.steps, self.outcomes, &doomed, Some(error))
    }

    fn document(self, pruned: Vec<Changed>) -> Document {
        let next = next(&self.plan.steps);
        let outcomes = self.outcomes.into_iter().flatten();
        let changes = outcomes.filter_map(|it| match it {
            Outcome::Done { changed, .. } => Some(changed),
            Outcome::Failed(_) | Outcome::NotTried => None,
        });
        let notes = self.plan.notes;
        let document = changed::document(changes.chain(pruned).collect(), &next);
        notes.into_iter().fold(document, Document::note)
    }
}

/// What is rolled out is waited for; anything else is looked at.
fn next(steps: &[Step]) -> String {
    const ROLLED_OUT: [&str; 3] = ["Deployment", "StatefulSet", "DaemonSet"];
    let mut written = steps.iter().filter(|it| !matches!(it.attempt, Attempt::Unchanged { .. }));
    let workload = written.find(|it| {
        let resource = &it.intent.address.resource;
        resource.group == "apps" && ROLLED_OUT.contains(&resource.kind.as_str())
    });
    let Some(workload) = workload else { return String::new() };
    let address = &workload.intent.address;
    let namespace = address.namespace.as_deref().unwrap_or_default();
    let (singular, name) = (&address.resource.singular, &address.name);
    format!("kubernetes_wait resource={singular}/{name} namespace={namespace} for=rollout")
}
