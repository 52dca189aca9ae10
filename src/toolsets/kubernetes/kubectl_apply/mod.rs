//! `kubectl_apply`: objects as a manifest wants them, tried as a whole before anything is written.

mod carry;
mod cleaned;
mod conflict;
mod dependency;
mod established;
mod intent;
mod kinds;
mod made;
mod names;
mod one;
mod outcome;
mod owned;
mod preview;
mod prune;
mod rank;
mod refused;
mod set;
mod step;
mod trial;
mod trouble;
mod unknown_fields;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

pub(super) use self::made::{Applied, Made, Unmaking};

use self::{
    carry::Carrying,
    intent::Intent,
    prune::Doomed,
    set::{ApplySet, SetName},
    step::Step,
    trial::Trials,
};
use super::{
    address::Address,
    clients::Clients,
    cluster::Cluster,
    documents,
    kubernetes_wait::Goal,
    problems::Problems,
    settle::{self, Settling},
};
use crate::{
    output::Document,
    tool::{Change, Effect, Planned, Session, ToolError},
};

/// What planning may take, and what applying may, beside waiting for rollouts.
const WORK: Duration = Duration::from_mins(2);

/// Apply YAML or JSON server-side: everything is tried before anything is written.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KubectlApply {
    /// One or many documents
    manifest: String,
    /// For documents without one; default: the context's
    namespace: Option<String>,
    /// Seconds to wait for rollouts; ends early when they cannot succeed
    #[schemars(range(min = 0, max = 600))]
    wait: Option<u64>,
    /// Only show what would change
    dry_run: Option<bool>,
    /// Take over fields of other managers
    force: Option<bool>,
    /// Makes the objects members of this set
    apply_set: Option<String>,
    /// Delete members of the set that manifest lacks
    prune: Option<bool>,
    /// Kubeconfig context
    context: Option<String>,
}

/// What is to be written, as it was tried.
pub(super) struct Plan {
    cluster: Arc<Cluster>,
    /// In the order in which they are applied.
    steps: Vec<Step>,
    set: Option<ApplySet>,
    doomed: Vec<Doomed>,
    /// The object that stands for the set, as it is when they are gone; none if that is how it is applied.
    narrowed: Option<Value>,
    notes: Vec<String>,
}

/// The session for all that is not waiting.
fn working(session: &Session) -> Session {
    session.until(Instant::now() + WORK)
}

/// What is rolled out is waited for; anything else is looked at.
fn next(written: &[&Address]) -> String {
    let is_rolled_out = |it: &&&Address| Goal::Rollout.suits(&it.resource).is_ok();
    let (call, address, goal) = match (written.iter().find(is_rolled_out), written.last()) {
        (Some(workload), _) => ("kubernetes_wait", workload, " for=rollout"),
        (None, Some(last)) => ("kubectl_describe", last, ""),
        (None, None) => return String::new(),
    };
    let namespace = address.namespace.as_ref().map(|it| format!(" namespace={it}"));
    let (kind, name) = (address.resource.full_name(), &address.name);
    format!("{call} resource={kind}/{name}{}{goal}", namespace.unwrap_or_default())
}

impl Change for KubectlApply {
    const NAME: &'static str = "kubectl_apply";
    const TITLE: &'static str = "Apply";
    const EFFECT: Effect = Effect::Apply;
    const LIMIT: Option<Duration> = Some(settle::LIMIT);

    type Context = Clients;
    type Plan = Plan;
    type Output = Document;

    fn is_dry_run(&self) -> bool {
        self.dry_run.unwrap_or(false)
    }

    async fn plan(&self, clients: &Clients, session: &Session) -> Result<Planned<Plan>, ToolError> {
        let (documents, set) = self.check()?;
        let session = &working(session);
        let cluster = clients.cluster(self.context.as_deref(), session).await?;
        let plan = self.planned(&cluster, documents, set);
        let plan = cluster.before(session.deadline(), plan).await?;
        let preview = plan.preview();
        Ok(Planned { plan, preview })
    }

    async fn carry_out(
        self,
        plan: Plan,
        _: &Clients,
        session: &Session,
    ) -> Result<Document, ToolError> {
        let cluster = Arc::clone(&plan.cluster);
        let working = working(session);
        let is_own_limit = working.deadline() != session.deadline();
        let carried = Carrying::new(plan, &working, is_own_limit).finish().await?;
        let written: Vec<Address> = carried.written().into_iter().cloned().collect();
        let written: Vec<&Address> = written.iter().collect();
        let Some(seconds) = self.wait.filter(|it| *it > 0 && !written.is_empty()) else {
            return Ok(carried.document(&next(&written)));
        };
        let context = self.context.as_deref();
        let settling = Settling { cluster: &cluster, session, context, tool: Self::NAME, seconds };
        Ok(carried.document("").and(settling.settle(&written).await.document))
    }
}

impl KubectlApply {
    fn check(&self) -> Result<(Vec<documents::Document>, Option<SetName>), ToolError> {
        let mut problems = Problems::default();
        problems.names(self.namespace.as_deref(), None);
        problems.one_namespace(self.namespace.as_deref());
        let set = self.apply_set.as_deref();
        problems.unless(
            !self.prune.unwrap_or(false) || set.is_some(),
            "`prune`: only members of an apply set are ever deleted, and `apply_set` names none: give the set that these objects were applied with",
        );
        let set = problems.keep(set.map(SetName::parse).transpose()).flatten();
        let read = documents::read(&self.manifest);
        let documents = problems.keep_all(read).unwrap_or_default();
        problems.none()?;
        Ok((documents, set))
    }

    async fn planned(
        &self,
        cluster: &Arc<Cluster>,
        documents: Vec<documents::Document>,
        set: Option<SetName>,
    ) -> Result<Plan, ToolError> {
        let intents = intent::all(cluster, documents, self.namespace.as_deref()).await?;
        let set = match set {
            None => None,
            Some(name) => Some(ApplySet::read(cluster, &name, self.namespace.as_deref()).await?),
        };
        let (force, prune) = (self.force.unwrap_or(false), self.prune.unwrap_or(false));
        Plan::of(cluster, intents, set, force, prune).await
    }
}

impl Plan {
    async fn of(
        cluster: &Arc<Cluster>,
        mut intents: Vec<Intent>,
        set: Option<ApplySet>,
        force: bool,
        prune: bool,
    ) -> Result<Self, ToolError> {
        if let Some(set) = &set {
            set.take(&mut intents)?;
        }
        rank::sort(&mut intents);
        let steps = Trials { cluster, force, set: set.as_ref() }.of(intents).await?;
        let pruned = set.as_ref().filter(|_| prune);
        let (doomed, notes) = match pruned {
            Some(set) => prune::doomed(cluster, set, &steps).await?,
            None => (Vec::new(), Vec::new()),
        };
        let narrowed = pruned.and_then(|it| it.narrowed(&steps));
        let cluster = Arc::clone(cluster);
        Ok(Self { cluster, steps, set, doomed, narrowed, notes })
    }
}
