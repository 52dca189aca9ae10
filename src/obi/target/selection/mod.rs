//! What a configuration chooses and leaves out.

mod choice;
mod criterion;
mod defaults;
mod rule;
mod version1;
mod version2;

#[cfg(test)]
pub(super) mod tests;

use std::time::Duration;

pub use self::{
    choice::{Choice, Preview, preview},
    rule::RuleRef,
};
pub(super) use self::{
    criterion::{Criterion, Miss, Test, Verdict},
    defaults::namespaces_without,
    rule::{Family, Rule, Rules},
};
use super::super::config::{Environment, Finding, Release, ask, is_one};

/// The rules of a configuration, as OBI would have them after it has read all of it.
#[derive(Debug, Clone)]
pub struct Selection {
    pub(super) is_version2: bool,
    /// Whether OBI looks for processes at all.
    pub(super) is_on: bool,
    pub(super) rules: Rules,
    /// What is written and not read, because of something else that is written.
    pub(super) unread: Vec<Unread>,
    /// How old a process has to be, and how often OBI looks.
    pub(super) least_age: Duration,
    pub(super) interval: Duration,
    /// Where programs are whose language OBI does not look for.
    pub(super) system_paths: Vec<String>,
    /// Whether services go silent that export themselves.
    pub(super) leaves_out_exporters: bool,
    /// At which port OBI takes gRPC for OTLP.
    pub(super) otlp_port: u16,
    pub(super) doubts: Vec<String>,
}

/// Rules that count for nothing.
#[derive(Debug, Clone)]
pub(super) struct Unread {
    pub(super) rule: Rule,
    pub(super) why: &'static str,
}

impl Selection {
    /// Reads it as OBI would in that environment. The finding says why OBI does not start with it.
    pub fn read(text: &str, environment: &Environment, release: Release) -> Result<Self, Finding> {
        ask(text, environment, release, |subject| {
            if is_one(subject.tree) { version2::read(subject) } else { version1::read(subject) }
        })?
    }

    /// Why anything that is said by it may be otherwise.
    pub fn doubts(&self) -> &[String] {
        &self.doubts
    }

    /// Whether OBI looks for processes at all.
    pub fn is_on(&self) -> bool {
        self.is_on
    }
}
