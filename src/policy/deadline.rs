use std::time::Duration;

use async_trait::async_trait;
use globset::GlobMatcher;
use tokio::time::Instant;

use super::{Call, Next, Outcome, Policy, Subject};
use crate::tool::{Definition, Session, ToolError};

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

    /// Of several tools that answer together, the one with the most time counts.
    fn limit(&self, subject: &Subject) -> Duration {
        subject.tools().into_iter().map(|it| self.of(it)).max().unwrap_or(self.usual)
    }

    /// What the operator says of the tool, what it says of itself, or what is usual.
    fn of(&self, tool: &Definition) -> Duration {
        let special = self.special.iter().find(|(names, _)| names.is_match(tool.name));
        special.map(|(_, limit)| *limit).or(tool.limit).unwrap_or(self.usual)
    }
}

#[async_trait]
impl Policy for Deadline {
    async fn around(&self, mut call: Call, next: Next<'_>) -> Outcome {
        let limit = self.limit(&call.subject);
        call.session = call.session.until((Instant::now() + limit).into_std());
        let session = call.session.clone();
        tokio::select! {
            outcome = next.run(call) => outcome,
            () = passed(&session) => Err(ToolError::TimedOut(limit)),
        }
    }
}

/// Resolves when the session's deadline has passed, which moves on while a person is asked.
async fn passed(session: &Session) {
    let mut asking = session.asking();
    loop {
        let asked = asking.wait_for(|it| !*it).await.is_ok();
        let Some(deadline) = session.deadline().filter(|_| asked) else { return };
        tokio::select! {
            () = tokio::time::sleep_until(deadline.into()) => return,
            Ok(_) = asking.wait_for(|it| *it) => {}
        }
    }
}
