//! Who may write, decided by a Lease as Kubernetes' own controllers do it. Nothing here sends anything or looks at a clock.

#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::{
    api::coordination::v1::{Lease, LeaseSpec},
    apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta},
};

use super::{Place, clock::Moment};

/// No term that anybody reached is higher: what says so was written by hand.
pub(super) const HIGHEST_TERM: i32 = 1_000_000_000;

/// On a Lease that was given back by somebody who had still to tell `HolmesGPT` something.
const OWED: &str = "tacklebox.dev/reload-owed";

/// How long a leader leads without a word, and how often it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::toolsets::discovery) struct Timing {
    /// Others wait so long after the last word of a leader.
    pub(in crate::toolsets::discovery) duration: Duration,
    /// A leader that could not renew for so long leads no more. The difference to `duration` is what a request under way may take.
    pub(in crate::toolsets::discovery) renew_within: Duration,
    pub(in crate::toolsets::discovery) retry: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        let [duration, renew_within, retry] = [15, 10, 2].map(Duration::from_secs);
        Self { duration, renew_within, retry }
    }
}

/// The right to write, for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Holding {
    /// Higher than that of everybody who led before.
    pub(super) term: i32,
    /// Whether the leader before may have ended without telling `HolmesGPT` what it had to.
    pub(super) is_reload_owed: bool,
    /// Before the renewal was sent.
    since: Moment,
    good_for: Duration,
}

impl Holding {
    pub(super) fn permits(&self, now: Moment) -> bool {
        now.at_most_since(self.since) < self.good_for
    }

    #[cfg(test)]
    pub(super) fn of(term: i32, since: Moment, good_for: Duration) -> Self {
        Self { term, is_reload_owed: false, since, good_for }
    }
}

#[derive(Debug)]
enum Known {
    Nothing,
    Absent,
    /// And since when it is as it is.
    Present(Box<Lease>, Moment),
}

/// What is to be sent. Both fail if somebody else was faster.
#[derive(Debug, PartialEq)]
pub(super) enum Attempt {
    Create(Lease),
    Replace(Lease),
}

#[derive(Debug)]
pub(super) struct Election {
    me: String,
    timing: Timing,
    metadata: ObjectMeta,
    known: Known,
    held: Option<Holding>,
    /// No term of ours is lower.
    floor: i32,
}

impl Election {
    pub(super) fn new(me: String, place: &Place, timing: Timing) -> Self {
        let metadata = ObjectMeta {
            namespace: Some(place.namespace.clone()),
            name: Some(place.name.clone()),
            ..ObjectMeta::default()
        };
        Self { me, timing, metadata, known: Known::Nothing, held: None, floor: 1 }
    }

    pub(super) fn timing(&self) -> Timing {
        self.timing
    }

    pub(super) fn me(&self) -> &str {
        &self.me
    }

    /// Whether the Lease has to be read before anything can be tried.
    pub(super) fn must_read(&self) -> bool {
        match &self.known {
            Known::Nothing | Known::Absent => true,
            Known::Present(lease, _) => holder(lease) != Some(&self.me),
        }
    }

    /// Takes what was read.
    pub(super) fn saw(&mut self, lease: Option<Lease>, now: Moment) {
        let Some(lease) = lease else {
            (self.known, self.held) = (Known::Absent, None);
            return;
        };
        if holder(&lease) != Some(&self.me) {
            self.held = None;
        }
        let since = match &self.known {
            Known::Present(before, since) if before.spec == lease.spec => *since,
            _ => now,
        };
        self.known = Known::Present(Box::new(lease), since);
    }

    /// What was sent may have been done or not.
    pub(super) fn lost_track(&mut self) {
        self.known = Known::Nothing;
    }

    /// What was sent at that moment has been done.
    pub(super) fn won(&mut self, lease: Lease, sent: Moment) {
        let term = transitions(&lease);
        let good_for = self.timing.renew_within;
        let is_reload_owed = match (&self.known, self.held) {
            (Known::Present(before, _), _) if holder(before) != Some(&self.me) => {
                is_reload_owed(before)
            }
            (Known::Present(..), Some(held)) => held.is_reload_owed,
            // A word of ours whose answer never came.
            (Known::Present(..), None) => true,
            // Nobody led before, or whoever did lives and tells it.
            (Known::Absent | Known::Nothing, _) => false,
        };
        self.held = Some(Holding { term, is_reload_owed, since: sent, good_for });
        self.known = Known::Present(Box::new(lease), sent);
    }

