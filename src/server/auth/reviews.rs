//! What reviewers have said, remembered for a moment: neither a busy caller nor a flood of guesses reaches them every time.

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
    sync::{Mutex, Semaphore},
    time::{Instant, timeout},
};

use super::{
    Pass,
    review::{Reviewer, Unreachable, Verdict},
    source::{Digest, digest},
};
use crate::tool::Caller;

/// How long a yes counts. Whoever loses a right has it for so long still.
pub(in crate::server) const POSITIVE: Duration = Duration::from_secs(30);
/// How long a no counts. Whoever gets a right waits for so long.
const NEGATIVE: Duration = Duration::from_secs(10);
/// So many tokens are remembered.
const MOST: usize = 1_024;
/// So many reviews are under way at once.
const AT_ONCE: usize = 8;
/// How long a request waits for its review to begin.
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
    turns: Semaphore,
    count: AtomicU64,
}

/// One token. Whoever shows it while it is reviewed waits for that review.
struct Slot {
    /// Smaller for what came earlier.
    number: u64,
    admitted: AtomicBool,
    held: Mutex<Option<Held>>,
}

struct Held {
    outcome: Result<Pass, Rejected>,
    until: Instant,
}

impl Reviews {
    pub(in crate::server) fn new(reviewer: Arc<dyn Reviewer>) -> Self {
        let (slots, turns) = (Guarded::default(), Semaphore::new(AT_ONCE));
        Self { reviewer, slots, turns, count: AtomicU64::default() }
    }

    /// The right of whoever shows that token to come in.
    pub(in crate::server) async fn pass(&self, token: &str) -> Result<Pass, Rejected> {
        let digest = digest(token);
        let slot = self.slot(digest);
        let mut held = slot.held.lock().await;
        if let Some(fresh) = held.as_ref().filter(|it| Instant::now() < it.until) {
            return fresh.outcome.clone();
        }
        let verdict = self.ask(token).await.map_err(|error| {
            tracing::warn!(%error, "callers cannot be reviewed");
            Rejected::Unreachable
        })?;
        let before = held.take().and_then(|it| it.outcome.ok());
        let outcome = decided(verdict, digest, before);
        slot.admitted.store(outcome.is_ok(), Ordering::Relaxed);
        let until = Instant::now() + if outcome.is_ok() { POSITIVE } else { NEGATIVE };
        *held = Some(Held { outcome: outcome.clone(), until });
        outcome
    }

    async fn ask(&self, token: &str) -> Result<Verdict, Unreachable> {
        let turn = timeout(PATIENCE, self.turns.acquire()).await;
        let crowded = || Unreachable("too many tokens wait for their review".to_owned());
        let _turn = turn.ok().and_then(Result::ok).ok_or_else(crowded)?;
        self.reviewer.review(&SecretString::from(token.to_owned())).await
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
        let (admitted, held) = (AtomicBool::default(), Mutex::default());
        let slot = Arc::new(Slot { number, admitted, held });
        slots.insert(digest, Arc::clone(&slot));
        slot
    }
}

