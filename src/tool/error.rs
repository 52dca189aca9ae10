use std::time::Duration;

use super::Question;

/// Why a call did not do what was asked. The variants differ by what the model should do next.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// Correct the arguments and call again.
    #[error("invalid arguments:\n- {}", .0.join("\n- "))]
    InvalidArguments(Vec<String>),
    /// Do not try again: a policy, a right or a person said no.
    #[error("refused: {0}")]
    Refused(String),
    /// Look for the right name.
    #[error("not found: {0}")]
    NotFound(String),
    /// Look at what is there now, then decide again.
    #[error("conflict: {0}")]
    Conflict(String),
    /// Nothing is wrong with the call: try again when the backend is back.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// Nothing is wrong with the call or the backend: try again in a moment, and with fewer calls at a time.
    #[error("busy: {0}")]
    Busy(String),
    /// Ask for less, or try again later.
    #[error("no answer within {}", seconds(.0))]
    TimedOut(Duration),
    #[error("failed: {0}")]
    Failed(String),
    /// Not a failure: the client has to answer these questions first, and then calls again.
    #[error("the client has to answer first: {}", keys(.0))]
    NeedsInput(Vec<Question>),
    /// The client did not declare the capability that this call cannot do without.
    #[error("refused: this needs a client that supports {0}")]
    ClientLacks(&'static str),
}

impl ToolError {
    pub fn invalid(problem: impl Into<String>) -> Self {
        Self::InvalidArguments(vec![problem.into()])
    }

    /// One word for metrics and the audit log.
    pub fn label(&self) -> &'static str {
        match self {
            Self::InvalidArguments(_) => "invalid_arguments",
            Self::Refused(_) | Self::ClientLacks(_) => "refused",
            Self::NotFound(_) => "not_found",
            Self::Conflict(_) => "conflict",
            Self::Unavailable(_) => "unavailable",
            Self::Busy(_) => "busy",
            Self::TimedOut(_) => "timed_out",
            Self::Failed(_) => "failed",
            Self::NeedsInput(_) => "needs_input",
        }
    }

    /// The same error with every text in it rewritten, which is how errors are redacted.
    #[must_use]
    pub fn map_text(self, rewrite: impl Fn(&str) -> String) -> Self {
        match self {
            Self::InvalidArguments(problems) => {
                Self::InvalidArguments(problems.iter().map(|it| rewrite(it)).collect())
            }
            Self::Refused(text) => Self::Refused(rewrite(&text)),
            Self::NotFound(text) => Self::NotFound(rewrite(&text)),
            Self::Conflict(text) => Self::Conflict(rewrite(&text)),
            Self::Unavailable(text) => Self::Unavailable(rewrite(&text)),
            Self::Busy(text) => Self::Busy(rewrite(&text)),
            Self::Failed(text) => Self::Failed(rewrite(&text)),
            Self::NeedsInput(questions) => {
                Self::NeedsInput(questions.into_iter().map(|it| it.map_text(&rewrite)).collect())
            }
            other @ (Self::TimedOut(_) | Self::ClientLacks(_)) => other,
        }
    }
}

impl From<anyhow::Error> for ToolError {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(format!("{error:#}"))
    }
}

fn seconds(limit: &Duration) -> String {
    if limit.subsec_millis() == 0 {
        format!("{} s", limit.as_secs())
    } else {
        format!("{} ms", limit.as_millis())
    }
}

fn keys(questions: &[Question]) -> String {
    questions.iter().map(|it| it.key.as_str()).collect::<Vec<_>>().join(", ")
}
