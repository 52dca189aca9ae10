//! What became of one key.

use std::fmt;

/// One key or variable that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The path of a key, or a variable as `$NAME`.
    pub from: String,
    /// Where its value is now; none where it is nowhere.
    pub to: Vec<String>,
    /// Why, and what is different about the value; empty where there is nothing to add.
    pub why: String,
}

impl Step {
    pub(super) fn moved(from: impl Into<String>, to: Vec<String>, why: impl Into<String>) -> Self {
        Self { from: from.into(), to, why: why.into() }
    }

    pub(super) fn left_out(from: impl Into<String>, why: impl Into<String>) -> Self {
        Self { from: from.into(), to: Vec::new(), why: why.into() }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, why } = self;
        match to.is_empty() {
            true => write!(f, "{from} is left out: {why}"),
            false if why.is_empty() => write!(f, "{from} is now {}", to.join(" and ")),
            false => write!(f, "{from} is now {}: {why}", to.join(" and ")),
        }
    }
}
