//! `obi_preflight`: whether this host can do what a configuration asks OBI for.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::Local;
use crate::{
    obi::{
        config::Release,
        host::{Check, Host, Outcome, preflight},
        plan::plan,
    },
    output::{Document, Table},
    tool::{Session, Tool, ToolError},
};

/// Whether this host can do what an OBI configuration asks for: kernel, rights, ports; each failed check with its fix.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ObiPreflight {
    /// Object, or YAML text; default: what is deployed, else the operator's
    config: Option<Value>,
    /// Or a YAML file of this host
    config_path: Option<PathBuf>,
}

impl Tool for ObiPreflight {
    const NAME: &'static str = "obi_preflight";
    const TITLE: &'static str = "Pre-flight for OBI here";

    type Context = Local;
    type Output = Document;

    async fn call(self, local: &Local, _: &Session) -> Result<Document, ToolError> {
        let (text, environment) = local.meant(self.config.as_ref(), self.config_path.as_deref())?;
        let plan = plan(&text, &environment, Release::KNOWN)
            .ok_or_else(|| ToolError::invalid("there is no configuration to be read"))?;
        let binary = local.settings.binary.clone();
        let look = move || Host::look(Path::new("/")).with_binary(&binary);
        let host = tokio::task::spawn_blocking(look).await;
        let mut host = host.map_err(|error| ToolError::Failed(error.to_string()))?;
        local.leave_out_own(&mut host)?;
        Ok(document(&preflight(&host, &plan)))
    }
}

impl Local {
    /// The one that was deployed here ends before another starts, and nobody else has its ports.
    fn leave_out_own(&self, host: &mut Host) -> Result<(), ToolError> {
        let look = self.look()?;
        let Some(birth) = look.running() else { return Ok(()) };
        host.agents.retain(|it| it.pid != birth.pid);
        let own = self.plan(&look)?.map(|it| it.ports).unwrap_or_default();
        let listeners = host.listeners.iter_mut().flatten();
        let others = listeners.filter(|it| own.iter().all(|own| own.port != it.port));
        let others = others.map(|it| *it).collect();
        host.listeners = host.listeners.is_some().then_some(others);
        Ok(())
    }
}

fn document(checks: &[Check]) -> Document {
    let fatal = checks.iter().filter(|it| it.is_fatal()).count();
    let failed = checks.iter().filter(|it| it.outcome == Outcome::Failed).count();
    let words = match (fatal, failed) {
        (0, 0) => "nothing that was looked at keeps OBI from doing what is asked".to_owned(),
        (0, failed) => format!(
            "OBI can run here; {failed} of {} checks failed, and something is missing without them",
            checks.len()
        ),
        (fatal, _) => format!(
            "OBI cannot do here what is asked: {fatal} of {} checks failed that it needs",
            checks.len()
        ),
    };
    let rows = checks.iter().map(|it| {
        vec![
            word(it.outcome).to_owned(),
            it.name.to_owned(),
            it.found.clone(),
            it.why.clone(),
            it.fix.clone(),
        ]
    });
    let columns = ["outcome", "check", "found", "why", "fix"].map(str::to_owned);
    Document::new().note(words).table(Table::new(columns.to_vec(), rows.collect()))
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Failed => "failed",
        Outcome::CannotTell => "cannot tell",
    }
}
