//! Whether OBI would instrument a process.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::process::{Executable, Process},
    Miss, Rule, RuleRef, Selection, Verdict,
};

/// What becomes of a process, and what decides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    pub chosen: bool,
    /// The first rule that it meets, be it excluded or not.
    pub by: Option<RuleRef>,
    pub excluded_by: Option<RuleRef>,
    /// The process whose child it is, and with which it is chosen.
    pub with_parent: Option<u32>,
    /// Why it may be otherwise.
    pub doubts: Vec<String>,
}

/// A process and what becomes of it.
#[derive(Debug, Clone)]
pub struct Preview<'a> {
    pub process: &'a Process,
    pub choice: Choice,
}

/// Which processes a configuration would choose.
///
/// A child that meets no rule is chosen with its parent, and so is its child.
pub fn preview<'a>(selection: &Selection, processes: &'a [Process]) -> Vec<Preview<'a>> {
    let mut choices: BTreeMap<u32, Choice> =
        processes.iter().map(|it| (it.pid, selection.choose(it))).collect();
    let mut heirs: Vec<u32> = choices.iter().filter(|it| it.1.chosen).map(|it| *it.0).collect();
    let mut children: BTreeMap<u32, Vec<&Process>> = BTreeMap::new();
    for process in processes {
        children.entry(process.parent).or_default().push(process);
    }
    let mut done = BTreeSet::new();
    while let Some(parent) = heirs.pop() {
        if !done.insert(parent) {
            continue;
        }
        let by = choices.get(&parent).and_then(|it| it.by.clone());
        for child in children.get(&parent).into_iter().flatten() {
            let Some(choice) = choices.get_mut(&child.pid) else { continue };
            if choice.chosen || choice.excluded_by.is_some() || !is_usable(child) {
                continue;
            }
            choice.inherit(parent, by.clone());
            heirs.push(child.pid);
        }
    }
    let choice = |it: &Process| choices.get(&it.pid).cloned().unwrap_or_default();
    processes.iter().map(|it| Preview { process: it, choice: choice(it) }).collect()
}

impl Choice {
    fn inherit(&mut self, parent: u32, by: Option<RuleRef>) {
        self.chosen = true;
        self.by = by;
        self.with_parent = Some(parent);
        self.doubts.push(format!(
            "it meets no rule itself, and is chosen as a child of {parent} if OBI comes upon its parent first"
        ));
    }
}

/// Whether there is a file that OBI could look into.
fn is_usable(process: &Process) -> bool {
    process.executable != Executable::None && !process.has_ended
}

fn unusable(process: &Process) -> &'static str {
    if process.has_ended {
        "it has ended, and there is nothing to instrument"
    } else {
        "it has no executable, and OBI instruments none such"
    }
}

impl Selection {
    /// What becomes of a process for what it is itself; [`preview`] knows of parents.
    pub fn choose(&self, process: &Process) -> Choice {
        let mut doubts = self.doubts.clone();
        let by =
            self.is_on.then(|| first(self, &self.rules.choosing, process, &mut doubts)).flatten();
        let mut excluding = Vec::new();
        let excluded_by = first(self, &self.rules.excluding, process, &mut excluding);
        let chosen = by.is_some() && excluded_by.is_none() && is_usable(process);
        if chosen {
            doubts.extend(excluding);
            doubts.extend(self.later(process));
        }
        if !is_usable(process) {
            doubts = by.iter().map(|_| unusable(process).to_owned()).collect();
        }
        Choice { chosen, by, excluded_by, with_parent: None, doubts }
    }

    /// What may come between choosing it and seeing anything.
    fn later(&self, process: &Process) -> Vec<String> {
        let mut doubts = Vec::new();
        if let Executable::Unreadable(why) = &process.executable {
            doubts
                .push(format!("OBI has to read its executable, which is not readable here: {why}"));
        }
        if self.waits_for(process) {
            let least = self.least_age;
            doubts.push(format!("it is younger than {least:?}: OBI may look at it later"));
        }
        if self.leaves_out_exporters && self.exports_itself(process) {
            doubts.push(
                "it seems to export OTLP itself: OBI goes silent about it once it sees that"
                    .to_owned(),
            );
        }
        doubts
    }

    /// Only what has no open port waits; the others are looked at as soon as they open it.
    pub(in crate::obi::target) fn waits_for(&self, process: &Process) -> bool {
        process.age.is_some_and(|it| it < self.least_age) && process.sockets.local.is_empty()
    }

    /// By its connections; its variables alone would be no more than a hint.
    pub(in crate::obi::target) fn exports_itself(&self, process: &Process) -> bool {
        [4317, 4318, self.otlp_port].iter().any(|it| process.sockets.remote.contains(it))
    }
}

/// The first rule that is met; of those that may be, why that is not known.
fn first(
    selection: &Selection,
    rules: &[Rule],
    process: &Process,
    doubts: &mut Vec<String>,
) -> Option<RuleRef> {
    let mut unknown = Vec::new();
    for rule in rules {
        let misses = rule.misses(process, selection);
        if misses.is_empty() {
            return Some(rule.at.clone());
        }
        let why: Option<Vec<String>> = misses.into_iter().map(Miss::unknown).collect();
        unknown.extend(why.unwrap_or_default().into_iter().map(|it| format!("{}: {it}", rule.at)));
    }
    doubts.extend(unknown);
    None
}

impl Miss {
    /// Why it is not known whether it is met.
    fn unknown(self) -> Option<String> {
        if let Verdict::Unknown(why) = self.verdict { Some(why) } else { None }
    }
}
