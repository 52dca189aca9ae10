//! Something that is worth saying about a configuration.

use std::fmt;

use serde::Serialize;

use crate::tree::Place;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// OBI does not start, or ends at once.
    Error,
    /// OBI runs, and does not do what is written.
    Warning,
    /// OBI does what is written, and there is something to know about it.
    Note,
}

impl fmt::Display for Severity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

/// One thing, with what OBI does and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    /// Which rule it is, for programs: `unknown-key`.
    pub rule: &'static str,
    /// `discovery.instrument[0].k8s_ns`; empty for the whole. A variable is `$OTEL_EBPF_OPEN_PORT`.
    pub path: String,
    /// Where it stands, if it stands anywhere.
    pub place: Option<Place>,
    /// What is wrong, and what OBI really does.
    pub problem: String,
    /// What to write instead, or what to do; empty where there is nothing to do.
    pub fix: String,
}

/// `line 3, column 5: discovery.instrument[0].k8s_ns: …; fix`
impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.place {
            write!(out, "line {}, column {}: ", place.line, place.column)?;
        }
        if !self.path.is_empty() {
            write!(out, "{}: ", self.path)?;
        }
        out.write_str(&self.problem)?;
        if self.fix.is_empty() { Ok(()) } else { write!(out, "; {}", self.fix) }
    }
}

/// What OBI would make of a configuration, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub findings: Vec<Finding>,
}

impl Report {
    pub(super) fn new(mut findings: Vec<Finding>) -> Self {
        findings.sort_by(|one, other| {
            let order = |it: &Finding| (it.place.is_none(), it.place, it.severity);
            order(one).cmp(&order(other))
        });
        findings.dedup();
        Self { findings }
    }

    /// Whether OBI starts with it.
    pub fn starts(&self) -> bool {
        !self.findings.iter().any(|it| it.severity == Severity::Error)
    }

    /// The worst there is; `None` where there is nothing to say.
    pub fn severity(&self) -> Option<Severity> {
        self.findings.iter().map(|it| it.severity).min()
    }
}
