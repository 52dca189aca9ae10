//! What is wrong with a document that somebody wrote.

use std::fmt;

use serde::Serialize;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::toolsets::discovery) struct Problem {
    /// `toolsets.prometheus/metrics.config`, `tools[0].name`; empty for the whole.
    pub(in crate::toolsets::discovery) field: String,
    pub(in crate::toolsets::discovery) message: String,
}

impl Problem {
    pub(super) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "" => out.write_str(&self.message),
            field => write!(out, "{field}: {}", self.message),
        }
    }
}
