//! `obi_local_update`: the configuration of the OBI that was deployed here becomes another, or one that it was before.

use std::{collections::BTreeMap, time::Duration};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Local,
    deploying::Seen,
    look::{Look, nothing},
    planning::{LIMIT, planned},
    wanted::{self, Wanted},
};
use crate::{
    obi::convert::updated,
    output::Document,
    tool::{Change, Effect, Planned, Session, ToolError},
};

/// Change the configuration of the OBI on this host, or go back to a revision; a restart proves itself or goes back.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ObiLocalUpdate {
    /// Object, or YAML text; null removes a key
    config: Option<Value>,
    /// Or a revision to go back to
    revision: Option<u32>,
    /// Keep all that config does not name; default true
    merge: Option<bool>,
    /// Variables for OBI in place of all that there are; {} for none
    env: Option<BTreeMap<String, String>>,
    /// Run it now, as OBI never reads it again by itself; default: only a revision
    restart: Option<bool>,
    /// Only show what would change
    dry_run: Option<bool>,
}

impl Change for ObiLocalUpdate {
    const NAME: &'static str = "obi_local_update";
    const TITLE: &'static str = "Change OBI's configuration here";
    const EFFECT: Effect = Effect::Apply;
    const LIMIT: Option<Duration> = Some(LIMIT);
    const ALIASES: &'static [&'static str] = &["obi_update_config"];

    type Context = Local;
    type Plan = (Wanted, Seen);
    type Output = Document;

    fn is_dry_run(&self) -> bool {
        self.dry_run.unwrap_or(false)
    }

    async fn plan(&self, local: &Local, _: &Session) -> Result<Planned<Self::Plan>, ToolError> {
        let look = local.look()?;
        let wanted = self.wanted(local, &look)?;
        planned(local, wanted, self.restarts()).await
    }

    async fn carry_out(
        self,
        (wanted, seen): Self::Plan,
        local: &Local,
        session: &Session,
    ) -> Result<Document, ToolError> {
        if self.restarts() {
            return local.bring(wanted, seen, session).await;
        }
        let revision = local.keep(&wanted, &seen)?;
        session.changed();
        Ok(Document::new().note(format!(
            "kept as revision {revision}, which runs when obi_local_update is called with revision: {revision}"
        )))
    }
}

impl ObiLocalUpdate {
    fn restarts(&self) -> bool {
        self.restart.unwrap_or_else(|| self.revision.is_some())
    }

    fn wanted(&self, local: &Local, look: &Look) -> Result<Wanted, ToolError> {
        let deployment = look.deployment.as_ref().ok_or_else(nothing)?;
        // What is merged into the newest has its variables, and what is gone back to has its own.
        let newest = local.store.revisions().last().map_or(deployment.revision, |it| it.number);
        let text = match (&self.config, self.revision) {
            (Some(config), None) if self.merge.unwrap_or(true) => {
                let before = local.store.configuration(newest)?;
                updated(&before, config)
                    .map_err(|it| ToolError::invalid(format!("`config`: {it}")))?
            }
            (Some(config), None) => wanted::text(config)?,
            (None, None) if self.env.is_some() => local.store.configuration(newest)?,
            (None, Some(revision)) => local.store.configuration(revision)?,
            _ => {
                return Err(ToolError::invalid(
                    "give `config`, `revision` or `env`; not `config` beside `revision`",
                ));
            }
        };
        let binary = deployment.binary.clone();
        let kept = || local.store.variables(self.revision.unwrap_or(newest));
        let variables = self.env.clone().map_or_else(kept, Ok)?;
        Ok(Wanted { text, variables, binary, systemd: deployment.unit.is_some() })
    }
}
