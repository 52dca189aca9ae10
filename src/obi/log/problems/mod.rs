//! What lines mean, from the tables beside this file.

use std::{fmt, sync::LazyLock};

use regex::RegexSet;
use serde::{Deserialize, Serialize};

use super::line::{Format, Line};
use crate::obi::mode::Mode;

/// The first that fits counts.
const TABLES: &str = concat!(
    include_str!("configuration.yaml"),
    include_str!("host.yaml"),
    include_str!("running.yaml"),
);

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(TABLES));

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// OBI ends.
    Fatal,
    /// OBI runs on without something.
    Degraded,
    /// It looks worse than it is, or is worth knowing.
    Note,
}

impl fmt::Display for Severity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Fatal => "fatal",
            Self::Degraded => "degraded",
            Self::Note => "note",
        })
    }
}

/// Something that a line can say.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// For programs: `no-kprobes`.
    pub name: String,
    pub severity: Severity,
    /// OBI runs on, and does nothing of this any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stops: Option<Mode>,
    /// In plain words.
    pub meaning: String,
    /// What to do; empty where there is nothing to do.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fix: String,
    #[serde(default, skip_serializing)]
    message: String,
    #[serde(default, skip_serializing)]
    error: String,
    #[serde(default, skip_serializing)]
    plain: bool,
}

pub(in crate::obi::log) struct Table {
    pub(in crate::obi::log) problems: Vec<Problem>,
    messages: Patterns,
    errors: Patterns,
}

/// Patterns of some of the problems, and of which.
struct Patterns {
    set: RegexSet,
    problems: Vec<usize>,
}

impl Table {
    fn read(table: &str) -> Self {
        let problems: Vec<Problem> = serde_saphyr::from_str(table).expect("the tests read it");
        let messages = Patterns::of(&problems, |it| &it.message);
        let errors = Patterns::of(&problems, |it| &it.error);
        Self { problems, messages, errors }
    }

    pub(in crate::obi::log) fn all() -> &'static Self {
        &TABLE
    }
}

impl Patterns {
    fn of(problems: &[Problem], pattern: fn(&Problem) -> &str) -> Self {
        let written = problems.iter().map(pattern).enumerate().filter(|(_, it)| !it.is_empty());
        let (problems, patterns): (Vec<usize>, Vec<&str>) = written.unzip();
        Self { set: RegexSet::new(patterns).expect("the tests read it"), problems }
    }

    /// Which problems have a pattern that the text fits.
    fn fitting(&self, text: &str) -> Vec<usize> {
        let matches = self.set.matches(text).into_iter();
        matches.filter_map(|it| self.problems.get(it).copied()).collect()
    }
}

impl Problem {
    /// The first of the table that fits. What applications did is never a problem of OBI's, whatever it is called.
    pub(in crate::obi::log) fn of(line: &Line) -> Option<&'static Self> {
        let is_plain = match line.format {
            Format::Trace | Format::Flow => return None,
            Format::Plain => true,
            _ => false,
        };
        let table = Table::all();
        let messages = table.messages.fitting(&line.message);
        let errors = table.errors.fitting(line.error());
        let fits = |place: usize, it: &Self| {
            (it.plain || !is_plain)
                && (it.message.is_empty() || messages.contains(&place))
                && (it.error.is_empty() || errors.contains(&place))
        };
        if messages.is_empty() && errors.is_empty() {
            return None;
        }
        table.problems.iter().enumerate().find(|(place, it)| fits(*place, it)).map(|(_, it)| it)
    }

    /// Whether it is about telemetry that does not arrive.
    pub(in crate::obi) fn is_of_export(&self) -> bool {
        ["collector-", "metrics-not-", "traces-not-", "grpc-to-http", "http-to-grpc"]
            .iter()
            .any(|it| self.name.starts_with(it))
    }

    #[cfg(test)]
    pub(in crate::obi::log) fn is_told_by_something(&self) -> bool {
        !self.message.is_empty() || !self.error.is_empty()
    }
}
