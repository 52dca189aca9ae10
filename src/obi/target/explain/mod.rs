//! Why a process is not instrumented: every reason that there may be, the surest first.

mod fix;
mod itself;
mod rules;
mod silence;

#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::Serialize;

pub use self::fix::Fix;
use super::{Process, Selection};

/// How sure it is that this is the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Nothing is to be seen until this is mended.
    Sure,
    /// It is so, and explains it if nothing surer does.
    Likely,
    /// It may be so, or it is so and need not be why.
    Possible,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    pub certainty: Certainty,
    /// Which reason it is, for programs: `no-rule`.
    pub rule: &'static str,
    pub reason: String,
    /// What it is seen by.
    pub evidence: String,
    pub fix: Fix,
}

/// What is known of OBI besides its configuration. Nothing is known where it says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    pub runs: Option<bool>,
    /// For how long it has run.
    pub up: Option<Duration>,
    /// What its log says where its watcher for processes failed.
    pub watcher_error: Option<String>,
    /// Whether its log says that it instruments this process.
    pub instruments: Option<bool>,
    /// Whether its metrics count this service among those that it avoids.
    pub avoids: Option<bool>,
    /// Whether it sees the processes of its host, and not only those of its container.
    pub sees_host: Option<bool>,
    /// Whether it asks Kubernetes about processes.
    pub asks_kubernetes: Option<bool>,
    /// Rights that it lacks: `CAP_SYS_PTRACE`.
    pub lacks: Vec<String>,
    /// The parent with which the process is chosen, as a preview says.
    pub with_parent: Option<u32>,
}

/// Why OBI shows nothing of a process. Where nothing speaks against it, that is the reason: nobody has asked it anything yet.
pub fn explain(selection: &Selection, target: &Process, facts: &Facts) -> Vec<Reason> {
    let asked = Asked { selection, target, facts };
    let mut reasons = itself::reasons(&asked);
    reasons.extend(rules::reasons(&asked));
    reasons.extend(silence::reasons(&asked));
    if reasons.iter().all(|it| it.certainty == Certainty::Possible) {
        reasons.push(silence::nobody_asks(&asked));
    }
    // Those that are equally sure stay in the order in which OBI would come upon them.
    reasons.sort_by_key(|it| it.certainty);
    reasons
}

/// All that a question is about.
struct Asked<'a> {
    selection: &'a Selection,
    target: &'a Process,
    facts: &'a Facts,
}

fn reason(
    certainty: Certainty,
    rule: &'static str,
    reason: impl Into<String>,
    evidence: impl Into<String>,
    fix: Fix,
) -> Reason {
    Reason { certainty, rule, reason: reason.into(), evidence: evidence.into(), fix }
}
