//! Rules, and where they are written.

use std::fmt;

use super::{
    super::process::Process,
    Selection,
    criterion::{Criterion, Miss, Test, Verdict},
};
use crate::tree::Place;

/// Where something that decides is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleRef {
    /// `discovery.instrument[0]`, `$OTEL_EBPF_OPEN_PORT`; for what holds by default, the key that would say otherwise.
    pub path: String,
    /// Nowhere for variables and for what holds by default.
    pub place: Option<Place>,
    pub is_default: bool,
}

impl fmt::Display for RuleRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        match self.place {
            Some(place) => write!(f, " (line {})", place.line),
            None if self.is_default => f.write_str(" by default"),
            None => Ok(()),
        }
    }
}

/// All of its criteria must be met.
#[derive(Debug, Clone)]
pub(in crate::obi::target) struct Rule {
    pub(in crate::obi::target) at: RuleRef,
    pub(in crate::obi::target) criteria: Vec<Criterion>,
}

/// Globs are what is written today, regular expressions what was written once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::obi::target) enum Family {
    Globs,
    Regexes,
}

/// The rules that are read.
#[derive(Debug, Clone)]
pub(in crate::obi::target) struct Rules {
    pub(in crate::obi::target) family: Family,
    pub(in crate::obi::target) choosing: Vec<Rule>,
    pub(in crate::obi::target) excluding: Vec<Rule>,
}

impl Rule {
    /// A rule that chooses. OBI lets one that asks only for metadata meet every executable.
    pub(super) fn choosing(at: RuleRef, criteria: Vec<Criterion>) -> Self {
        let has = |is: fn(&Test) -> bool| criteria.iter().any(|it| is(&it.test));
        let needs = !has(Test::is_looked_at_first) && !has(Test::is_of_metadata);
        Self::with(at, criteria, needs)
    }

    /// A rule that excludes.
    pub(super) fn excluding(at: RuleRef, criteria: Vec<Criterion>) -> Self {
        let needs = !criteria.iter().any(|it| it.test.is_looked_at_first());
        Self::with(at, criteria, needs)
    }

    fn with(at: RuleRef, mut criteria: Vec<Criterion>, needs_to_be_known: bool) -> Self {
        let says_so = criteria.iter().any(|it| it.test.is_of_metadata());
        if needs_to_be_known && !says_so {
            let (key, asks) = (String::new(), String::new());
            criteria.push(Criterion { key, asks, at: at.clone(), test: Test::Known });
        }
        Self { at, criteria }
    }

    /// What of it a process does not meet, or is not known to.
    pub(in crate::obi::target) fn misses(
        &self,
        process: &Process,
        selection: &Selection,
    ) -> Vec<Miss> {
        let verdicts = self.criteria.iter().map(|it| (it, it.verdict(process, selection)));
        verdicts
            .filter(|(_, verdict)| *verdict != Verdict::Met)
            .map(|(criterion, verdict)| Miss { criterion: criterion.clone(), verdict })
            .collect()
    }

    /// What it asks, in words.
    pub(in crate::obi::target) fn words(&self) -> String {
        let asked = self.criteria.iter().filter(|it| !it.key.is_empty());
        let words: Vec<String> = asked.map(|it| format!("{}: {}", it.key, it.asks)).collect();
        words.join(", ")
    }
}

impl Test {
    fn is_looked_at_first(&self) -> bool {
        matches!(
            self,
            Self::Pids(_) | Self::Path(_) | Self::Arguments(_) | Self::Ports(_) | Self::Language(_)
        )
    }

    fn is_of_metadata(&self) -> bool {
        matches!(self, Self::Metadata(..) | Self::Label(..) | Self::Annotation(..))
    }
}
