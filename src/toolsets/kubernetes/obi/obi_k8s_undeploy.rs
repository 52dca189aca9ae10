//! `obi_k8s_undeploy`: what Tacklebox made for OBI goes, and nothing else.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Obi,
    remove::{Removing, Stays},
};
use crate::{
    output::Document,
    tool::{Change, Effect, Planned, Preview, Session, ToolError},
    toolsets::kubernetes::{problems::Problems, settle},
};

const DEFAULT_SECONDS: u64 = 60;

/// Remove the OBI that Tacklebox deployed in a cluster, exactly what it made; shows the list first.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ObiK8sUndeploy {
    /// Default: where it is deployed
    namespace: Option<String>,
    /// The ConfigMap stays
    keep_config: Option<bool>,
    /// Only if Tacklebox made it and nothing else is in it
    delete_namespace: Option<bool>,
    /// Seconds until its pods are gone; default 60
    #[schemars(range(min = 0, max = 600))]
    wait: Option<u64>,
    /// Only show what would go
    dry_run: Option<bool>,
    /// Kubeconfig context
    context: Option<String>,
}

impl Change for ObiK8sUndeploy {
    const NAME: &'static str = "obi_k8s_undeploy";
    const TITLE: &'static str = "Remove OBI";
    const EFFECT: Effect = Effect::Delete;
    const LIMIT: Option<Duration> = Some(settle::LIMIT);

    type Context = Obi;
    type Plan = Option<Removing>;
    type Output = Document;

    fn is_dry_run(&self) -> bool {
        self.dry_run.unwrap_or(false)
    }

    async fn plan(&self, obi: &Obi, session: &Session) -> Result<Planned<Self::Plan>, ToolError> {
        let mut problems = Problems::default();
        problems.names(self.namespace.as_deref(), None);
        problems.none()?;
        let session = settle::brief(session);
        let cluster = obi.cluster(self.context.as_deref(), &session).await?;
        let planning = async {
            let namespace = obi.namespace(&cluster, self.namespace.as_deref()).await?;
            Removing::plan(&cluster, &namespace, self.stays()).await
        };
        let removing = cluster.before(session.deadline(), Box::pin(planning)).await?;
        let preview = removing.as_ref().map_or_else(nothing, Removing::preview);
        Ok(Planned { plan: removing, preview })
    }

    async fn carry_out(
        self,
        removing: Self::Plan,
        _: &Obi,
        session: &Session,
    ) -> Result<Document, ToolError> {
        let Some(removing) = removing else { return Ok(Document::new().note(NOTHING)) };
        Box::pin(removing.carry_out(session, self.wait.unwrap_or(DEFAULT_SECONDS))).await
    }
}

const NOTHING: &str = "nothing to remove: no OBI was deployed by Tacklebox there";

/// Whoever wants it gone has what they want.
fn nothing() -> Preview {
    Preview { summary: NOTHING.to_owned(), ..Preview::default() }
}

impl ObiK8sUndeploy {
    fn stays(&self) -> Stays {
        Stays {
            config: self.keep_config.unwrap_or(false),
            namespace: !self.delete_namespace.unwrap_or(false),
        }
    }
}
