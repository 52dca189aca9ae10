use std::time::Duration;

use super::Question;
use crate::output::clip;

/// In characters, of all texts of an error together: what is longer says no more.
const LONGEST: usize = 4_000;

/// Of the problems with the arguments of one call, these are told.
const MOST_PROBLEMS: usize = 20;

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
    #[error("refused: {way}")]
    ClientLacks {
        capability: &'static str,
        /// What it is needed for, and how to go on without it.
        way: String,
    },
}

impl ToolError {
    pub fn invalid(problem: impl Into<String>) -> Self {
        Self::InvalidArguments(vec![problem.into()])
    }

    /// For what cannot be done at all without that capability.
    pub fn client_lacks(capability: &'static str) -> Self {
        Self::ClientLacks {
            capability,
            way: format!("this needs a client that supports {capability}"),
        }
    }

    /// One word for metrics and the audit log.
    pub fn label(&self) -> &'static str {
        match self {
            Self::InvalidArguments(_) => "invalid_arguments",
            Self::Refused(_) | Self::ClientLacks { .. } => "refused",
            Self::NotFound(_) => "not_found",
            Self::Conflict(_) => "conflict",
            Self::Unavailable(_) => "unavailable",
            Self::Busy(_) => "busy",
            Self::TimedOut(_) => "timed_out",
            Self::Failed(_) => "failed",
            Self::NeedsInput(_) => "needs_input",
        }
    }

    /// What it says without the word for its kind, for a sentence that goes on with it: `cannot be had: no answer within 4 s`.
    pub fn reason(&self) -> String {
        match self {
            Self::InvalidArguments(problems) => problems.join("; "),
            Self::Refused(text)
            | Self::NotFound(text)
            | Self::Conflict(text)
            | Self::Unavailable(text)
            | Self::Busy(text)
            | Self::Failed(text)
            | Self::ClientLacks { way: text, .. } => text.clone(),
            Self::TimedOut(_) | Self::NeedsInput(_) => self.to_string(),
        }
    }

    /// The same error as it leaves: every text rewritten, which is how errors are redacted, and no longer than anybody reads.
    /// Questions have been rewritten when they were asked, and are never cut.
    #[must_use]
    pub fn rewritten(self, rewrite: impl Fn(&str) -> String) -> Self {
        let rewrite = |text: &str| bounded(rewrite(text), LONGEST);
        match self {
            Self::InvalidArguments(problems) => Self::InvalidArguments(few(&problems, rewrite)),
            Self::Refused(text) => Self::Refused(rewrite(&text)),
            Self::NotFound(text) => Self::NotFound(rewrite(&text)),
            Self::Conflict(text) => Self::Conflict(rewrite(&text)),
            Self::Unavailable(text) => Self::Unavailable(rewrite(&text)),
            Self::Busy(text) => Self::Busy(rewrite(&text)),
            Self::Failed(text) => Self::Failed(rewrite(&text)),
            Self::ClientLacks { capability, way } => {
                Self::ClientLacks { capability, way: rewrite(&way) }
            }
            other @ (Self::TimedOut(_) | Self::NeedsInput(_)) => other,
        }
    }
}

/// The first problems, as many as somebody corrects at once, and how many more there are.
fn few(problems: &[String], rewrite: impl Fn(&str) -> String) -> Vec<String> {
    let (mut told, mut left) = (Vec::new(), LONGEST);
    for problem in problems.iter().take(MOST_PROBLEMS) {
        let text = bounded(rewrite(problem), left);
        left = left.saturating_sub(text.chars().count());
        told.push(text);
        if left == 0 {
            break;
        }
    }
    let more = problems.len() - told.len();
    told.extend((more > 0).then(|| format!("and {more} more")));
    told
}

fn bounded(mut text: String, chars: usize) -> String {
    clip(&mut text, chars);
    text
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

#[cfg(test)]
mod tests {
    use super::*;

    fn invalid(problems: Vec<String>) -> String {
        ToolError::InvalidArguments(problems).rewritten(str::to_owned).to_string()
    }

    #[test]
    fn of_ten_thousand_problems_the_first_are_told_and_how_many_more_there_are() {
        let text = invalid((0..10_000).map(|it| format!("unknown argument `{it}`")).collect());
        assert!(text.contains("\n- unknown argument `19`\n- and 9980 more"), "{text}");
        assert!(!text.contains("`20`"), "{text}");
        assert_eq!(invalid(vec!["a".into(), "b".into()]), "invalid arguments:\n- a\n- b");
    }

    #[test]
    fn a_sentence_goes_on_with_what_an_error_says_and_not_with_its_kind() {
        let errors = [
            (ToolError::Unavailable("it is down".into()), "it is down"),
            (ToolError::Refused("it is read-only".into()), "it is read-only"),
            (ToolError::InvalidArguments(vec!["a".into(), "b".into()]), "a; b"),
            (ToolError::client_lacks("sampling"), "this needs a client that supports sampling"),
            (ToolError::TimedOut(Duration::from_secs(2)), "no answer within 2 s"),
        ];
        for (error, says) in errors {
            assert_eq!(error.reason(), says);
        }
    }

    #[test]
    fn no_error_is_long_however_long_its_texts_are() {
        let long = "x".repeat(100_000);
        let errors = [
            invalid(vec![long.clone(); 30]),
            ToolError::Failed(long.clone()).rewritten(str::to_owned).to_string(),
            ToolError::Refused(String::new()).rewritten(|_| long.clone()).to_string(),
        ];
        for error in errors {
            assert!(error.chars().count() < LONGEST + 100, "{}", error.chars().count());
        }
    }
}
