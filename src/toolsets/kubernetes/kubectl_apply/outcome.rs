//! What became of one step, and of all when it went wrong in the middle.

use serde_json::Value;

use super::{step::Step, trouble::Troubles};
use crate::{
    tool::ToolError,
    toolsets::kubernetes::{
        changed::Changed,
        few::{few, many},
    },
};

/// How many names of each sort are told.
const MOST_NAMED: usize = 200;

pub(super) enum Outcome {
    Done {
        changed: Changed,
        now: Value,
        is_written: bool,
    },
    Failed(ToolError, Kept),
    /// Another one had failed before.
    NotTried,
}

/// Whether what failed was written all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    No,
    /// Who hears no answer does not know.
    Perhaps,
    Yes,
}

/// The names of all objects, by what became of them.
#[derive(Default)]
struct Names {
    applied: Vec<String>,
    perhaps: Vec<String>,
    rest: Vec<String>,
}

/// The error of whatever failed, with what was applied before and what was not; how many were `deleted` of an apply set, and
/// which were not. `end` is what ended it where no step failed.
pub(super) fn broken_off(
    steps: &[Step],
    outcomes: Vec<Option<Outcome>>,
    (deleted, doomed): (usize, &[String]),
    end: ToolError,
) -> ToolError {
    let mut names = Names::default();
    let mut troubles = Troubles::default();
    for (step, outcome) in steps.iter().zip(outcomes) {
        let kept = match outcome {
            Some(Outcome::Done { is_written: false, .. }) => continue,
            Some(Outcome::Done { .. }) => Kept::Yes,
            Some(Outcome::Failed(error, kept)) => {
                troubles.add(&step.intent.who, error);
                kept
            }
            Some(Outcome::NotTried) | None => Kept::No,
        };
        let of_its_sort = match kept {
            Kept::Yes => &mut names.applied,
            Kept::Perhaps => &mut names.perhaps,
            Kept::No => &mut names.rest,
        };
        of_its_sort.push(step.intent.to_string());
    }
    let error = troubles.none().err().unwrap_or(end);
    with(error, &names.told(deleted, doomed))
}

impl Names {
    fn told(&self, deleted: usize, doomed: &[String]) -> String {
        if self.applied.is_empty() && self.perhaps.is_empty() && deleted == 0 {
            return "nothing was applied".to_owned();
        }
        let deleted = (deleted > 0).then(|| many(deleted, "object"));
        let told = [
            ("applied", self.applied.as_slice()),
            ("perhaps applied", &self.perhaps),
            ("not applied", &self.rest),
            ("deleted", deleted.as_slice()),
            ("not deleted", doomed),
        ];
        let told = told.into_iter().filter(|it| !it.1.is_empty()).map(|(what, names)| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            format!("{what}: {}", few(&names, MOST_NAMED))
        });
        let told = told.collect::<Vec<_>>().join("; ");
        format!("{told}; applying it again finishes it, once the cause is gone")
    }
}

fn with(error: ToolError, more: &str) -> ToolError {
    match error {
        ToolError::InvalidArguments(mut problems) => {
            problems.push(more.to_owned());
            ToolError::InvalidArguments(problems)
        }
        other => other.rewritten(|it| format!("{it}; {more}")),
    }
}
