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
    other.saw(election.farewell(Timestamp::UNIX_EPOCH, false), second(1));
    assert_eq!(transitions(&attempt(&other, second(1)).unwrap()), 2);
}

#[test]
fn a_reload_may_be_owed_by_whoever_gave_nothing_back_and_is_by_whoever_says_so() {
    let (election, lease) = leader();
    let given_back = |owed| election.farewell(Timestamp::UNIX_EPOCH, owed).unwrap();
    for (before, owed) in [(lease, true), (given_back(false), false), (given_back(true), true)] {
        let mut other = candidate("b");
        other.saw(Some(before), second(0));
        let taken = attempt(&other, second(15)).unwrap();
        other.won(taken, second(15));
        assert_eq!(other.holding(second(15)).unwrap().is_reload_owed, owed);
        let renewed = attempt(&other, second(16)).unwrap();
        other.won(renewed, second(16));
        assert_eq!(other.holding(second(16)).unwrap().is_reload_owed, owed);
        let next = other.farewell(Timestamp::UNIX_EPOCH, false).unwrap();
        assert!(!is_reload_owed(&next), "it is told now: {next:?}");
    }
}

#[test]
fn whoever_does_not_hold_the_lease_gives_nothing_back() {
    let (_, lease) = leader();
    let mut other = candidate("b");
    other.saw(Some(lease), second(0));
    assert_eq!(other.farewell(Timestamp::UNIX_EPOCH, true), None);
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
