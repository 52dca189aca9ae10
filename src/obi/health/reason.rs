//! Why it is not well.

use std::cmp::Reverse;

use std::fmt;

use serde::Serialize;

use crate::obi::log::Problem;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It does what it was told to.
    Ready,
    /// It does only part of that, or nothing shows that it does.
    Degraded,
    /// It does nothing of that.
    Unavailable,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// How it would be for this reason alone.
    pub state: State,
    /// For programs: `nothing-instrumented`.
    pub name: String,
    /// In plain words.
    pub text: String,
    /// What to do; empty where there is nothing to do.
    pub fix: String,
}

impl Reason {
    pub(super) fn new(
        state: State,
        name: &str,
        text: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self { state, name: name.to_owned(), text: text.into(), fix: fix.into() }
    }

    /// What a line of the log says, with what came of it before.
    pub(super) fn of(state: State, problem: &Problem, came_of_it: &str) -> Self {
        let text = if came_of_it.is_empty() {
            problem.meaning.clone()
        } else {
            format!("{came_of_it}: {}", problem.meaning)
        };
        Self::new(state, &problem.name, text, &problem.fix)
    }
}

/// The worst first, those that are equally bad in the order in which they were found, and each but once.
pub(super) fn sorted(mut reasons: Vec<Reason>) -> Vec<Reason> {
    reasons.sort_by_key(|it| Reverse(it.state));
    let mut kept: Vec<Reason> = Vec::with_capacity(reasons.len());
    for reason in reasons {
        if !kept.iter().any(|it| it.name == reason.name) {
            kept.push(reason);
        }
    }
    kept
}

impl fmt::Display for State {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Ready => "ready",
            Self::Degraded => "degraded",
            Self::Unavailable => "unavailable",
        })
    }
}

/// `nothing is instrumented (fix: write …)`
impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)?;
        if self.fix.is_empty() { Ok(()) } else { write!(out, " (fix: {})", self.fix) }
    }
}
