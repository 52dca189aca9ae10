//! What a log says is wrong, each once.

use std::fmt;

use crate::{
    obi::log::{Line, Problem},
    output::{Document, Table},
};

/// One of them, and how often it was said.
pub(super) struct Told {
    pub(super) problem: &'static Problem,
    pub(super) times: usize,
}

/// The worst first, and of those as bad as each other the one that was said first.
pub(super) fn told(lines: &[Line]) -> Vec<Told> {
    let mut all: Vec<Told> = Vec::new();
    for line in lines {
        let Some(problem) = line.problem else { continue };
        match all.iter_mut().find(|it| it.problem.name == problem.name) {
            Some(known) => known.times += 1,
            None => all.push(Told { problem, times: 1 }),
        }
    }
    all.sort_by_key(|it| it.problem.severity);
    all
}

/// Nothing where there is nothing.
pub(super) fn table(problems: &[Told]) -> Document {
    if problems.is_empty() {
        return Document::new();
    }
    let columns = ["severity", "problem", "times", "meaning", "what to do"].map(str::to_owned);
    let row = |it: &Told| {
        let Problem { name, severity, meaning, fix, .. } = it.problem;
        vec![severity.to_string(), name.clone(), it.times.to_string(), meaning.clone(), fix.clone()]
    };
    Document::new().table(Table::new(columns.to_vec(), problems.iter().map(row).collect()))
}

/// `degraded: kprobes are not available on this kernel; ... (3 times)`
impl fmt::Display for Told {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { severity, meaning, fix, .. } = self.problem;
        write!(out, "{severity}: {meaning}")?;
        if !fix.is_empty() {
            write!(out, " (fix: {fix})")?;
        }
        if self.times > 1 { write!(out, " ({} times)", self.times) } else { Ok(()) }
    }
}
