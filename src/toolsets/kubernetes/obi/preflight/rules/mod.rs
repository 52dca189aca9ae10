//! What is judged of a snapshot, in the order in which a deployment would come upon it.

mod account;
mod capabilities;
mod endpoints;
mod namespace;
mod nodes;
mod others;
mod rights;
mod room;
mod sort;

pub(super) use self::endpoints::is_loopback;
use super::{Snapshot, snapshot::Known};
use crate::{
    obi::{
        host::{Check, Outcome},
        plan::Plan,
    },
    toolsets::kubernetes::obi::wanted::Wanted,
};

/// All that a rule looks at.
pub(super) struct Asked<'a> {
    pub(super) seen: &'a Snapshot,
    pub(super) wanted: &'a Wanted,
    pub(super) plan: &'a Plan,
}

/// Everything that a deployment needs.
pub(super) fn checks(asked: &Asked<'_>) -> Vec<Check> {
    let rules: [fn(&Asked<'_>) -> Vec<Check>; 9] = [
        sort::checks,
        rights::checks,
        namespace::checks,
        room::checks,
        nodes::checks,
        others::checks,
        account::checks,
        capabilities::checks,
        endpoints::checks,
    ];
    rules.iter().flat_map(|it| it(asked)).collect()
}

/// What could not be looked at.
fn unseen(name: &'static str, error: &str, why: &str) -> Check {
    let fix = "let whoever calls look at it, or look yourself";
    Check::new(name, Outcome::CannotTell, error, why, fix)
}

/// The check of what was seen; one that tells why, of what was not.
fn of_seen<T>(
    name: &'static str,
    seen: &Known<T>,
    why: &str,
    judge: impl FnOnce(&T) -> Vec<Check>,
) -> Vec<Check> {
    match seen {
        Ok(seen) => judge(seen),
        Err(error) => vec![unseen(name, error, why)],
    }
}
