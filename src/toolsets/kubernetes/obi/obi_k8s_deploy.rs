//! `obi_k8s_deploy`: OBI runs on the nodes of a cluster, and that is proven.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Obi,
    asked::{Answer, Asked, RENAMED},
    bring::{Bringing, LIMIT, Waiting, Way},
    preflight::{self, MISSING_NAMESPACE},
    record::Record,
    wanted::Wanted,
};
use crate::{
    obi::{
        host::{Check, Outcome},
        plan::Plan,
    },
    output::Document,
    tool::{Change, Effect, Planned, Renamed, Session, ToolError},
    toolsets::kubernetes::{cluster::Cluster, settle},
};

const DEFAULT_SECONDS: u64 = 120;

/// Deploy OBI on the nodes of a cluster; it is waited for and proven, or taken back.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(in super::super) struct ObiK8sDeploy {
    #[serde(flatten)]
    asked: Asked,
    /// Default: true
    create_namespace: Option<bool>,
    /// Take over others' objects
    adopt: Option<bool>,
    /// Although it would not run
    ignore_preflight: Option<bool>,
    /// Seconds for the rollout; default 120
    #[schemars(range(min = 0, max = 600))]
    wait: Option<u64>,
    /// Only show what would change
    dry_run: Option<bool>,
    /// Kubeconfig context
    context: Option<String>,
}

impl Change for ObiK8sDeploy {
    const NAME: &'static str = "obi_k8s_deploy";
    const TITLE: &'static str = "Deploy OBI";
    const EFFECT: Effect = Effect::Apply;
    const LIMIT: Option<Duration> = Some(LIMIT);
    const RENAMED: Renamed = RENAMED;

    type Context = Obi;
    type Plan = Bringing;
    type Output = Document;

    fn is_dry_run(&self) -> bool {
        self.dry_run.unwrap_or(false)
    }

    async fn plan(&self, obi: &Obi, session: &Session) -> Result<Planned<Bringing>, ToolError> {
        let session = settle::brief(session);
        let cluster = obi.cluster(self.context.as_deref(), &session).await?;
        let planning = async {
            let namespace = obi.namespace(&cluster, self.asked.namespace()).await?;
            let record = Record::read(&cluster, &namespace).await?;
            let ground = obi.ground(&cluster, &namespace, record.as_ref()).await?;
            let Answer { wanted, plan, mut notes } = self.asked.answer(&ground)?;
            notes.extend(self.judged(&cluster, &session, &wanted, &plan).await?);
            let bringing = Box::pin(Bringing::plan(&cluster, wanted, &self.way())).await?;
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

impl ObiK8sDeploy {
    /// What is missing without keeping OBI from running; what keeps it from that is an error.
    async fn judged(
        &self,
        cluster: &Cluster,
        session: &Session,
        wanted: &Wanted,
        plan: &Plan,
    ) -> Result<Vec<String>, ToolError> {
        let makes_namespace = self.way().makes_namespace;
        let checks = Box::pin(preflight::run(cluster, session, wanted, plan)).await?;
        let is_seen_to = |it: &&Check| makes_namespace && it.name == MISSING_NAMESPACE;
        let failed = checks.iter().filter(|it| it.outcome == Outcome::Failed && !is_seen_to(it));
        let (fatal, others): (Vec<&Check>, Vec<&Check>) = failed.partition(|it| it.is_fatal());
        if !fatal.is_empty() && !self.ignore_preflight.unwrap_or(false) {
            let mut problems: Vec<String> = fatal.into_iter().map(told).collect();
            problems.push("ignore_preflight: true deploys it all the same".to_owned());
            return Err(ToolError::InvalidArguments(problems));
        }
        Ok(fatal.into_iter().chain(others).map(|it| format!("warning: {}", told(it))).collect())
    }

    fn way(&self) -> Way {
        Way {
            makes_namespace: self.create_namespace.unwrap_or(true),
            adopts: self.adopt.unwrap_or(false),
        }
    }
}

fn told(check: &Check) -> String {
    let Check { name, found, why, fix, .. } = check;
    let fix = if fix.is_empty() { String::new() } else { format!(" (fix: {fix})") };
    format!("{name}: {found}; {why}{fix}")
}