    /// What to send to lead, or to go on leading; `None` while another one may lead. `date` is what people read.
    pub(super) fn attempt(&self, now: Moment, date: Timestamp) -> Option<Attempt> {
        match &self.known {
            Known::Nothing => None,
            Known::Absent => {
                let lease = Lease { metadata: self.metadata.clone(), spec: None };
                Some(Attempt::Create(self.signed(lease, self.floor, date, true)))
            }
            Known::Present(lease, since) => {
                let term = transitions(lease);
                let (term, is_new) = match holder(lease) {
                    Some(it) if it == self.me => (term, term < self.floor),
                    Some(_) if now.at_least_since(*since) < self.patience(lease) => return None,
                    _ => (term.saturating_add(1), true),
                };
                let lease = Lease::clone(lease);
                Some(Attempt::Replace(self.signed(lease, term.max(self.floor), date, is_new)))
            }
        }
    }

    /// Gives the Lease back, if it is ours: whoever waits need not wait for its end. The next one hears of it if a reload is owed.
    pub(super) fn farewell(&self, date: Timestamp, is_reload_owed: bool) -> Option<Lease> {
        let Known::Present(lease, _) = &self.known else { return None };
        let mut lease = Lease::clone(lease);
        let spec =
            lease.spec.as_mut().filter(|it| it.holder_identity.as_ref() == Some(&self.me))?;
        spec.holder_identity = Some(String::new());
        spec.lease_duration_seconds = Some(1);
        spec.renew_time = Some(MicroTime(date));
        if is_reload_owed {
            let annotations = lease.metadata.annotations.get_or_insert_default();
            annotations.insert(OWED.to_owned(), "true".to_owned());
        }
        Some(lease)
    }

    pub(super) fn resign(&mut self) {
        self.held = None;
    }

    pub(super) fn holding(&self, now: Moment) -> Option<Holding> {
        self.held.filter(|it| it.permits(now))
    }

    /// Whoever holds the Lease, as far as it is known.
    pub(super) fn leader(&self) -> Option<&str> {
        let Known::Present(lease, _) = &self.known else { return None };
        holder(lease)
    }

    /// Something was written in that term: ours is to be a higher one. So it is after a Lease was deleted, and counts anew.
    pub(super) fn outdo(&mut self, term: i32) {
        self.floor = self.floor.max(term.min(HIGHEST_TERM).saturating_add(1));
    }

    /// The other's own word counts, unless it asks for less than is usual here.
    fn patience(&self, lease: &Lease) -> Duration {
        let said = lease.spec.as_ref().and_then(|it| it.lease_duration_seconds);
        let said =
            said.and_then(|it| u64::try_from(it).ok()).map_or(Duration::ZERO, Duration::from_secs);
        said.max(self.timing.duration)
    }

    fn signed(&self, lease: Lease, term: i32, date: Timestamp, is_new: bool) -> Lease {
        let date = MicroTime(date);
        let before = lease.spec.unwrap_or_default();
        let acquired = if is_new { Some(date.clone()) } else { before.acquire_time };
        // Whole seconds are what a Lease can say; never less than is meant.
        let seconds = self.timing.duration.as_millis().div_ceil(1000);
        let spec = LeaseSpec {
            holder_identity: Some(self.me.clone()),
            lease_duration_seconds: i32::try_from(seconds).ok(),
            acquire_time: acquired,
            renew_time: Some(date),
            lease_transitions: Some(term),
            ..before
        };
        let mut metadata = lease.metadata;
        metadata.annotations.as_mut().map(|it| it.remove(OWED));
        Lease { metadata, spec: Some(spec) }
    }
}

fn holder(lease: &Lease) -> Option<&str> {
    lease.spec.as_ref()?.holder_identity.as_deref().filter(|it| !it.is_empty())
}

/// Whoever gives the Lease back says whether something is owed; of whoever does not, nobody knows.
fn is_reload_owed(lease: &Lease) -> bool {
    let annotations = lease.metadata.annotations.as_ref();
    holder(lease).is_some() || annotations.is_some_and(|it| it.contains_key(OWED))
}

fn transitions(lease: &Lease) -> i32 {
    lease.spec.as_ref().and_then(|it| it.lease_transitions).unwrap_or_default()
}
