//! What reviewers have said, remembered for a moment: neither a busy caller nor a flood of guesses reaches them every time.

#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex as Guarded, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use secrecy::SecretString;
use tokio::{
    sync::{Mutex, Semaphore, SemaphorePermit},
    time::{Instant, sleep, timeout_at},
};

use super::{
    Pass,
    review::{Reviewer, Unreachable, Verdict},
    source::{Digest, digest},
};
use crate::tool::Caller;

/// How long a yes counts. Whoever loses a right has it for so long still.
const POSITIVE: Duration = Duration::from_secs(30);
/// How long a no counts. Whoever gets a right waits for so long.
const NEGATIVE: Duration = Duration::from_secs(10);
/// How long it counts that nothing could be said: a cluster that is down is not asked by each request anew.
const UNSAID: Duration = Duration::from_secs(1);
/// What somebody came in by goes on for so long while nobody can say whether they still may.
const UNCONFIRMED: Duration = Duration::from_mins(10);
/// So many tokens are remembered.
const MOST: usize = 1_024;
/// So many reviews are under way at once, and as many more of those who came in before.
const AT_ONCE: usize = 8;
/// How long a request waits for what is said of it.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why somebody does not come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::server) enum Rejected {
    Unknown,
    Forbidden {
        name: String,
        why: String,
    },
    /// Nobody could say whether they may.
    Unreachable,
}

pub(in crate::server) struct Reviews {
    reviewer: Arc<dyn Reviewer>,
    slots: Guarded<HashMap<Digest, Arc<Slot>>>,
    turns: Turns,
    count: AtomicU64,
}

/// Those who came in before have turns of their own: guesses that wait do not hold them up.
struct Turns {
    admitted: Semaphore,
    strangers: Semaphore,
}

/// One token. Whoever shows it while it is reviewed waits for that review.
struct Slot {
    /// Smaller for what came earlier.
    number: u64,
    admitted: AtomicBool,
    known: Mutex<Known>,
}

/// What is known of a token.
#[derive(Default)]
struct Known {
    /// What was said of it, and until when that counts.
    said: Option<(Result<Pass, Rejected>, Instant)>,
    /// What its holder came in by last.
    pass: Option<Pass>,
}

impl Reviews {
    pub(in crate::server) fn new(reviewer: Arc<dyn Reviewer>) -> Self {
        let [admitted, strangers] = [AT_ONCE; 2].map(Semaphore::new);
        let turns = Turns { admitted, strangers };
        Self { reviewer, slots: Guarded::default(), turns, count: AtomicU64::default() }
    }

    /// The right of whoever shows that token to come in.
    pub(in crate::server) async fn pass(&self, token: &str) -> Result<Pass, Rejected> {
        let end = Instant::now() + PATIENCE;
        let digest = digest(token);
        let slot = self.slot(digest);
        let Ok(mut known) = timeout_at(end, slot.known.lock()).await else {
            return Err(Rejected::Unreachable);
        };
        if let Some(fresh) = known.fresh() {
            return fresh;
        }
        let Ok(_turn) = timeout_at(end, self.turn(&slot)).await else {
            return Err(Rejected::Unreachable);
        };
        let begun = Instant::now();
        let asked = timeout_at(end, self.reviewer.review(&SecretString::from(token))).await;
        if asked.is_err() && end - begun < PATIENCE / 2 {
            // Whoever came to their turn late has not waited long enough to know that nobody answers.
            return Err(Rejected::Unreachable);
        }
        let silent = || Err(Unreachable(format!("no answer in {PATIENCE:?}")));
        match asked.unwrap_or_else(|_| silent()) {
            Ok(verdict) => {
                let outcome = known.decide(verdict, digest);
                slot.admitted.store(outcome.is_ok(), Ordering::Relaxed);
                outcome
            }
            Err(error) => {
                tracing::warn!(%error, "callers cannot be reviewed");
                known.say(Err(Rejected::Unreachable), UNSAID)
            }
        }
    }

    /// Ends when whoever came in by that may not any more, or nobody could say for long that they still may. Nothing else tells of a
    /// token that is taken away elsewhere.
    pub(in crate::server) async fn lost(&self, pass: &Pass, token: &str) {
        let mut confirmed = Instant::now();
        loop {
            sleep(POSITIVE).await;
            match self.pass(token).await {
                Ok(now) if now.is(pass) => confirmed = Instant::now(),
                Err(Rejected::Unreachable) if confirmed.elapsed() < UNCONFIRMED => {}
                Ok(_) | Err(_) => return pass.revoked().cancel(),
            }
        }
    }

    /// `None` if there are none any more, which nobody says.
    async fn turn(&self, slot: &Slot) -> Option<SemaphorePermit<'_>> {
        let was_admitted = slot.admitted.load(Ordering::Relaxed);
        let turns = if was_admitted { &self.turns.admitted } else { &self.turns.strangers };
        turns.acquire().await.ok()
    }

    /// Where there is no room left, what nobody has come in by goes first, and then what came earliest.
    fn slot(&self, digest: Digest) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(&digest) {
            return Arc::clone(slot);
        }
        if slots.len() >= MOST {
            let worth = |it: &Slot| (it.admitted.load(Ordering::Relaxed), it.number);
            let least = slots.iter().min_by_key(|(_, it)| worth(it)).map(|(digest, _)| *digest);
            least.map(|it| slots.remove(&it));
        }
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let (admitted, known) = (AtomicBool::default(), Mutex::default());
        let slot = Arc::new(Slot { number, admitted, known });
        slots.insert(digest, Arc::clone(&slot));
        slot
    }
}

impl Known {
    fn fresh(&self) -> Option<Result<Pass, Rejected>> {
        let (outcome, until) = self.said.as_ref()?;
        (Instant::now() < *until).then(|| outcome.clone())
    }

    fn say(&mut self, outcome: Result<Pass, Rejected>, counts: Duration) -> Result<Pass, Rejected> {
        self.said = Some((outcome.clone(), Instant::now() + counts));
        outcome
    }

    /// The right that somebody had before stays the same if they are the same; otherwise all that came in by it ends.
    fn decide(&mut self, verdict: Verdict, digest: Digest) -> Result<Pass, Rejected> {
        let outcome = match verdict {
            Verdict::Known { name, groups } => {
                Ok(Pass::reviewed(Caller::authenticated(&name, &groups), digest))
            }
            Verdict::Unknown => Err(Rejected::Unknown),
            Verdict::Forbidden { name, why } => Err(Rejected::Forbidden { name, why }),
        };
        let outcome = match (self.pass.take(), outcome) {
            (Some(before), Ok(now)) if before.is(&now) && !before.revoked().is_cancelled() => {
                Ok(before)
            }
            (Some(before), outcome) => {
                before.revoked().cancel();
                outcome
            }
            (None, outcome) => outcome,
        };
        self.pass = outcome.as_ref().ok().cloned();
        let counts = if outcome.is_ok() { POSITIVE } else { NEGATIVE };
        self.say(outcome, counts)
    }
}
