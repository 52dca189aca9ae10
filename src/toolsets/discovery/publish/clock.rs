//! Time as two clocks tell it. One stands still while the machine sleeps, the other is set by people.

use std::time::{Duration, Instant, SystemTime};

/// So long after the start, by each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    steady: Duration,
    wall: Duration,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    steady: Instant,
    wall: SystemTime,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self { steady: Instant::now(), wall: SystemTime::now() }
    }

    pub(super) fn now(&self) -> Moment {
        let wall = SystemTime::now().duration_since(self.wall).unwrap_or_default();
        Moment { steady: self.steady.elapsed(), wall }
    }
}

impl Moment {
    #[cfg(test)]
    pub(super) fn at(steady: Duration, wall: Duration) -> Self {
        Self { steady, wall }
    }

    /// What counts for pauses and the like.
    pub(super) fn steady(self) -> Duration {
        self.steady
    }

    /// What others certainly had since then: by this one waits before one takes what was theirs.
    pub(super) fn at_least_since(self, earlier: Self) -> Duration {
        self.steady.saturating_sub(earlier.steady)
    }

    /// What others may have had since then: by this one gives up what was one's own.
    pub(super) fn at_most_since(self, earlier: Self) -> Duration {
        self.at_least_since(earlier).max(self.wall.saturating_sub(earlier.wall))
    }
}
