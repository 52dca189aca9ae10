//! `obi_preflight`: whether this host can do what a configuration asks OBI for.

use std::path::{Path, PathBuf};

use futures::future::join_all;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Local, binary::unfit, reaching::reached};
use crate::{
    obi::{
        config::{Release, destinations},
        host::{Check, Host, Outcome, preflight},
        plan::plan,
    },
    output::{Document, Table},
    tool::{Session, Tool, ToolError},
};

/// Whether this host can do what an OBI configuration asks for: program, kernel, rights, ports, collector; with the fix.
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
        let mut checks = vec![local.program()];
        checks.extend(preflight(&host, &plan));
        // Whoever calls would have any address of any network asked otherwise.
        if self.config.is_none() && self.config_path.is_none() {
            let destinations = destinations(&text, &environment, Release::KNOWN);
            checks.extend(join_all(destinations.iter().map(reached)).await);
        }
        Ok(document(&checks))
    }
}

impl Local {
    fn program(&self) -> Check {
        let binary = self.settings.binary.display().to_string();
        let why = "it is what runs".to_owned();
        let unfit = unfit(&self.settings.binary);
        let outcome = if unfit.is_none() { Outcome::Passed } else { Outcome::Failed };
        let found = unfit.unwrap_or(binary);
        Check { name: "program", outcome, required: true, found, why, fix: String::new() }
    }

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
