//! What is said of a job that ran: how it ended, what it wrote, and what is left of it.

use tokio::time::Instant;

use super::{
    follow::{End, Outcome},
    made::Left,
};
use crate::{
    output::{Document, Keep},
    tool::ToolError,
    toolsets::kubernetes::{address::Address, changed::warned},
};

pub(super) struct Answer<'a> {
    pub(super) address: &'a Address,
    pub(super) outcome: Result<Outcome, ToolError>,
    pub(super) started: Instant,
    pub(super) warnings: Vec<String>,
    pub(super) logs: Result<Document, ToolError>,
    pub(super) left: Option<Left>,
}

impl Answer<'_> {
    pub(super) fn document(self) -> Result<Document, ToolError> {
        let last = self.rest();
        let Self { address, outcome, started, warnings, logs, .. } = self;
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(error) => {
                let text = format!("{address} cannot be followed: {error}; {last}");
                return Err(ToolError::Failed(text));
            }
        };
        let seconds = started.elapsed().as_secs();
        let mut document =
            Document::new().note(format!("{address} {}", told(&outcome.end, seconds)));
        for container in outcome.containers {
            document = document.note(container);
        }
        if !outcome.said.is_empty() {
            document =
                document.untrusted("status of its pods", outcome.said.join("\n"), Keep::Head);
        }
        for warning in warnings {
            document = document.note(warned(&warning));
        }
        let document = match logs {
            Ok(logs) => document.and(logs),
            Err(error) => document.note(format!("its logs cannot be read: {error}")),
        };
        Ok(document.note(last))
    }

    fn rest(&self) -> String {
        match &self.left {
            None => "the job and its pods are deleted".to_owned(),
            Some(Left { why }) => format!(
                "{} could not be deleted: {why}; it ends and deletes itself by its own limits (activeDeadlineSeconds, ttlSecondsAfterFinished)",
                self.address
            ),
        }
    }
}

fn told(end: &End, seconds: u64) -> String {
    match end {
        End::Succeeded => format!("succeeded after {seconds} s"),
        End::Failed(why) => format!("failed after {seconds} s: {why}"),
        End::Stuck(why) => format!("could not begin, and was stopped after {seconds} s: {why}"),
        End::TimeUp(seen) => {
            format!("had not ended after {seconds} s, and was stopped; seen last: {seen}")
        }
        End::Gone => format!("was deleted by somebody else after {seconds} s"),
    }
}
