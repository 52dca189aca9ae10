//! What can be seen of an OBI in a cluster: its objects, its pods, the nodes, and what a few pods say when they are asked.
//!
//! A fleet may be of thousands: everything that is listed is read page by page straight into the little that counts, and only a sample of
//! the pods is asked. Whatever was not looked at is said.

mod asked;
mod config;
mod drift;
mod judged;
mod nodes;
mod pods;
mod proof;
mod refusals;
mod sample;
mod scheduling;
mod sets;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use futures::{StreamExt, stream};
use jiff::Timestamp;

use self::asked::Asking;
pub(super) use self::{
    asked::Asked,
    config::Config,
    drift::{Drift, drift},
    judged::Judged,
    nodes::{Node, Nodes},
    pods::{Group, Phase, Pod},
    proof::proof,
    refusals::Refusals,
    sets::{CONTAINER, Foreign, Set, Sets, is_obi, labels},
};
use crate::{
    obi::plan::Plan,
    tool::ToolError,
    toolsets::kubernetes::{cluster::Cluster, error::Asked as Question, listing::Listing},
};

/// Pods asked at once.
const PARALLEL: usize = 16;

/// An OBI in a cluster, as it was at one moment.
pub(super) struct Fleet {
    pub(super) namespace: String,
    /// None where none of ours is deployed there.
    pub(super) set: Option<Set>,
    /// Namespaces with others of ours.
    pub(super) elsewhere: Vec<String>,
    pub(super) foreign: Vec<Foreign>,
    pub(super) pods: Vec<Pod>,
    pub(super) nodes: Nodes,
    pub(super) config: Config,
    /// Why its controller cannot make pods, in the words of the API server.
    pub(super) refused: Option<String>,
    /// What could not be looked at, and why.
    pub(super) notes: Vec<String>,
}

/// Nodes without an OBI that works, for one reason.
#[derive(Debug, Clone)]
pub(super) struct Uncovered<'a> {
    pub(super) why: &'a str,
    pub(super) fix: &'a str,
    pub(super) nodes: Vec<&'a str>,
}

impl Fleet {
    /// Of the namespace, or where the only one is. It is an error only that nothing can be seen of its `DaemonSet`.
    pub(super) async fn of(cluster: &Cluster, namespace: Option<&str>) -> Result<Self, ToolError> {
        let Sets { namespace, own, elsewhere, foreign, note } =
            Sets::read(cluster, namespace).await?;
        let (pods, nodes) =
            (cluster.resource("pods.v1.").await?, cluster.resource("nodes.v1.").await?);
        let selector = labels();
        let listing = Listing {
            namespace: Some(&namespace),
            labels: Some(&selector),
            ..Listing::of_all(cluster, &pods)
        };
        let (of_pods, of_nodes, config, refused) = futures::join!(
            pods::read(&listing),
            Nodes::read(cluster, &nodes, own.as_ref()),
            Config::read(cluster, &namespace, own.as_ref()),
            refused(cluster, &namespace, own.as_ref()),
        );
        let mut notes: Vec<String> = note.into_iter().chain(config.note.clone()).collect();
        let pods = of_pods.map_err(|it| listing.failed(&it))?;
        let nodes = of_nodes.unwrap_or_else(|error| {
            let asked = Question { verb: "list", resource: "nodes", name: None, namespace: None };
            let why = cluster.explain(&error, &asked);
            if own.is_some() {
                notes.push(format!("Nodes without OBI are not known: {why}"));
            }
            Nodes::default()
        });
        Ok(Self { namespace, set: own, elsewhere, foreign, pods, nodes, config, refused, notes })
    }

    /// What its configuration asks for; none where that cannot be read.
    pub(super) fn plan(&self) -> Option<&Plan> {
        self.config.plan.as_ref()
    }

