//! Applies what was tried, one rank after the other, and stops at the first failure.

use std::{
    ops::Range,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use super::{
    Plan, dependency, established,
    one::One,
    outcome::{self, Kept, Outcome},
    prune::Doomed,
    rank::rank,
    step::{Attempt, Step},
    trial::{Failure, Trials},
};
use crate::{
    output::{Document, diff},
    tool::{Session, ToolError},
    toolsets::kubernetes::{
        address::Address,
        changed::{self, Changed},
        late::is_late,
        side_by_side::side_by_side,
    },
};

pub(super) struct Carrying<'a> {
    plan: Plan,
    session: &'a Session,
    is_own_limit: bool,
    /// One a step, as far as there are any.
    outcomes: Vec<Option<Outcome>>,
    deleted: Vec<Changed>,
    stop: AtomicBool,
    /// How many have been written.
    written: AtomicUsize,
}

impl<'a> Carrying<'a> {
    /// `is_own_limit` says whether time is up by what this tool allows itself, and not the operator.
    pub(super) fn new(plan: Plan, session: &'a Session, is_own_limit: bool) -> Self {
        let outcomes = plan.steps.iter().map(|_| None).collect();
        let (deleted, stop, written) = (Vec::new(), AtomicBool::default(), AtomicUsize::default());
        Self { plan, session, is_own_limit, outcomes, deleted, stop, written }
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
    async fn narrow_set(&mut self) -> Result<(), ToolError> {
        let Plan { cluster, steps, set: Some(set), narrowed: Some(narrowed), .. } = &self.plan
        else {
            return Ok(());
        };
        let outcomes = steps.iter().zip(&mut self.outcomes);
        let parent =
            outcomes.filter(|(step, _)| step.intent.who.is_set()).find_map(|it| match it {
                (step, Some(Outcome::Done { changed, now, is_written })) => {
                    Some((step, changed, now, is_written))
                }
                _ => None,
            });
        let Some((step, changed, now, is_written)) = parent else { return Ok(()) };
        let narrowing = set.narrow(cluster, narrowed, now);
        let written = cluster.before(self.session.deadline(), narrowing).await?;
        if !*is_written {
            self.session.changed();
        }
        let before = step.attempt.before();
        let diff = diff::changes(before, Some(&written.object), cluster.redactor());
        *changed = Changed::new(&set.address, "configured", &written.object)
            .diff(diff.lines().to_vec())
            .warnings(written.warnings);
        (*now, *is_written) = (written.object, true);
        Ok(())
    }

    fn broken_off(&mut self) -> ToolError {
        let late = if self.is_own_limit {
            "the two minutes that applying may take are over, and it was broken off: apply fewer documents in one call"
        } else {
            "time is up, and it was broken off (policy.timeouts: kubectl_apply)"
        };
        self.broken_off_by(ToolError::Failed(late.to_owned()))
    }

    fn broken_off_by(&mut self, error: ToolError) -> ToolError {
        let outcomes = std::mem::take(&mut self.outcomes);
        let doomed: Vec<&Address> = self.plan.doomed.iter().map(Doomed::address).collect();
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
        changed::with_next(document, next)
    }
}
