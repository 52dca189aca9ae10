//! One thing that was looked at before a start.

use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Passed,
    Failed,
    /// It cannot be seen from here.
    CannotTell,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// For programs: `kernel`.
    pub name: &'static str,
    pub outcome: Outcome,
    /// Whether OBI, or a mode that was asked for, does not work without it.
    pub required: bool,
    /// What is there.
    pub found: String,
    /// What it is for, or what is missing without it.
    pub why: String,
    /// What to do, where it did not pass.
    pub fix: String,
}

impl Check {
    /// Whether OBI is not to be started.
    pub fn is_fatal(&self) -> bool {
        self.required && self.outcome == Outcome::Failed
    }

    /// How it came out, the louder where OBI does not work without it.
    pub fn word(&self) -> &'static str {
        match (self.outcome, self.required) {
            (Outcome::Passed, _) => "passed",
            (Outcome::Failed, true) => "FAILED",
            (Outcome::Failed, false) => "failed",
            (Outcome::CannotTell, _) => "cannot tell",
        }
    }

    pub fn new(
        name: &'static str,
        outcome: impl Into<Outcome>,
        found: impl Into<String>,
        why: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        let outcome = outcome.into();
        let fix = if outcome == Outcome::Passed { String::new() } else { fix.into() };
        Self { name, outcome, required: true, found: found.into(), why: why.into(), fix }
    }

    #[must_use]
    pub fn required(self, required: bool) -> Self {
        Self { required, ..self }
    }
}

impl From<bool> for Outcome {
    fn from(has_passed: bool) -> Self {
        if has_passed { Self::Passed } else { Self::Failed }
    }
}

impl From<Option<bool>> for Outcome {
    fn from(has_passed: Option<bool>) -> Self {
        has_passed.map_or(Self::CannotTell, Self::from)
    }
}
