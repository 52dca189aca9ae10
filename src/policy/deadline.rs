use std::time::Duration;

use async_trait::async_trait;
use globset::GlobMatcher;
use tokio::time::Instant;

use super::{Call, Next, Outcome, Policy};
use crate::tool::ToolError;

/// Gives every call a limited time to answer.
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
        let deadline = Instant::now() + limit;
        call.session = call.session.until(deadline.into_std());
        let outcome = tokio::time::timeout_at(deadline, next.run(call)).await;
        outcome.unwrap_or(Err(ToolError::TimedOut(limit)))
    }
}
