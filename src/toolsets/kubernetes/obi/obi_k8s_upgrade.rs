//! `obi_k8s_upgrade`: another release of OBI runs with the same configuration, or the one before runs on.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Obi,
    asked::{Answer, Ground, again},
    bring::{Bringing, LIMIT, Waiting, Way},
    deployed::Deployed,
    image::Image,
};
use crate::{
    output::Document,
    tool::{Change, Effect, Planned, Session, ToolError},
    toolsets::kubernetes::{problems::Problems, settle},
};

const DEFAULT_SECONDS: u64 = 300;

/// Move OBI in a cluster to another release: its configuration is checked for that one; goes back where it fails.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ObiK8sUpgrade {
    /// Such as v0.13.0
    version: Option<String>,
    /// Or another image
    image: Option<String>,
    /// Default: where it is deployed
    namespace: Option<String>,
    /// Seconds for the rollout; default 300
    #[schemars(range(min = 0, max = 600))]
    wait: Option<u64>,
    /// Only show what would change
    dry_run: Option<bool>,
    /// Kubeconfig context
    context: Option<String>,
}

impl Change for ObiK8sUpgrade {
    const NAME: &'static str = "obi_k8s_upgrade";
    const TITLE: &'static str = "Upgrade OBI";
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
            self.version.is_some() != self.image.is_some(),
            "give `version` or `image`, one of them",
        );
        problems.none()?;
        let session = settle::brief(session);
        let cluster = obi.cluster(self.context.as_deref(), &session).await?;
        let planning = async {
            let Deployed { namespace, record } =
                Deployed::read(obi, &cluster, self.namespace.as_deref()).await?;
            let ground = obi.ground(&cluster, &namespace, Some(&record)).await?;
            let (image, mut notes) = self.image(&ground).map_err(ToolError::invalid)?;
            let answer = again(record.wanted, &Ground { image, ..ground })?;
            let Answer { wanted, notes: more, .. } = answer;
            notes.extend(more);
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

impl ObiK8sUpgrade {
    fn image(&self, ground: &Ground) -> Result<(Image, Vec<String>), String> {
        match (&self.version, &self.image) {
            (Some(version), _) => ground.image.of_version(version),
            (None, Some(image)) => Image::parse(image),
            (None, None) => Ok((ground.image.clone(), Vec::new())),
        }
    }
}
