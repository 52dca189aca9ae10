//! Applies what was tried, one rank after the other, and stops at the first failure.

use std::{
    ops::Range,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use super::{
    Plan, dependency, established,
    one::One,
    outcome::{self, Kept, Outcome},
    rank::rank,
    side_by_side,
    step::{Attempt, Step},
    trial::{Failure, Trials},
};
use crate::{
    output::Document,
    tool::{Session, ToolError},
    toolsets::kubernetes::{
        address::Address,
        changed::{self, Changed},
        late::is_late,
    },
};

pub(super) struct Carrying<'a> {
    plan: Plan,
    session: &'a Session,
    /// One a step, as far as there are any.
    outcomes: Vec<Option<Outcome>>,
    deleted: Vec<Changed>,
    stop: AtomicBool,
    /// How many have been written.
    written: AtomicUsize,
}

impl<'a> Carrying<'a> {
    pub(super) fn new(plan: Plan, session: &'a Session) -> Self {
        let outcomes = plan.steps.iter().map(|_| None).collect();
        let (deleted, stop, written) = (Vec::new(), AtomicBool::default(), AtomicUsize::default());
        Self { plan, session, outcomes, deleted, stop, written }
    }

    /// All that was planned, or the error that says how far it came.
    pub(super) async fn finish(mut self) -> Result<Self, ToolError> {
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
        self.prune().await?;
        Ok(self)
    }

    /// Deletes what is no member any more.
    async fn prune(&mut self) -> Result<(), ToolError> {
        while let Some(doomed) = self.plan.doomed.first() {
            if self.is_too_late() {
                return Err(self.broken_off());
            }
            match doomed.delete(&self.plan.cluster, self.session).await {
                Ok(changed) => self.deleted.push(changed),
                Err(error) => return Err(self.broken_off_by(error)),
            }
            self.plan.doomed.remove(0);
        }
        self.narrow_set().await.map_err(|it| self.broken_off_by(it))
    }

    async fn apply_all(&mut self, range: Range<usize>) {
        let steps = self.plan.steps.get(range.clone()).unwrap_or_default();
        let outcomes = side_by_side(steps.iter().map(|it| self.outcome(it)).collect()).await;
        for (place, outcome) in range.zip(outcomes) {
            self.keep(place, outcome);
        }
    }

    fn keep(&mut self, place: usize, outcome: Outcome) {
        if matches!(outcome, Outcome::Failed(..)) {
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
        let outcome =
            One { cluster: &self.plan.cluster, session: self.session, step }.apply().await;
        match outcome {
            Outcome::Failed(..) => self.stop.store(true, Ordering::Relaxed),
            Outcome::Done { is_written: true, .. } => self.tell(step).await,
            Outcome::Done { .. } | Outcome::NotTried => {}
        }
        outcome
    }

    async fn tell(&self, step: &Step) {
        let written = self.written.fetch_add(1, Ordering::Relaxed) + 1;
        let all = self.plan.steps.iter().filter(|it| it.affected().is_some()).count();
        let message = format!("{} applied, {written} of {all}", step.intent.address);
        #[expect(clippy::cast_precision_loss, reason = "there are at most a thousand documents")]
        let (done, all) = (written as f64, all as f64);
        self.session.progress(done, Some(all), &message).await;
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
                (Err(error), _) => self.keep(place, Outcome::Failed(error, Kept::No)),
                _ => {}
            }
        }
    }

    async fn verified(&self, step: &Step) -> Result<Attempt, Failure> {
        let cluster = &self.plan.cluster;
        let deadline = self.session.deadline();
        let failed = |error| Failure { api: None, error };
        let trials = Trials { cluster, force: false, set: self.plan.set.as_ref() };
        let trying = async {
            loop {
                if !step.intent.is_known {
                    established::served(cluster, &step.intent, deadline).await?;
                }
                match trials.attempt_known(&step.intent).await {
                    // What is told of is not served everywhere at once.
                    Err(failure) if failure.is_unknown_kind() && !step.intent.is_known => {
                        established::pause(&step.intent, deadline).await?;
                    }
                    outcome => return Ok(outcome),
                }
            }
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

    fn broken_off(&mut self) -> ToolError {
        let late = "time is up, and it was broken off (policy.timeouts: kubectl_apply)";
        self.broken_off_by(ToolError::Failed(late.to_owned()))
    }

    fn broken_off_by(&mut self, error: ToolError) -> ToolError {
        let doomed: Vec<String> = self.plan.doomed.iter().map(ToString::to_string).collect();
        let outcomes = std::mem::take(&mut self.outcomes);
        outcome::broken_off(&self.plan.steps, outcomes, (self.deleted.len(), &doomed), error)
    }

    /// The workloads and whatever else was written.
    pub(super) fn written(&self) -> Vec<&Address> {
        let steps = self.plan.steps.iter();
        let written = steps.filter(|it| !matches!(it.attempt, Attempt::Unchanged { .. }));
        written.map(|it| &it.intent.address).collect()
    }

    /// `next` is the call that shows how it goes on.
    pub(super) fn document(self, next: &str) -> Document {
        let outcomes = self.outcomes.into_iter().flatten();
        let changes = outcomes.filter_map(|it| match it {
            Outcome::Done { changed, .. } => Some(changed),
            Outcome::Failed(..) | Outcome::NotTried => None,
        });
        let document = changed::document(changes.chain(self.deleted).collect(), "");
        let document = self.plan.notes.into_iter().fold(document, Document::note);
        if next.is_empty() { document } else { document.note(format!("next: {next}")) }
    }
}
