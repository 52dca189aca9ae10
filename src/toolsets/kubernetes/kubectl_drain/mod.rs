//! `kubectl_drain`: empties a node, as far as those who own its pods allow.

mod answer;
mod budgets;
mod eviction;
mod pods;
mod preview;
mod rounds;

use std::{sync::Arc, time::Duration};

use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::Instant as Moment;

use self::{
    answer::Told,
    budgets::{Budget, budgets},
    eviction::{Evictions, Verdict},
    pods::{Fate, Pod, on_node},
    rounds::Rounds,
};
use super::{
    clients::Clients,
    cluster::Cluster,
    discovery::Resource,
    few::few,
    guard::Refusal,
    kubectl_cordon::{Node, found},
    late,
    problems::Problems,
    settle,
    side_by_side::side_by_side,
};
use crate::{
    output::Document,
    tool::{Change, Effect, Planned, Session, ToolError},
};

const DEFAULT_SECONDS: u64 = 120;
/// Pods named in one sentence.
const MOST_NAMED: usize = 10;
/// Kept of the time of a call for saying what is left.
const RESERVE: Duration = Duration::from_secs(2);

/// Cordon a node and evict its pods, within their disruption budgets; pods of daemonsets and static pods stay.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KubectlDrain {
    /// node-1
    node: String,
    /// Also pods without a controller: nobody makes them again
    force: Option<bool>,
    /// Also pods with emptyDir volumes: their data is lost
    delete_emptydir_data: Option<bool>,
    /// Only pods with app=web
    pod_selector: Option<String>,
    /// Seconds for a pod to end; default: its own
    #[schemars(range(min = 0, max = 86_400))]
    grace_period: Option<i64>,
    /// Seconds until what is left is told; default 120
    #[schemars(range(min = 1, max = 600))]
    timeout: Option<u64>,
    /// Only show what would be done
    dry_run: Option<bool>,
    /// Kubeconfig context
    context: Option<String>,
}

/// The node and its pods as they were seen.
pub(super) struct Plan {
    cluster: Arc<Cluster>,
    resource: Arc<Resource>,
    node: Node,
    pods: Vec<Pod>,
}

/// What the API server would say now.
struct Tried {
    budgets: Vec<Budget>,
    /// Pods that it would not evict now, and why.
    blocked: Vec<(Pod, String)>,
}

impl Change for KubectlDrain {
    const NAME: &'static str = "kubectl_drain";
    const TITLE: &'static str = "Drain a node";
    const EFFECT: Effect = Effect::Delete;
    const LIMIT: Option<Duration> = Some(settle::LIMIT);

    type Context = Clients;
    type Plan = Plan;
    type Output = Document;

    fn is_dry_run(&self) -> bool {
        self.dry_run.unwrap_or(false)
    }

    async fn plan(&self, clients: &Clients, session: &Session) -> Result<Planned<Plan>, ToolError> {
        let mut problems = Problems::default();
        problems.labels("pod_selector", self.pod_selector.as_deref());
        problems.none()?;
        let session = settle::brief(session);
        let cluster = clients.cluster(self.context.as_deref(), &session).await?;
        admitted(&cluster)?;
        let looking = Box::pin(self.look(&cluster));
        let (resource, node, pods, tried) = cluster.before(session.deadline(), looking).await?;
        let preview = preview::preview(&cluster, &node, &pods, &tried);
        Ok(Planned { plan: Plan { cluster, resource, node, pods }, preview })
    }

    async fn carry_out(
        self,
        plan: Plan,
        _: &Clients,
        session: &Session,
    ) -> Result<Document, ToolError> {
        let Plan { cluster, resource, node, pods } = plan;
        let was_cordoned = node.is_cordoned();
        if !was_cordoned {
            let cordoning = node.cordon(&cluster, true, false);
            cluster.before(settle::brief(session).deadline(), cordoning).await?;
            session.changed();
        }
        let started = Moment::now();
        let end = self.end(session, started);
        let rounds = Rounds {
            evictions: self.evictions(&cluster, &resource),
            node: &node.address.name,
            labels: self.pod_selector.as_deref(),
            session,
            started,
            end,
        };
        let outcome = Box::pin(rounds.run(&pods)).await;
        let is_cut = end < started + self.timeout();
        let told = Told {
            node: &node.address.name,
            context: self.context.as_deref(),
            was_cordoned,
            pods: &pods,
            labels: self.pod_selector.as_deref(),
            seconds: started.elapsed().as_secs(),
            is_cut,
        };
        told.answer(outcome)
    }
}

