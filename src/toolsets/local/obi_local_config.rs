//! `obi_local_config`: the configuration that OBI runs with, the ones before it, and how they differ.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Local, look::Look, store::Variables};
use crate::{
    output::{Document, Keep, Table, hinted},
    tool::{Session, Tool, ToolError},
};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Action {
    #[default]
    Get,
    Diff,
    History,
}

/// Configuration of the OBI on this host, its last ten revisions, or the diff between two.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ObiLocalConfig {
    /// Default: get
    action: Option<Action>,
    /// For get and diff; default: the newest
    revision: Option<u32>,
    /// For diff; default: the one before
    from: Option<u32>,
}

impl Tool for ObiLocalConfig {
    const NAME: &'static str = "obi_local_config";
    const TITLE: &'static str = "OBI's configuration here";
    const ALIASES: &'static [&'static str] = &["obi_get_config"];

    type Context = Local;
    type Output = Document;

    async fn call(self, local: &Local, _: &Session) -> Result<Document, ToolError> {
        let look = local.look()?;
        match self.action.unwrap_or_default() {
            Action::Get => self.get(local, &look),
            Action::Diff => self.diff(local),
            Action::History => Ok(history(local, &look)),
        }
    }
}

impl ObiLocalConfig {
    fn newest(&self, local: &Local) -> Result<u32, ToolError> {
        let newest = local.store.revisions().last().map(|it| it.number);
        self.revision.or(newest).ok_or_else(|| {
            ToolError::NotFound(hinted("nothing was deployed here yet", "obi_local_deploy does it"))
        })
    }

    fn get(&self, local: &Local, look: &Look) -> Result<Document, ToolError> {
        let revision = self.newest(local)?;
        let text = local.store.configuration(revision)?;
        let variables = local.store.variables(revision)?;
        let words = format!("revision {revision}, {}", standing(look, revision));
        let path = local.store.path(revision);
        let document = Document::new().note(format!("{words} ({})", path.display()));
        let document = document.untrusted("the configuration", text, Keep::Head);
        if variables.is_empty() {
            return Ok(document);
        }
        let document = document.note("and with these variables, which count for more than it:");
        Ok(document.untrusted(
            "variables",
            local.changes_of(&Variables::new(), &variables),
            Keep::Head,
        ))
    }

    fn diff(&self, local: &Local) -> Result<Document, ToolError> {
        let to = self.newest(local)?;
        let mut numbers = local.store.revisions().into_iter().map(|it| it.number);
        let Some(from) = self.from.or_else(|| numbers.rfind(|it| *it < to)) else {
            return Err(ToolError::NotFound(format!("there is nothing before revision {to}")));
        };
        let before = local.store.configuration(from)?;
        let after = local.store.configuration(to)?;
        let of_text = local.changes(&before, &after);
        let [before, after] = [local.store.variables(from)?, local.store.variables(to)?];
        let mut all = vec![of_text, local.changes_of(&before, &after)];
        all.retain(|it| !it.is_empty());
        let difference = all.join("\n");
        let words = if difference.is_empty() {
            format!("revision {to} says what revision {from} does")
        } else {
            format!("from revision {from} to {to}")
        };
        Ok(Document::new().note(words).untrusted("changes", difference, Keep::Head))
    }
}

fn history(local: &Local, look: &Look) -> Document {
    let rows = local.store.revisions().into_iter().rev().map(|it| {
        vec![it.number.to_string(), it.written.to_string(), standing(look, it.number).to_owned()]
    });
    let columns = ["revision", "written", "state"].map(str::to_owned);
    Document::new().table(Table::new(columns.to_vec(), rows.collect()))
}

fn standing(look: &Look, revision: u32) -> &'static str {
    let Some(deployment) = &look.deployment else { return "kept" };
    if revision > deployment.revision {
        return "not run yet";
    }
    match (revision == deployment.revision, look.running()) {
        (true, Some(_)) => "running",
        (true, None) if deployment.proven => "ran last",
        (true, None) => "did not start",
        (false, _) => "kept",
    }
}
