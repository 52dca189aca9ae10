//! How many requests a caller may make: some at once, and then so many a second.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// From so many callers on, those whose allowance is whole again are forgotten.
const MANY: usize = 4_096;

/// What every caller may do.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// In which time one more request is allowed.
    pub every: Duration,
    /// How many may come at once.
    pub burst: u32,
}

/// What every caller has done.
pub(super) struct Allowances {
    rate: Rate,
    /// When a caller's allowance is whole again.
    whole_at: Mutex<HashMap<Arc<str>, Instant>>,
}

/// What is left of an allowance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    /// Until all of it is there again.
    pub(super) whole_in: Duration,
    /// Until the next request is allowed, if this one is not.
    pub(super) refused_for: Option<Duration>,
}

impl Allowances {
    pub(super) fn new(rate: Rate) -> Self {
        Self { rate, whole_at: Mutex::default() }
    }

    /// Takes one request from a caller's allowance, if there is one left.
    pub(super) fn take(&self, caller: &Arc<str>, now: Instant) -> Left {
        let Rate { every, burst } = self.rate;
        let mut known = self.whole_at.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MANY {
            known.retain(|_, whole_at| *whole_at > now);
        }
        let whole_at = known.get(caller).map_or(now, |it| (*it).max(now));
        let (owed, most) = (whole_at.saturating_duration_since(now), every * burst);
        let after = owed + every;
        let Some(left) = most.checked_sub(after) else {
            let refused_for = Some(after.saturating_sub(most));
            return Left { limit: burst, remaining: 0, whole_in: owed, refused_for };
        };
        known.insert(Arc::clone(caller), now + after);
        let remaining = left.as_nanos().checked_div(every.as_nanos()).unwrap_or_default();
        let remaining = remaining.try_into().unwrap_or(u32::MAX);
        Left { limit: burst, remaining, whole_in: after, refused_for: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { every: Duration::from_millis(100), burst: 3 };

    #[test]
    fn a_burst_is_let_through_and_then_one_request_at_a_time() {
        let (allowances, caller, start) = (Allowances::new(RATE), Arc::from("ci"), Instant::now());
        let at = |ms: u64| allowances.take(&caller, start + Duration::from_millis(ms));
        assert_eq!([at(0), at(0), at(0)].map(|it| it.remaining), [2, 1, 0]);
        let refused = at(30);
        assert_eq!(refused.refused_for, Some(Duration::from_millis(70)));
        assert_eq!(refused.whole_in, Duration::from_millis(270));
        assert_eq!(at(100).refused_for, None);
        assert!(at(100).refused_for.is_some());
        assert_eq!(at(5_000).remaining, 2);
    }

    #[test]
    fn one_caller_takes_nothing_from_another_and_whoever_is_silent_is_forgotten() {
        let (allowances, start) = (Allowances::new(RATE), Instant::now());
        let caller = |number: usize| Arc::from(number.to_string());
        for number in 0..2 * MANY {
            let time = start + Duration::from_millis(number.try_into().unwrap());
            assert_eq!(allowances.take(&caller(number), time).remaining, 2);
        }
        assert!(allowances.whole_at.lock().unwrap().len() <= MANY);
    }
}
