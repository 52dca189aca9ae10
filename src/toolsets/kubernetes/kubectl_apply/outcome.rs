//! What became of one step, and of all when it went wrong in the middle.

use serde_json::Value;

use super::{step::Step, trouble::Troubles};
use crate::{
    tool::ToolError,
    toolsets::kubernetes::{changed::Changed, few::few},
};

/// How many names of each sort are told.
const MOST_NAMED: usize = 200;

pub(super) enum Outcome {
    Done {
        changed: Changed,
        now: Value,
        is_written: bool,
    },
    Failed(ToolError),
    /// Another one had failed before.
    NotTried,
}

/// The error of whatever failed, with what was applied before and what was not.
pub(super) fn broken_off(
    steps: &[Step],
    outcomes: Vec<Option<Outcome>>,
    doomed: &[String],
    late: Option<ToolError>,
) -> ToolError {
    let (mut applied, mut unknown, mut rest) = (Vec::new(), Vec::new(), Vec::new());
    let mut troubles = Troubles::default();
    for (step, outcome) in steps.iter().zip(outcomes) {
        let name = step.intent.to_string();
        match outcome {
            Some(Outcome::Done { is_written: true, .. }) => applied.push(name),
            Some(Outcome::Done { .. }) => {}
            Some(Outcome::Failed(error)) => {
                // Who hears no answer does not know whether it was made.
                let is_unknown = matches!(error, ToolError::Unavailable(_));
                if is_unknown { &mut unknown } else { &mut rest }.push(name);
                troubles.add(&step.intent.who, error);
            }
            Some(Outcome::NotTried) | None => rest.push(name),
        }
    }
    let error = troubles.none().err().or(late);
    let error = error.unwrap_or_else(|| ToolError::Failed("it was broken off".to_owned()));
    let told = [
        ("applied", if applied.is_empty() { vec!["nothing".to_owned()] } else { applied }),
        ("perhaps applied", unknown),
        ("not applied", rest),
        ("not deleted", doomed.to_vec()),
    ];
    let told = told.into_iter().filter(|it| !it.1.is_empty()).map(|(what, names)| {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        format!("{what}: {}", few(&names, MOST_NAMED))
    });
    let told = told.collect::<Vec<_>>().join("; ");
    with(error, &format!("{told}; applying the same manifest again finishes it"))
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