/// The right that somebody had before stays the same if they are the same; otherwise all that came in by it ends.
fn decided(verdict: Verdict, digest: Digest, before: Option<Pass>) -> Result<Pass, Rejected> {
    let outcome = match verdict {
        Verdict::Known { name, groups } => {
            Ok(Pass::reviewed(Caller::authenticated(&name, &groups), digest))
        }
        Verdict::Unknown => Err(Rejected::Unknown),
        Verdict::Forbidden { name, why } => Err(Rejected::Forbidden { name, why }),
    };
    match (before, outcome) {
        (Some(before), Ok(now)) if before.is(&now) => Ok(before),
        (Some(before), outcome) => {
            before.revoked().cancel();
            outcome
        }
        (None, outcome) => outcome,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use async_trait::async_trait;
    use secrecy::ExposeSecret;

    use super::*;

    /// Knows whoever's token begins with `good`, until told otherwise, and counts.
    #[derive(Default)]
    struct Counting {
        asked: AtomicUsize,
        under_way: AtomicUsize,
        most: AtomicUsize,
        is_away: AtomicBool,
        has_forgotten: AtomicBool,
    }

    #[async_trait]
    impl Reviewer for Counting {
        async fn review(&self, token: &SecretString) -> Result<Verdict, Unreachable> {
            self.asked.fetch_add(1, Ordering::SeqCst);
            let now = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            tokio::task::yield_now().await;
            self.under_way.fetch_sub(1, Ordering::SeqCst);
            if self.is_away.load(Ordering::SeqCst) {
                return Err(Unreachable("away".to_owned()));
            }
            let is_good = token.expose_secret().starts_with("good");
            Ok(if is_good && !self.has_forgotten.load(Ordering::SeqCst) {
                Verdict::Known { name: "ci".to_owned(), groups: Vec::new() }
            } else {
                Verdict::Unknown
            })
        }
    }

    fn reviews() -> (Arc<Counting>, Reviews) {
        let reviewer = Arc::new(Counting::default());
        (Arc::clone(&reviewer), Reviews::new(reviewer))
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_said_counts_for_a_while_a_no_for_a_shorter_one() {
        let (reviewer, reviews) = reviews();
        let asked = || reviewer.asked.load(Ordering::SeqCst);
        for _ in 0..5 {
            assert!(reviews.pass("good").await.is_ok());
            assert_eq!(reviews.pass("bad").await.err(), Some(Rejected::Unknown));
        }
        assert_eq!(asked(), 2);
        tokio::time::advance(NEGATIVE).await;
        let (_, _) = (reviews.pass("good").await, reviews.pass("bad").await);
        assert_eq!(asked(), 3);
        tokio::time::advance(POSITIVE).await;
        assert!(reviews.pass("good").await.is_ok());
        assert_eq!(asked(), 4);
    }

    #[tokio::test]
    async fn many_requests_with_one_token_are_one_review() {
        let (reviewer, reviews) = reviews();
        let all = futures::future::join_all((0..100).map(|_| reviews.pass("good"))).await;
        assert!(all.iter().all(Result::is_ok));
        assert_eq!(reviewer.asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn ten_thousand_tokens_neither_fill_the_memory_nor_flood_whoever_reviews_them() {
        let (reviewer, reviews) = reviews();
        let known = reviews.pass("good").await.ok().unwrap();
        let guesses: Vec<String> = (0..10_000).map(|it| format!("guess {it}")).collect();
        futures::future::join_all(guesses.iter().map(|it| reviews.pass(it))).await;
        assert!(reviewer.most.load(Ordering::SeqCst) <= AT_ONCE);
        assert!(reviews.slots.lock().unwrap().len() <= MOST);
        let asked = reviewer.asked.load(Ordering::SeqCst);
        assert!(reviews.pass("good").await.is_ok_and(|it| it.is(&known)));
        assert_eq!(reviewer.asked.load(Ordering::SeqCst), asked, "a flood pushes no caller out");
    }

    #[tokio::test(start_paused = true)]
    async fn what_somebody_came_in_by_ends_when_they_are_not_known_any_more_and_not_before() {
        let (reviewer, reviews) = reviews();
        let pass = reviews.pass("good").await.ok().unwrap();
        tokio::time::advance(POSITIVE).await;
        assert!(reviews.pass("good").await.is_ok_and(|it| it.is(&pass)));
        tokio::time::advance(POSITIVE).await;
        reviewer.is_away.store(true, Ordering::SeqCst);
        assert_eq!(reviews.pass("good").await.err(), Some(Rejected::Unreachable));
        assert!(!pass.revoked().is_cancelled());
        reviewer.is_away.store(false, Ordering::SeqCst);
        reviewer.has_forgotten.store(true, Ordering::SeqCst);
        assert_eq!(reviews.pass("good").await.err(), Some(Rejected::Unknown));
        assert!(pass.revoked().is_cancelled());
    }
}
