//! What became of one step, and of all when it went wrong in the middle.

use serde_json::Value;

use super::{names::Told, step::Step, trouble::Troubles};
use crate::{
    output::clip,
    tool::ToolError,
    toolsets::kubernetes::{address::Address, changed::Changed, few::many},
};

/// In characters: what is longer is cut before anybody reads it, and what became of the objects must not be.
const LONGEST: usize = 3_950;

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

/// All objects, by what became of them.
#[derive(Default)]
struct Names<'a> {
    applied: Vec<&'a Address>,
    perhaps: Vec<&'a Address>,
    rest: Vec<&'a Address>,
}

/// The error of whatever failed, with what was applied before and what was not; how many were `deleted` of an apply set, and
/// which were not. `end` is what ended it where no step failed.
pub(super) fn broken_off(
    steps: &[Step],
    outcomes: Vec<Option<Outcome>>,
    (deleted, doomed): (usize, &[&Address]),
    end: ToolError,
) -> ToolError {
    let mut names = Names::default();
    let mut troubles = Troubles::brief();
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
        of_its_sort.push(&step.intent.address);
    }
    let error = troubles.none().err().unwrap_or(end);
    with(error, &names.told(deleted, doomed))
}

impl Names<'_> {
    /// How many first, and what needs a look before the rest.
    fn told(&self, deleted: usize, doomed: &[&Address]) -> String {
        let Self { applied, perhaps, rest } = self;
        if applied.is_empty() && perhaps.is_empty() && deleted == 0 {
            return "nothing was applied".to_owned();
        }
        let all = applied.len() + perhaps.len() + rest.len();
        let mut parts = Vec::new();
        parts.extend((all > 0).then(|| format!("applied {} of {all}", applied.len())));
        let mut told = Told::default();
        for (what, objects) in
            [("perhaps applied", perhaps), ("applied", applied), ("not applied", rest)]
        {
            parts.extend((!objects.is_empty()).then(|| format!("{what}: {}", told.of(objects))));
        }
        parts.extend((deleted > 0).then(|| format!("deleted: {}", many(deleted, "object"))));
        parts.extend((!doomed.is_empty()).then(|| format!("not deleted: {}", told.of(doomed))));
        parts.push("applying it again finishes it, once the cause is gone".to_owned());
        parts.join("; ")
    }
}

/// The cause has the room that the names leave.
fn with(error: ToolError, more: &str) -> ToolError {
    match error {
        ToolError::InvalidArguments(mut problems) => {
            problems.insert(0, more.to_owned());
            ToolError::InvalidArguments(problems)
        }
        other => other.rewritten(|it| {
            let mut why = it.to_owned();
            clip(&mut why, LONGEST.saturating_sub(more.chars().count()));
            format!("{why}; {more}")
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::{iter, sync::Arc};

    use super::*;
    use crate::toolsets::kubernetes::discovery::Resource;

    fn resource(plural: &str, namespaced: bool) -> Arc<Resource> {
        Arc::new(Resource {
            group: String::new(),
            version: "v1".to_owned(),
            kind: plural.to_owned(),
            plural: plural.to_owned(),
            singular: plural.to_owned(),
            short_names: Vec::new(),
            categories: Vec::new(),
            namespaced,
            verbs: Vec::new(),
            preferred: true,
        })
    }

    #[test]
    fn fifty_objects_of_the_longest_names_are_all_told_however_long_the_cause_is() {
        let resource = resource("configmaps", true);
        let name = |it: usize| format!("{it:02}-{}", "x".repeat(60));
        let namespace = "n".repeat(63);
        let all: Vec<Address> =
            (0..50).map(|it| Address::new(&resource, Some(&namespace), &name(it))).collect();
        let part = |from: usize, to: usize| all.iter().skip(from).take(to - from).collect();
        let names = Names { applied: part(0, 20), perhaps: part(20, 25), rest: part(25, 50) };
        let told = names.told(0, &[]);
        assert!(told.starts_with("applied 20 of 50; perhaps applied: configmaps 20-"), "{told}");
        let long: String = iter::repeat_n("why ", 2_000).collect();
        for error in [ToolError::Unavailable(long.clone()), ToolError::invalid(long)] {
            let said = with(error, &told).rewritten(str::to_owned).to_string();
            assert!((0..50).all(|it| said.contains(&name(it))), "{said}");
            assert!(said.contains("why why") && said.contains("applying it again"), "{said}");
        }
    }

    #[test]
    fn of_more_objects_than_there_is_room_for_the_number_is_told() {
        let resource = resource("nodes", false);
        let all: Vec<Address> =
            (0..1_000).map(|it| Address::new(&resource, None, &format!("node-{it}"))).collect();
        let names = Names { applied: all.iter().collect(), ..Names::default() };
        let told = names.told(2, &all.iter().take(3).collect::<Vec<_>>());
        assert!(told.len() < 3_800, "{}", told.len());
        assert!(told.contains(" more; deleted: 2 objects; not deleted: 3 objects; "), "{told}");
    }
}