impl KubectlDrain {
    fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout.unwrap_or(DEFAULT_SECONDS))
    }

    fn end(&self, session: &Session, started: Moment) -> Moment {
        late::end(session, started + self.timeout(), RESERVE)
    }

    fn evictions<'a>(&self, cluster: &'a Cluster, pods: &'a Arc<Resource>) -> Evictions<'a> {
        Evictions { cluster, pods, grace_period: self.grace_period }
    }

    async fn look(
        &self,
        cluster: &Cluster,
    ) -> Result<(Arc<Resource>, Node, Vec<Pod>, Tried), ToolError> {
        let mut nodes = found(cluster, &self.node).await?;
        let (Some(node), true) = (nodes.pop(), nodes.is_empty()) else {
            return Err(ToolError::invalid("`node`: one at a time"));
        };
        let resource = cluster.resource("pods").await?;
        let pods = on_node(cluster, &node.address.name, self.pod_selector.as_deref()).await?;
        self.check(&pods)?;
        if !node.is_cordoned() {
            node.cordon(cluster, true, true).await?;
        }
        let budgets = budgets(cluster).await;
        let blocked = self.blocked(cluster, &resource, &pods).await?;
        Ok((resource, node, pods, Tried { budgets, blocked }))
    }

    /// What nobody can bring back is only lost by whoever says so.
    fn check(&self, pods: &[Pod]) -> Result<(), ToolError> {
        let evicted = || pods.iter().filter(|it| it.fate() == Fate::Evicted);
        let alone = evicted().filter(|it| it.is_missed() && self.force != Some(true));
        let local =
            evicted().filter(|it| it.has_local_data() && self.delete_emptydir_data != Some(true));
        let (alone, local) = (named(alone), named(local));
        let mut problems = Problems::default();
        problems.unless(
            alone.is_empty(),
            &format!("`force`: {alone} have no controller, and nobody would make them again; true evicts them too"),
        );
        problems.unless(
            local.is_empty(),
            &format!("`delete_emptydir_data`: {local} have emptyDir volumes, whose data would be lost; true evicts them too"),
        );
        problems.none()
    }

    async fn blocked(
        &self,
        cluster: &Cluster,
        resource: &Arc<Resource>,
        pods: &[Pod],
    ) -> Result<Vec<(Pod, String)>, ToolError> {
        let evictions = &self.evictions(cluster, resource);
        let evicted = pods.iter().filter(|it| it.fate() == Fate::Evicted);
        let tries: Vec<_> =
            evicted.map(|it| async move { (it, evictions.evict(it, true).await) }).collect();
        let verdicts: Vec<(&Pod, Verdict)> = side_by_side(tries).await;
        let mut blocked = Vec::new();
        for (pod, verdict) in verdicts {
            match verdict {
                Verdict::Granted | Verdict::Gone | Verdict::Busy => {}
                Verdict::Blocked(said) | Verdict::Never(said) => blocked.push((pod.clone(), said)),
                Verdict::Unknown(error) | Verdict::Failed(error) => return Err(error),
            }
        }
        Ok(blocked)
    }
}

/// Whether a drain may come to its end: otherwise the node would be closed for nothing.
fn admitted(cluster: &Cluster) -> Result<(), ToolError> {
    let denied = [("pods", None), ("pods/eviction", Some("eviction"))];
    let denied = denied.into_iter().find(|it| cluster.guard().denies("", "pods", it.1));
    let Some((name, _)) = denied else { return Ok(()) };
    Err(ToolError::Refused(Refusal::Resource(name.to_owned()).to_string()))
}

fn named<'a>(pods: impl Iterator<Item = &'a Pod>) -> String {
    let names: Vec<String> = pods.map(ToString::to_string).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    few(&names, MOST_NAMED)
}
