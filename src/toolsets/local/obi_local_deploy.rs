//! `obi_local_deploy`: OBI runs on this host with a configuration, and that is proven.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Local,
    deploying::Seen,
    planning::{LIMIT, planned},
    wanted::Wanted,
};
use crate::{
    output::Document,
    tool::{Change, Effect, Planned, Session, ToolError},
};

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
    /// As a unit of systemd's, which goes on where systemd ends this server's
    systemd: Option<bool>,
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
        let variables = self.env.clone().unwrap_or_default();
        Ok(Wanted { text, variables, binary, systemd: self.systemd.unwrap_or(false) })
    }
}
