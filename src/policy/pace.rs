use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tokio::time::Instant;

use super::{Approval, Call, Policy};
use crate::tool::{Preview, ToolError};

const MINUTE: Duration = Duration::from_mins(1);

/// Bounds how many calls that change something one caller makes in a minute. A question to a person counts as well: it takes
/// their time.
pub struct Pace {
    most: usize,
    recent: Recent,
}

/// When each caller has changed something lately. Outlives a reload.
#[derive(Clone, Default)]
pub struct Recent(Arc<Mutex<HashMap<Arc<str>, VecDeque<Instant>>>>);

impl Pace {
    pub fn new(most: usize, recent: Recent) -> Self {
        Self { most, recent }
    }
}

impl Recent {
    /// Counts one more, or says how long it is until there may be one.
    fn take(&self, caller: &Arc<str>, most: usize) -> Result<(), Duration> {
        let now = Instant::now();
        let mut callers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        callers.retain(|_, calls| calls.back().is_some_and(|it| now - *it < MINUTE));
        let calls = callers.entry(Arc::clone(caller)).or_default();
        while calls.front().is_some_and(|it| now - *it >= MINUTE) {
            calls.pop_front();
        }
        match calls.front() {
            Some(first) if calls.len() >= most => Err(MINUTE.saturating_sub(now - *first)),
            _ => {
                calls.push_back(now);
                Ok(())
            }
        }
    }
}

#[async_trait]
impl Policy for Pace {
    async fn approve(&self, call: &Call, _: &Preview) -> Result<Approval, ToolError> {
        let taken = self.recent.take(&call.session.caller.name, self.most);
        taken.map(|()| Approval::Granted).map_err(|wait| {
            ToolError::Busy(format!(
                "{} changes in a minute are the most (policy.changes_per_minute): wait {} s, or change more in one call",
                self.most,
                wait.as_secs() + 1
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_was_fast_waits_for_the_rest_of_a_minute_and_nobody_else_does() {
        let recent = Recent::default();
        let (ann, ben) = (Arc::from("ann"), Arc::from("ben"));
        assert!(recent.take(&ann, 2).is_ok());
        tokio::time::advance(Duration::from_secs(20)).await;
        assert!(recent.take(&ann, 2).is_ok());
        assert_eq!(recent.take(&ann, 2), Err(Duration::from_secs(40)));
        assert!(recent.take(&ben, 2).is_ok());
        tokio::time::advance(Duration::from_secs(40)).await;
        assert!(recent.take(&ann, 2).is_ok());
        assert_eq!(recent.take(&ann, 2), Err(Duration::from_secs(20)));
    }
}