    /// Pods by state and reason, the worst first.
    pub(super) fn groups(&self) -> Vec<Group<'_>> {
        pods::groups(&self.pods)
    }

    /// Nodes without an OBI that could work, by reason, the most frequent first.
    pub(super) fn uncovered(&self) -> Vec<Uncovered<'_>> {
        let by_node: HashMap<&str, &Pod> =
            self.pods.iter().map(|it| (it.node.as_str(), it)).collect();
        let mut groups: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
        for node in &self.nodes.all {
            let pod = by_node.get(node.name.as_str()).copied();
            if let Some(reason) = self.gap(node, pod) {
                groups.entry(reason).or_default().push(&node.name);
            }
        }
        let group = |((why, fix), nodes)| Uncovered { why, fix, nodes };
        let mut groups: Vec<Uncovered<'_>> = groups.into_iter().map(group).collect();
        groups.sort_by_key(|it| std::cmp::Reverse(it.nodes.len()));
        groups
    }

    /// Why a node has no OBI that could work. What is wrong with a pod that is there is told of the pod.
    fn gap<'a>(&'a self, node: &'a Node, pod: Option<&'a Pod>) -> Option<(&'a str, &'a str)> {
        let is_running = pod.is_some_and(|it| it.phase != Phase::Pending);
        match (&node.unfit, pod) {
            (Some(unfit), _) if unfit.is_of_node || !is_running => Some((&unfit.why, unfit.fix)),
            (_, Some(pod)) if pod.phase == Phase::Pending => Some((&pod.why, "")),
            (_, Some(_)) => None,
            (_, None) if self.set.is_none() => Some(("nothing is deployed", "")),
            (_, None) if !node.is_ready => Some(("the node is not ready", "")),
            (_, None) if self.refused.is_some() => {
                Some(("its controller may not make pods", "see what the API server says"))
            }
            (_, None) => Some(("its controller has made no pod yet", "")),
        }
    }

    /// Images in use, and in how many pods.
    pub(super) fn images(&self) -> BTreeMap<&str, usize> {
        self.count(|it| &it.image)
    }

    /// Configurations in use by their hashes, and in how many pods.
    pub(super) fn hashes(&self) -> BTreeMap<&str, usize> {
        self.count(|it| &it.config_hash)
    }

    fn count<'a>(&'a self, of: impl Fn(&'a Pod) -> &'a String) -> BTreeMap<&'a str, usize> {
        let mut counts = BTreeMap::new();
        for pod in self.pods.iter().filter(|it| it.phase != Phase::Ending) {
            *counts.entry(of(pod).as_str()).or_default() += 1;
        }
        counts
    }

    /// Asks a sample of the pods: those in trouble first, and a few that are well of every kind of node.
    pub(super) async fn ask(&self, cluster: &Cluster) -> Vec<Asked> {
        let chosen = sample::sample(&self.pods, &self.nodes);
        self.ask_those(cluster, &chosen).await
    }

    pub(super) async fn ask_those(&self, cluster: &Cluster, pods: &[&Pod]) -> Vec<Asked> {
        let asking = Asking {
            cluster,
            namespace: &self.namespace,
            plan: self.plan(),
            now: Timestamp::now(),
        };
        let all: Vec<_> = pods.iter().map(|it| asking.one(it)).collect();
        stream::iter(all).buffered(PARALLEL).collect().await
    }

    /// How the whole is, by what was seen and by what those said who were asked.
    pub(super) fn judged(&self, asked: &[Asked]) -> Judged {
        judged::judged(self, asked)
    }
}

/// Where its controller makes fewer pods than it should, what the API server said to it last.
async fn refused(cluster: &Cluster, namespace: &str, set: Option<&Set>) -> Option<String> {
    let set = set.filter(|it| it.status.current < it.status.desired)?;
    let events = cluster.resource("events.v1.").await.ok()?;
    let fields = format!(
        "involvedObject.kind=DaemonSet,involvedObject.name={},reason=FailedCreate",
        set.metadata.name
    );
    let listing = Listing {
        namespace: Some(namespace),
        fields: Some(&fields),
        ..Listing::of_all(cluster, &events)
    };
    let list: Events = listing.objects(None, MOST_EVENTS).await.ok()?;
    let mut events = list.items.unwrap_or_default();
    events.sort_by(|one, other| one.last_timestamp.cmp(&other.last_timestamp));
    events.pop().map(|it| it.message)
}

const MOST_EVENTS: usize = 50;

#[derive(serde::Deserialize)]
struct Events {
    items: Option<Vec<Event>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Event {
    message: String,
    last_timestamp: Option<String>,
}
