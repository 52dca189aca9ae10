//! How soon something is done again: at once, unless it was done many times already.

use std::{collections::VecDeque, time::Duration};

/// So many corrections in `SPAN` are people at work; more are two writers that fight.
const MANY: usize = 5;
const SPAN: Duration = Duration::from_mins(5);
const LONGEST: Duration = Duration::from_mins(1);

/// Pauses between corrections of what others wrote.
#[derive(Debug, Default)]
pub(super) struct Corrections(VecDeque<Duration>);

impl Corrections {
    /// Takes one that was made so long after the start.
    pub(super) fn made(&mut self, at: Duration) {
        self.0.push_back(at);
        // What tells how long to wait; more is not needed.
        while self.0.len() > MANY * 2 {
            self.0.pop_front();
        }
    }

    /// How long the next one waits: nothing, or from 5 seconds to a minute.
    pub(super) fn pause(&self, now: Duration) -> Duration {
        let recent = self.0.iter().filter(|it| now.saturating_sub(**it) < SPAN).count();
        match recent.saturating_sub(MANY) {
            0 => Duration::ZERO,
            steps => doubled(Duration::from_secs(5), steps - 1, LONGEST),
        }
    }
}

/// Pauses after failures: 1 second, 2, 4, at most a minute.
#[derive(Debug, Default)]
pub(super) struct Failures(usize);

impl Failures {
    pub(super) fn none(&mut self) {
        self.0 = 0;
    }

    pub(super) fn one_more(&mut self) -> Duration {
        let pause = doubled(Duration::from_secs(1), self.0, LONGEST);
        self.0 += 1;
        pause
    }
}

fn doubled(first: Duration, times: usize, longest: Duration) -> Duration {
    let factor = 1_u32 << times.min(10);
    (first * factor).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(it: u64) -> Duration {
        Duration::from_secs(it)
    }

    #[test]
    fn a_few_corrections_are_made_at_once_and_many_slow_down() {
        let mut corrections = Corrections::default();
        let mut now = second(100);
        let mut pauses = Vec::new();
        for _ in 0..11 {
            let pause = corrections.pause(now);
            pauses.push(pause.as_secs());
            now += pause;
            corrections.made(now);
        }
        assert_eq!(pauses, [0, 0, 0, 0, 0, 0, 5, 10, 20, 40, 60]);
    }

    #[test]
    fn whoever_has_stopped_fighting_is_corrected_at_once_again() {
        let mut corrections = Corrections::default();
        (0..20).for_each(|_| corrections.made(second(0)));
        assert_eq!(corrections.pause(second(1)), LONGEST);
        assert_eq!(corrections.pause(second(300)), Duration::ZERO);
    }

    #[test]
    fn failures_are_waited_out_for_a_minute_at_most() {
        let mut failures = Failures::default();
        let pauses: Vec<u64> = (0..8).map(|_| failures.one_more().as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
        failures.none();
        assert_eq!(failures.one_more(), second(1));
    }
}
