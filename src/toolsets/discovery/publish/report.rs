//! An attempt to write, and what is told and done because of how it ended.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{
    Compose, Shown, Wanted,
    board::{Concern, count},
    election::Holding,
    outcome::{Obstacle, Outcome, Stop},
    pace::{Corrections, Failures},
    reload::Reloader,
    teller::{Reason, Teller},
    writer::Writer,
};

/// What needs somebody to change something is looked at again so often; a watch or new findings come sooner.
const SLOW: Duration = Duration::from_mins(5);
/// Whoever is told to lead and may not write yet tries again so soon.
const SOON: Duration = Duration::from_secs(1);

pub(super) struct Reporter {
    pub(super) writer: Arc<Writer>,
    pub(super) teller: Arc<Teller>,
    reloader: Option<Reloader>,
    memory: Mutex<Memory>,
}

/// What was before, as far as it counts.
#[derive(Default)]
struct Memory {
    failures: Failures,
    corrections: Corrections,
    /// The term of which the rest is.
    term: i32,
    /// What stood there last.
    before: Option<Wanted>,
    /// A write failed, and may have been made all the same: nobody knows what stood there before it.
    is_in_doubt: bool,
}

impl Reporter {
    pub(super) fn new(writer: Arc<Writer>, teller: Arc<Teller>) -> Self {
        let reloader = writer.settings.reload.clone().and_then(|settings| {
            let started = Reloader::start(settings, Arc::clone(&teller), Arc::clone(&writer.board));
            started.inspect_err(|problem| tracing::warn!("{problem}")).ok()
        });
        Self { writer, teller, reloader, memory: Mutex::default() }
    }

    /// What became of it, and when it is to be tried again; `None` if it need not be.
    pub(super) async fn write(
        &self,
        compose: &Compose,
        shown: Option<&Shown>,
    ) -> (Outcome, Option<Duration>) {
        if let Some(held) = self.writer.lead() {
            self.begin(held);
        }
        let (outcome, wanted) = self.writer.write(compose, shown).await;
        let mut memory = self.memory();
        let again = match (&outcome, wanted) {
            (Outcome::Not(stop), wanted) => {
                memory.is_in_doubt |= wanted.is_some() && stop.obstacle == Obstacle::Passing;
                Some(self.failed(&mut memory, stop))
            }
            (Outcome::Unchanged, Some(wanted)) => {
                self.stands(&mut memory, wanted, false);
                None
            }
            (Outcome::Written { content, drift, created, changes }, Some(wanted)) => {
                let is_new = memory.before.as_ref().is_none_or(|it| it.hash != wanted.hash);
                self.tell_drift(&mut memory, drift.as_deref());
                if *content && is_new {
                    self.tell_published(&wanted, changes);
                }
                self.stands(&mut memory, wanted, *content && !created);
                None
            }
            (_, None) => None,
        };
        (outcome, again)
    }

    /// This one leads in that term. What was before is not known, not even whether `HolmesGPT` was told of it: to be told twice does no
    /// harm.
    pub(super) fn begin(&self, Holding { term, is_reload_owed, .. }: Holding) {
        let mut memory = self.memory();
        if memory.term == term {
            // It was only in doubt for a moment.
            return;
        }
        (memory.term, memory.before) = (term, None);
        if is_reload_owed {
            self.reloader.iter().for_each(Reloader::want);
        }
    }

    /// How long a correction waits now.
    pub(super) fn pause(&self) -> Duration {
        self.memory().corrections.pause(self.writer.clock.now().steady())
    }

    /// What is in the way here is of no interest any more: another one writes.
    pub(super) fn nothing_more(&self) {
        for concern in [Concern::Writing, Concern::Overrides, Concern::Fight, Concern::Watching] {
            self.writer.board.solved(concern);
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is wanted stands there, perhaps in the place of another document.
    fn stands(&self, memory: &mut Memory, wanted: Wanted, is_other: bool) {
        memory.failures.none();
        self.writer.board.solved(Concern::Writing);
        if memory.corrections.pause(self.writer.clock.now().steady()) == Duration::ZERO {
            self.writer.board.solved(Concern::Fight);
        }
        self.tell_overrides(&wanted);
        let was_in_doubt = std::mem::take(&mut memory.is_in_doubt);
        self.reload(memory, &wanted, is_other || was_in_doubt);
        memory.before = Some(wanted);
    }

    fn tell_published(&self, wanted: &Wanted, changes: &[String]) {
        let told = summary(wanted, changes);
        self.teller.tell(Reason::Published, &told, self.writer.uid().as_deref());
    }

    fn tell_drift(&self, memory: &mut Memory, drift: Option<&str>) {
        let Some(drift) = drift else { return };
        count(&self.writer.board.counters.corrected);
        let message = format!("corrected: {drift}");
        self.teller.tell(Reason::DriftCorrected, &message, self.writer.uid().as_deref());
        self.corrected(memory, drift);
    }

    fn corrected(&self, memory: &mut Memory, drift: &str) {
        let now = self.writer.clock.now().steady();
        memory.corrections.made(now);
        let pause = memory.corrections.pause(now);
        if pause > Duration::ZERO {
            let place = &self.writer.settings.place;
            let problem = format!(
                "ConfigMap {place} is changed again and again ({drift}): the next correction waits {pause:?}; find out who else writes it"
            );
            self.writer.board.problem(Concern::Fight, &problem);
        }
    }

    fn tell_overrides(&self, wanted: &Wanted) {
        if wanted.problems.is_empty() {
            self.writer.board.solved(Concern::Overrides);
            return;
        }
        let problems = wanted.problems.join("; ");
        let problem = format!("overrides are left out, and the rest is published: {problems}");
        self.writer.board.problem(Concern::Overrides, &problem);
        self.teller.tell(Reason::OverridesInvalid, &problem, self.writer.uid().as_deref());
    }

    fn failed(&self, memory: &mut Memory, stop: &Stop) -> Duration {
        let board = &self.writer.board;
        if matches!(stop.obstacle, Obstacle::Standby | Obstacle::Changed) {
            // Said by the election, or to whoever asked for it; and no failure.
            return SOON;
        }
        count(&board.counters.failed);
        board.problem(Concern::Writing, &stop.reason);
        if stop.obstacle != Obstacle::Superseded {
            let message = format!("what stood there stays: {}", stop.reason);
            self.teller.tell(Reason::PublishFailed, &message, self.writer.uid().as_deref());
        }
        match stop.obstacle {
            Obstacle::Held | Obstacle::Lasting => SLOW,
            Obstacle::Standby | Obstacle::Changed | Obstacle::Superseded | Obstacle::Passing => {
                memory.failures.one_more()
            }
        }
    }

    /// `HolmesGPT` does not notice by itself that a toolset leads elsewhere. Where another document stood that is not known, one may.
    fn reload(&self, memory: &Memory, wanted: &Wanted, is_other: bool) {
        let Some(reloader) = &self.reloader else { return };
        let leads_elsewhere = |(toolset, endpoint): (&String, &String)| {
            wanted.endpoints.get(toolset).is_some_and(|it| it != endpoint)
        };
        let before = memory.before.as_ref();
        if before.map_or(is_other, |it| it.endpoints.iter().any(leads_elsewhere)) {
            reloader.want();
        }
    }
}

/// `grafana monitoring/grafana was added`, or which content it is if nothing of that kind is new.
fn summary(wanted: &Wanted, changes: &[String]) -> String {
    if changes.is_empty() {
        let short: String = wanted.hash.chars().take(12).collect();
        return format!("the toolset was written (content {short})");
    }
    changes.join("; ")
}
