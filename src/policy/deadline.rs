use std::time::Duration;

use async_trait::async_trait;
use globset::GlobMatcher;
use tokio::{sync::watch, time::Instant};

use super::{Call, Next, Outcome, Policy};
use crate::tool::ToolError;

/// Gives every call a limited time to answer. While a person is asked, the clock stands still.
pub struct Deadline {
    usual: Duration,
    /// By tool name, the first that matches; for tools that wait for something.
    special: Vec<(GlobMatcher, Duration)>,
}

impl Deadline {
    pub fn new(usual: Duration, special: Vec<(GlobMatcher, Duration)>) -> Self {
        Self { usual, special }
    }

    fn limit(&self, name: &str) -> Duration {
        let special = self.special.iter().find(|(names, _)| names.is_match(name));
        special.map_or(self.usual, |(_, limit)| *limit)
    }
}

#[async_trait]
impl Policy for Deadline {
    async fn around(&self, mut call: Call, next: Next<'_>) -> Outcome {
        let limit = self.limit(call.subject.name());
        call.session = call.session.until((Instant::now() + limit).into_std());
        let asking = call.session.asking();
        tokio::select! {
            outcome = next.run(call) => outcome,
            () = spent(limit, asking) => Err(ToolError::TimedOut(limit)),
        }
    }
}

/// Resolves when so much time has passed in which no person was waited for.
async fn spent(mut left: Duration, mut asking: watch::Receiver<bool>) {
    loop {
        let started = Instant::now();
        tokio::select! {
            () = tokio::time::sleep(left) => return,
            Ok(_) = asking.wait_for(|it| *it) => {}
        }
        left = left.saturating_sub(started.elapsed());
        if asking.wait_for(|it| !*it).await.is_err() {
            return;
        }
    }
}
