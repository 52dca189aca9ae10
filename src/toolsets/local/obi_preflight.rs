//! `obi_preflight`: whether this host can do what a configuration asks OBI for.

use std::path::{Path, PathBuf};

use futures::future::join_all;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Local,
    reaching::{not_asked, reached},
    wanted::{Wanted, needs},
};
use crate::{
    obi::{
        config::{Release, destinations},
        host::{Check, Host, Outcome, configuration, preflight, program},
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
        let plan = needs(&text, &environment)?;
        let host = local.host(&local.settings.binary).await?;
        let mut checks = vec![
            program(&local.settings.binary),
            configuration(&text, &environment, Release::KNOWN, "see obi_validate_config"),
        ];
        checks.extend(preflight(&host, &plan));
        let destinations = destinations(&text, &environment, Release::KNOWN);
        // Whoever calls would have any address of any network asked otherwise.
        let may_ask = self.config.is_none() && self.config_path.is_none();
        checks.extend(if may_ask {
            join_all(destinations.iter().map(reached)).await
        } else {
            destinations.iter().map(not_asked).collect()
        });
        Ok(document(&checks))
    }
}

impl Local {
    /// What keeps OBI from doing here what is wanted, for whoever is about to say yes.
    pub(super) async fn unfit(&self, wanted: &Wanted) -> Result<Vec<String>, ToolError> {
        let plan = needs(&wanted.text, &self.environment(wanted))?;
        let checks = preflight(&self.host(&wanted.binary).await?, &plan);
        let fatal = checks.iter().filter(|it| it.is_fatal());
        let told = |it: &Check| {
            format!("warning: {}: {}; {} (fix: {})", it.name, it.found, it.why, it.fix)
        };
        Ok(fatal.map(told).collect())
    }

    /// As it is for that program, and without the OBI that was deployed here.
    async fn host(&self, binary: &Path) -> Result<Host, ToolError> {
        let binary = binary.to_owned();
        let look = move || Host::look(Path::new("/")).with_binary(&binary);
        let host = tokio::task::spawn_blocking(look).await;
        let mut host = host.map_err(|error| ToolError::Failed(error.to_string()))?;
        self.leave_out_own(&mut host)?;
        Ok(host)
    }

    /// The one that was deployed here ends before another starts, and nobody else has its ports.
    fn leave_out_own(&self, host: &mut Host) -> Result<(), ToolError> {
        let look = self.look()?;
        let Some(birth) = look.running() else { return Ok(()) };
        host.agents.retain(|it| it.pid != birth.pid);
        let own = self.own_ports(&look)?;
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
    let passed: Vec<&str> =
        checks.iter().filter(|it| it.outcome == Outcome::Passed).map(|it| it.name).collect();
    let others = checks.iter().filter(|it| it.outcome != Outcome::Passed);
    let rows: Vec<Vec<String>> = others.map(row).collect();
    let document = Document::new().note(words).note(format!("passed: {}", passed.join(", ")));
    if rows.is_empty() {
        return document;
    }
    let columns = ["outcome", "check", "found", "why", "fix"].map(str::to_owned);
    document.table(Table::new(columns.to_vec(), rows))
}

fn row(check: &Check) -> Vec<String> {
    let Check { name, found, why, fix, .. } = check;
    [check.word(), name, found, why, fix].map(str::to_owned).to_vec()
}
