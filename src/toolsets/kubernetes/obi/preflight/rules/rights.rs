//! What whoever calls may do, for every object that is to be made.

use super::Asked;
use crate::{
    obi::host::{Check, Outcome},
    toolsets::kubernetes::{
        few::few,
        obi::preflight::{
            asks::told,
            snapshot::{Purpose, Right},
        },
    },
};

/// Rights that a sentence names.
const MOST_NAMED: usize = 6;

pub(super) fn checks(asked: &Asked<'_>) -> Vec<Check> {
    let rights = &asked.seen.rights;
    let of =
        |purpose| -> Vec<&Right> { rights.iter().filter(|it| it.ask.purpose == purpose).collect() };
    vec![
        all(
            "rights",
            &of(Purpose::Deploy),
            "these objects are what OBI is made of",
            "ask who administers the cluster for these rights, or let them deploy OBI",
        ),
        granting(&of(Purpose::Grant), &of(Purpose::Granted)),
        binding(&of(Purpose::Bind), &of(Purpose::Granted)),
        all(
            "rights-to-look",
            &of(Purpose::Look),
            "without them nobody can tell through Tacklebox whether OBI does anything",
            "ask for these rights as well",
        )
        .required(false),
    ]
}

/// All of them are needed.
fn all(name: &'static str, rights: &[&Right], why: &str, fix: &str) -> Check {
    let (outcome, missing) = missing(rights);
    let found = if missing.is_empty() { "all that it takes".to_owned() } else { missing };
    Check::new(name, outcome, found, why, fix)
}

/// The worst, and those that are so.
fn missing(rights: &[&Right]) -> (Outcome, String) {
    let those = |outcome: Option<bool>| -> Vec<String> {
        let same = rights.iter().filter(|it| it.allowed.as_ref().ok().copied() == outcome);
        told(same.map(|it| &it.ask))
    };
    let (refused, unknown) = (those(Some(false)), those(None));
    let few_of = |names: &[String]| {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        few(&names, MOST_NAMED)
    };
    match (refused.is_empty(), unknown.is_empty()) {
        (false, _) => (Outcome::Failed, format!("may not {}", few_of(&refused))),
        (true, false) => {
            let why = rights.iter().find_map(|it| it.allowed.as_ref().err());
            let why = why.map(String::as_str).unwrap_or_default();
            (Outcome::CannotTell, format!("{} ({why})", few_of(&unknown)))
        }
        (true, true) => (Outcome::Passed, String::new()),
    }
}

/// Kubernetes lets nobody grant what they do not have.
fn granting(escalate: &[&Right], granted: &[&Right]) -> Check {
    either(
        "rights-to-grant",
        escalate,
        granted,
        "OBI's ServiceAccount reads pods, services and nodes of the whole cluster, and Kubernetes lets nobody grant what they do not have themselves",
    )
}

fn binding(bind: &[&Right], granted: &[&Right]) -> Check {
    either(
        "rights-to-bind",
        bind,
        granted,
        "Kubernetes lets nobody bind a role with rights that they do not have themselves",
    )
}

/// One right above all others, or the others.
fn either(name: &'static str, above: &[&Right], others: &[&Right], why: &str) -> Check {
    let fix = "ask who administers the cluster to deploy OBI, or for list and watch of pods, services and nodes in all namespaces";
    let (of_above, _) = missing(above);
    if of_above == Outcome::Passed && !above.is_empty() {
        return Check::new(name, true, "may do it whatever is granted", why, fix);
    }
    let (of_others, found) = missing(others);
    let outcome = match (of_above, of_others) {
        (_, Outcome::Passed) => Outcome::Passed,
        (Outcome::CannotTell, _) => Outcome::CannotTell,
        (_, other) => other,
    };
    let found = if found.is_empty() { "has what is granted".to_owned() } else { found };
    Check::new(name, outcome, found, why, fix)
}
