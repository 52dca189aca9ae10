//! `obi_local_deploy`: OBI runs on this host with a configuration, and that is proven.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{
    HERE, Local,
    deploying::Seen,
    look::Look,
    obi_local_status::other,
    wanted::{Wanted, told},
};
use crate::{
    obi::config::Severity,
    output::Document,
    tool::{Affected, Change, Effect, Planned, Preview, Session, ToolError},
};

/// Ending the old one, starting the new one, and going back where that fails.
pub(super) const LIMIT: Duration = Duration::from_mins(2);

/// Start OBI on this host, in place of the one deployed before; waits until it has proven to run, else goes back.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ObiLocalDeploy {
    /// OBI's configuration: object, or YAML text; default: the operator's
    config: Option<Value>,
    /// Or a YAML file of this host, which is never changed
    config_path: Option<PathBuf>,
    /// Variables for OBI, such as `OTEL_EXPORTER_OTLP_HEADERS`; they beat the configuration
    env: Option<BTreeMap<String, String>>,
    /// Another OBI program of this host
    binary_path: Option<PathBuf>,
    /// Only show what would run, and what is wrong with it
    dry_run: Option<bool>,
}

impl Change for ObiLocalDeploy {
    const NAME: &'static str = "obi_local_deploy";
    const TITLE: &'static str = "Deploy OBI here";
    /// Another program than the operator's is an execution, and shown as one.
    const EFFECT: Effect = Effect::Apply;
    const LIMIT: Option<Duration> = Some(LIMIT);
    const ALIASES: &'static [&'static str] = &["obi_deploy_local"];

    type Context = Local;
    type Plan = (Wanted, Seen);
    type Output = Document;

    fn is_dry_run(&self) -> bool {
        self.dry_run.unwrap_or(false)
    }

    async fn plan(&self, local: &Local, _: &Session) -> Result<Planned<Self::Plan>, ToolError> {
        let wanted = self.wanted(local)?;
        planned(local, wanted, true).await
    }

    async fn carry_out(
        self,
        (wanted, seen): Self::Plan,
        local: &Local,
        session: &Session,
    ) -> Result<Document, ToolError> {
        local.bring(wanted, seen, session).await
    }
}

impl ObiLocalDeploy {
    fn wanted(&self, local: &Local) -> Result<Wanted, ToolError> {
        let given = local.given(self.config.as_ref(), self.config_path.as_deref())?;
        let text = given.map_or_else(|| local.configured(), Ok)?;
        let binary = self.binary_path.clone().unwrap_or_else(|| local.settings.binary.clone());
        Ok(Wanted { text, variables: self.env.clone().unwrap_or_default(), binary })
    }
}

/// What would run in place of what does.
pub(super) async fn planned(
    local: &Local,
    wanted: Wanted,
    restarts: bool,
) -> Result<Planned<(Wanted, Seen)>, ToolError> {
    let report = wanted.check(local)?;
    let look = local.look()?;
    if restarts {
        local.require_free(&wanted, &look)?;
    }
    let seen = Seen::of(local, &look, Some(&wanted));
    let runs_already = local.runs(&look, &wanted)?;
    let summary = match (restarts, runs_already) {
        (_, true) => "OBI runs with exactly this on this host".to_owned(),
        (false, false) => "the configuration would be kept, and OBI goes on as it is".to_owned(),
        (true, false) => starting(&look, &wanted),
    };
    let warnings = report.findings.iter().filter(|it| it.severity == Severity::Warning).map(told);
    let mut details: Vec<String> = warnings.map(|it| format!("warning: {it}")).collect();
    details.extend(Local::foreign(&look).iter().map(|it| {
        format!(
            "warning: another OBI runs on this host, {}: what both see is told twice",
            other(it)
        )
    }));
    if restarts {
        details.extend(local.unfit(&wanted).await);
    }
    let withheld = &local.settings.withheld;
    if !withheld.is_empty() {
        details.push(format!(
            "not passed on from this server's own environment: {}; name in env what is meant",
            withheld.join(", ")
        ));
    }
    details.push(local.difference(&look, &wanted.text));
    details.push(local.changes_of(&local.variables_of(&look), &wanted.variables));
    details.retain(|it| !it.is_empty());
    let affected = if runs_already { Vec::new() } else { vec![affected(local, &wanted, &seen)] };
    let preview = Preview { summary, details: details.join("\n"), affected };
    Ok(Planned { plan: (wanted, seen), preview })
}

fn starting(look: &Look, wanted: &Wanted) -> String {
    let binary = wanted.binary.display();
    match look.running() {
        Some(it) => format!(
            "OBI on this host (process {}) would be ended, and {binary} started in its place",
            it.pid
        ),
        None => format!("{binary} would be started on this host"),
    }
}

fn affected(local: &Local, wanted: &Wanted, seen: &Seen) -> Affected {
    let is_own = wanted.binary == local.settings.binary;
    let is_plain = is_own && !wanted.may_run_others();
    Affected {
        effect: if is_plain { Effect::Apply } else { Effect::Execute },
        kind: "Process".to_owned(),
        group: String::new(),
        namespace: Some(HERE.to_owned()),
        name: wanted.binary.display().to_string(),
        state: seen.to_string(),
    }
}
