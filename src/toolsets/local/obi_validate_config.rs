//! `obi_validate_config`: what OBI would make of a configuration, before it does.

use std::{collections::BTreeMap, path::PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::Local;
use crate::{
    obi::config::{Environment, Release, Report, Severity, check},
    output::Document,
    tool::{Session, Tool, ToolError},
};

/// Check an OBI configuration: what OBI would refuse or silently ignore, with line and fix.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ObiValidateConfig {
    /// Object, or YAML text; default: the operator's
    config: Option<Value>,
    /// Or a YAML file of this host
    config_path: Option<PathBuf>,
    /// Variables that OBI would have
    env: Option<BTreeMap<String, String>>,
    /// OBI's release, such as 0.11.0; default: the newest that is known
    release: Option<String>,
}

impl Tool for ObiValidateConfig {
    const NAME: &'static str = "obi_validate_config";
    const TITLE: &'static str = "Check OBI's configuration";

    type Context = Local;
    type Output = Document;

    async fn call(self, local: &Local, _: &Session) -> Result<Document, ToolError> {
        let given = local.given(self.config.as_ref(), self.config_path.as_deref())?;
        let text = given.map_or_else(|| local.configured(), Ok)?;
        let release = match self.release.as_deref() {
            None => Release::KNOWN,
            Some(text) => text.trim_start_matches('v').parse().map_err(|_| {
                ToolError::invalid(format!("`release`: {text} is no release, such as 0.11.0"))
            })?,
        };
        let environment: Environment = self.env.unwrap_or_default().into_iter().collect();
        Ok(document(&check(&text, &environment, release)))
    }
}

/// The verdict first, and then everything that is worth saying.
pub(super) fn document(report: &Report) -> Document {
    let verdict = match report.severity() {
        None => "OBI starts with it, and there is nothing to say about it",
        Some(Severity::Error) => "OBI does not start with it",
        Some(Severity::Warning) => "OBI starts with it, and does not do all that is written",
        Some(Severity::Note) => "OBI starts with it",
    };
    let findings = report.findings.iter().map(|it| format!("{}: {it} ({})", it.severity, it.rule));
    Document::new().note(verdict).lines(findings.collect())
}
