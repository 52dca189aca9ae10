//! `obi_preview_selection`: which processes of this host a configuration would choose, and which rule decides.

use std::{
    fmt::Write,
    path::{Path, PathBuf},
};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::Local;
use crate::{
    obi::{
        config::{Environment, Release},
        target::{Preview, Processes, RuleRef, Selection, preview},
    },
    output::{Document, Table},
    tool::{Session, Tool, ToolError},
};

/// Which processes of this host an OBI configuration would choose, by which rule, and what is left out by default.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ObiPreviewSelection {
    /// Object, or YAML text; default: what is deployed, else the operator's
    config: Option<Value>,
    /// Or a YAML file of this host
    config_path: Option<PathBuf>,
    /// Those that are not chosen as well
    all: Option<bool>,
}

impl Tool for ObiPreviewSelection {
    const NAME: &'static str = "obi_preview_selection";
    const TITLE: &'static str = "Preview OBI's selection here";

    type Context = Local;
    type Output = Document;

    async fn call(self, local: &Local, _: &Session) -> Result<Document, ToolError> {
        let (text, environment) = local.meant(self.config.as_ref(), self.config_path.as_deref())?;
        let selection = selection(&text, &environment)?;
        let Processes { read, left_out } = processes().await?;
        let previews = preview(&selection, &read);
        let shown = previews
            .iter()
            .filter(|it| self.all.unwrap_or(false) || it.choice.chosen || it.choice.by.is_some());
        let rows: Vec<Vec<String>> = shown.map(row).collect();
        let chosen = previews.iter().filter(|it| it.choice.chosen).count();
        let mut words = if selection.is_on() {
            format!("{chosen} of {} processes would be chosen", read.len())
        } else {
            "this configuration looks at no process: it has no rule that chooses any".to_owned()
        };
        if left_out > 0 {
            let _ = write!(words, "; {left_out} more cannot be looked at");
        }
        let document = Document::new().note(words);
        if rows.is_empty() {
            return Ok(document);
        }
        let columns =
            ["pid", "name", "language", "ports", "chosen", "rule", "excluded by", "doubts"];
        let table = Table::new(columns.map(str::to_owned).to_vec(), rows);
        Ok(document.untrusted_table("processes of this host", table))
    }
}

pub(super) fn selection(text: &str, environment: &Environment) -> Result<Selection, ToolError> {
    Selection::read(text, environment, Release::KNOWN)
        .map_err(|it| ToolError::invalid(it.to_string()))
}

/// All of this host. There may be thousands, and each is some files.
pub(super) async fn processes() -> Result<Processes, ToolError> {
    let read = tokio::task::spawn_blocking(|| Processes::below(Path::new("/proc"))).await;
    let read = read.map_err(|error| ToolError::Failed(error.to_string()))?;
    read.map_err(|error| ToolError::Failed(format!("/proc cannot be read: {error}")))
}

fn row(preview: &Preview<'_>) -> Vec<String> {
    let Preview { process, choice } = preview;
    let ports: Vec<String> = process.sockets.listening.iter().map(u16::to_string).collect();
    let rule = |it: Option<&RuleRef>| it.map(ToString::to_string).unwrap_or_default();
    vec![
        process.pid.to_string(),
        process.name.clone(),
        process.language.to_string(),
        ports.join(","),
        if choice.chosen { "yes" } else { "no" }.to_owned(),
        rule(choice.by.as_ref()),
        rule(choice.excluded_by.as_ref()),
        choice.doubts.join("; "),
    ]
}
