//! Who may write, decided by a Lease as Kubernetes' own controllers do it. Nothing here sends anything or looks at a clock.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::{
    api::coordination::v1::{Lease, LeaseSpec},
    apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta},
};

use super::{Place, clock::Moment};

/// No term that anybody reached is higher: what says so was written by hand.
pub(super) const HIGHEST_TERM: i32 = 1_000_000_000;

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
        Self { term, since, good_for }
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
        self.held = Some(Holding { term, since: sent, good_for: self.timing.renew_within });
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

    /// Gives the Lease back, if it is ours: whoever waits need not wait for its end.
    pub(super) fn farewell(&self, date: Timestamp) -> Option<Lease> {
        let Known::Present(lease, _) = &self.known else { return None };
        let mut lease = Lease::clone(lease);
        let spec =
            lease.spec.as_mut().filter(|it| it.holder_identity.as_ref() == Some(&self.me))?;
        spec.holder_identity = Some(String::new());
        spec.lease_duration_seconds = Some(1);
        spec.renew_time = Some(MicroTime(date));
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
        Lease { metadata: lease.metadata, spec: Some(spec) }
    }
}

fn holder(lease: &Lease) -> Option<&str> {
    lease.spec.as_ref()?.holder_identity.as_deref().filter(|it| !it.is_empty())
}

fn transitions(lease: &Lease) -> i32 {
    lease.spec.as_ref().and_then(|it| it.lease_transitions).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMING: Timing = Timing {
        duration: Duration::from_secs(15),
        renew_within: Duration::from_secs(10),
        retry: Duration::from_secs(2),
    };

    fn second(it: u64) -> Moment {
        Moment::at(Duration::from_secs(it), Duration::from_secs(it))
    }

    fn candidate(me: &str) -> Election {
        let place = Place { namespace: "shop".to_owned(), name: "lease".to_owned() };
        Election::new(me.to_owned(), &place, TIMING)
    }

    fn attempt(election: &Election, now: Moment) -> Option<Lease> {
        match election.attempt(now, Timestamp::UNIX_EPOCH)? {
            Attempt::Create(lease) | Attempt::Replace(lease) => Some(lease),
        }
    }

    /// A leader that took the Lease at second 0, and the Lease.
    fn leader() -> (Election, Lease) {
        let mut election = candidate("a");
        election.saw(None, second(0));
        let lease = attempt(&election, second(0)).unwrap();
        election.won(lease.clone(), second(0));
        (election, lease)
    }

    #[test]
    fn nothing_is_tried_before_the_lease_was_read() {
        assert_eq!(attempt(&candidate("a"), second(100)), None);
    }

    #[test]
    fn a_leader_leads_until_it_could_not_renew_in_time() {
        let (election, _) = leader();
        assert_eq!(election.holding(second(9)).unwrap().term, 1);
        assert_eq!(election.holding(second(10)), None);
    }

    #[test]
    fn whoever_sees_a_lease_waits_its_whole_duration_from_when_it_last_changed() {
        let (_, mut lease) = leader();
        let mut other = candidate("b");
        other.saw(Some(lease.clone()), second(100));
        assert_eq!(attempt(&other, second(114)), None);
        lease.spec.as_mut().unwrap().renew_time = Some(MicroTime(Timestamp::MAX));
        other.saw(Some(lease.clone()), second(114));
        other.saw(Some(lease), second(120));
        assert_eq!(attempt(&other, second(128)), None);
        let taken = attempt(&other, second(129)).unwrap();
        assert_eq!((holder(&taken), transitions(&taken)), (Some("b"), 2));
    }

    #[test]
    fn a_lease_that_was_given_back_is_taken_at_once() {
        let (election, _) = leader();
        let mut other = candidate("b");
        other.saw(election.farewell(Timestamp::UNIX_EPOCH), second(1));
        assert_eq!(transitions(&attempt(&other, second(1)).unwrap()), 2);
    }

    #[test]
    fn whoever_does_not_hold_the_lease_gives_nothing_back() {
        let (_, lease) = leader();
        let mut other = candidate("b");
        other.saw(Some(lease), second(0));
        assert_eq!(other.farewell(Timestamp::UNIX_EPOCH), None);
    }

    #[test]
    fn a_renewal_keeps_the_term_and_when_it_began() {
        let (election, lease) = leader();
        let renewed = match election.attempt(second(2), Timestamp::MAX) {
            Some(Attempt::Replace(lease)) => lease,
            other => panic!("{other:?}"),
        };
        let (before, after) = (lease.spec.unwrap(), renewed.spec.unwrap());
        assert_eq!(before.acquire_time, after.acquire_time);
        assert_eq!(before.lease_transitions, after.lease_transitions);
        assert_ne!(before.renew_time, after.renew_time);
    }

    #[test]
    fn a_leader_that_sees_another_in_its_place_leads_no_more() {
        let (mut election, lease) = leader();
        let mut other = candidate("b");
        other.saw(Some(lease), second(0));
        election.saw(attempt(&other, second(15)), second(16));
        assert_eq!(election.holding(second(1)), None);
        assert_eq!(election.leader(), Some("b"));
    }

    #[test]
    fn a_machine_that_slept_has_lost_what_its_own_clock_says_it_has() {
        let (election, _) = leader();
        let awake = Moment::at(Duration::from_secs(1), Duration::from_mins(1));
        assert_eq!(election.holding(awake), None);
    }

    #[test]
    fn a_clock_that_was_set_forward_takes_nothing_from_others() {
        let (_, lease) = leader();
        let mut other = candidate("b");
        other.saw(Some(lease), second(0));
        let set = Moment::at(Duration::from_secs(1), Duration::from_hours(1));
        assert_eq!(attempt(&other, set), None);
    }

    #[test]
    fn a_term_that_was_written_already_is_outdone_by_a_leader_who_still_holds_the_lease() {
        let (mut election, _) = leader();
        election.outdo(7);
        let lease = attempt(&election, second(1)).unwrap();
        assert_eq!(transitions(&lease), 8);
        election.won(lease, second(1));
        assert_eq!(election.holding(second(1)).unwrap().term, 8);
    }

    #[test]
    fn an_answer_that_never_came_ends_in_reading_and_not_in_leading() {
        let (mut election, _) = leader();
        election.lost_track();
        assert!(election.must_read());
        assert_eq!(attempt(&election, second(1)), None);
        assert!(election.holding(second(9)).is_some());
    }
}
