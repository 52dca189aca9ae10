//! `obi_k8s_update`: the configuration of the OBI in a cluster becomes another, or one that it was before.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Obi,
    asked::{Answer, Ground, again},
    bring::{Bringing, LIMIT, Waiting, Way},
    deployed::Deployed,
    obi_k8s_config::of,
    record::Record,
    wanted::Wanted,
};
use crate::{
    obi::convert::{text, updated},
    output::Document,
    tool::{Change, Effect, Planned, Session, ToolError},
    toolsets::kubernetes::{problems::Problems, settle},
};

const DEFAULT_SECONDS: u64 = 120;

/// Change the configuration of OBI in a cluster, or go back to a revision; rolls out, and goes back where that fails.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ObiK8sUpdate {
    /// Object, or YAML text; null removes a key
    config: Option<Value>,
    /// Or a revision to go back to
    revision: Option<u32>,
    /// Keep all that config does not name; default true
    merge: Option<bool>,
    /// Default: where it is deployed
    namespace: Option<String>,
    /// Seconds for the rollout; default 120
    #[schemars(range(min = 0, max = 600))]
    wait: Option<u64>,
    /// Only show what would change
    dry_run: Option<bool>,
    /// Kubeconfig context
    context: Option<String>,
}

impl Change for ObiK8sUpdate {
    const NAME: &'static str = "obi_k8s_update";
    const TITLE: &'static str = "Change OBI's configuration";
    const EFFECT: Effect = Effect::Apply;
    const LIMIT: Option<Duration> = Some(LIMIT);

    type Context = Obi;
    type Plan = Bringing;
    type Output = Document;

    fn is_dry_run(&self) -> bool {
        self.dry_run.unwrap_or(false)
    }

    async fn plan(&self, obi: &Obi, session: &Session) -> Result<Planned<Bringing>, ToolError> {
        let mut problems = Problems::default();
        problems.names(self.namespace.as_deref(), None);
        problems.unless(
            self.config.is_some() != self.revision.is_some(),
            "give `config` or `revision`, one of them",
        );
        problems.none()?;
        let session = settle::brief(session);
        let cluster = obi.cluster(self.context.as_deref(), &session).await?;
        let planning = async {
            let deployed = Deployed::read(obi, &cluster, self.namespace.as_deref()).await?;
            let Deployed { namespace, record } = &deployed;
            let wanted = self.wanted(record)?;
            let ground = obi.ground(&cluster, namespace, Some(record)).await?;
            let ground = Ground { image: wanted.image.clone(), ..ground };
            let Answer { wanted, notes, .. } = again(wanted, &ground)?;
            let bringing = Box::pin(Bringing::plan(&cluster, wanted, &Way::default())).await?;
            Ok((bringing, notes))
        };
        let (bringing, notes) = cluster.before(session.deadline(), Box::pin(planning)).await?;
        let preview = bringing.preview(&notes);
        Ok(Planned { plan: bringing, preview })
    }

    async fn carry_out(
        self,
        bringing: Bringing,
        _: &Obi,
        session: &Session,
    ) -> Result<Document, ToolError> {
        let seconds = self.wait.unwrap_or(DEFAULT_SECONDS);
        let waiting = Waiting { seconds, tool: Self::NAME, context: self.context.as_deref() };
        Box::pin(bringing.carry_out(session, &waiting)).await
    }
}

impl ObiK8sUpdate {
    fn wanted(&self, record: &Record) -> Result<Wanted, ToolError> {
        if let Some(revision) = self.revision {
            return of(record, revision).cloned();
        }
        let config = self.config.as_ref().unwrap_or(&Value::Null);
        let text = if self.merge.unwrap_or(true) {
            updated(&record.wanted.config, config)
        } else {
            text(config)
        };
        let config = text.map_err(|it| ToolError::invalid(format!("`config`: {it}")))?;
        Ok(Wanted { config, ..record.wanted.clone() })
    }
}
