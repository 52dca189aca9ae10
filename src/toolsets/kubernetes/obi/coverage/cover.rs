//! The nodes, and whether an OBI is there that sees what runs on them.

use std::collections::BTreeMap;

use super::super::{
    pages::{Place as Where, each},
    pods::Pod,
    preflight::node::{Machine, Node, Place, Wishes},
    seen::labels,
    wanted::Wanted,
};
use crate::{
    obi::Kernel,
    tool::{Session, ToolError},
    toolsets::kubernetes::cluster::Cluster,
};

/// What is on a node of an OBI.
#[derive(Debug, Clone)]
pub(crate) enum Cover {
    /// A pod that is ready.
    Ready(Box<Pod>),
    /// A pod that is not, and why.
    Broken(String, String),
    /// Why there is none.
    Absent(String),
    /// Nothing is deployed, and it would come.
    Planned,
}

/// All nodes that are known.
#[derive(Debug, Default)]
pub(crate) struct Covered {
    pub(crate) nodes: BTreeMap<String, Cover>,
    /// Why not all that should be known is.
    pub(crate) doubt: Option<String>,
}

impl Covered {
    /// As it is where something is deployed, and as it would be where nothing is.
    pub(crate) async fn look(
        cluster: &Cluster,
        session: &Session,
        home: &str,
        deployed: Option<&Wanted>,
    ) -> Result<Self, ToolError> {
        let mut covered = Self::default();
        if deployed.is_some() {
            let labels = labels();
            let place = Where { namespace: Some(home), labels: Some(&labels), ..Where::default() };
            each(cluster, "pods", place, session.deadline(), |it: Pod| covered.agent(it)).await?;
        }
        let wishes = deployed
            .map_or_else(Wishes::default, |it| Wishes::new(&it.node_selector, &it.tolerations));
        let nodes = each(cluster, "nodes", Where::default(), session.deadline(), |it: Node| {
            covered.node(&it, &wishes, deployed.is_some());
        });
        covered.doubt = match nodes.await {
            Ok(true) => None,
            Ok(false) => Some("Not all nodes: time ran out.".to_owned()),
            Err(error) => Some(format!("Without the nodes: {error}.")),
        };
        Ok(covered)
    }

    pub(super) fn agent(&mut self, pod: Pod) {
        let node = pod.spec.node_name.clone();
        if node.is_empty() {
            return;
        }
        let cover = if pod.is_ready() {
            Cover::Ready(Box::new(pod))
        } else {
            let why = pod.trouble();
            Cover::Broken(pod.metadata.name, why)
        };
        let is_known = matches!(self.nodes.get(&node), Some(Cover::Ready(_)));
        // One that is about to go leaves its place to another.
        if !is_known {
            self.nodes.insert(node, cover);
        }
    }

    pub(super) fn node(&mut self, node: &Node, wishes: &Wishes, is_deployed: bool) {
        if self.nodes.contains_key(node.name()) {
            return;
        }
        let cover = match absence(node, wishes) {
            Some(why) => Cover::Absent(why),
            None if is_deployed => Cover::Absent("OBI has no pod there yet".to_owned()),
            None => Cover::Planned,
        };
        self.nodes.insert(node.name().to_owned(), cover);
    }

    /// Why what runs there is not seen; none where it is.
    pub(crate) fn gap(&self, node: &str) -> Option<String> {
        match self.nodes.get(node) {
            Some(Cover::Ready(_) | Cover::Planned) => None,
            Some(Cover::Broken(pod, why)) => {
                Some(format!("node {node}: OBI's pod {pod} is not ready: {why}"))
            }
            Some(Cover::Absent(why)) => Some(format!("node {node}: {why}")),
            None if self.doubt.is_some() => Some(format!(
                "node {node}: OBI has no pod there, and the node may not be looked at"
            )),
            None => Some(format!("node {node}: OBI has no pod there")),
        }
    }

    /// How many there are, and of how many what runs there is seen.
    pub(crate) fn count(&self) -> (usize, usize) {
        let good = self.nodes.values().filter(|it| matches!(it, Cover::Ready(_) | Cover::Planned));
        (good.count(), self.nodes.len())
    }
}

/// Why a `DaemonSet` has no pod there, or one that does not run.
fn absence(node: &Node, wishes: &Wishes) -> Option<String> {
    match node.machine() {
        Machine::Linux => {}
        Machine::Windows => return Some("it runs Windows, and OBI Linux only".to_owned()),
        Machine::Fargate => return Some("no DaemonSet runs on Fargate".to_owned()),
        Machine::Virtual => return Some("it is a virtual node, without a kernel".to_owned()),
    }
    if !node.has_image() {
        return Some(format!("no image of OBI's is for {}", node.architecture()));
    }
    match node.place(wishes) {
        Place::NotSelected(label) => return Some(format!("node_selector asks for {label}")),
        Place::Tainted(taint) => return Some(format!("its taint {taint} is not tolerated")),
        Place::Comes => {}
    }
    let kernel = node.kernel().filter(|it| !it.is_supported(node.is_of_rhel()))?;
    Some(format!("its kernel {kernel} is older than {}", Kernel::OLDEST))
}

impl Pod {
    /// Why it is not ready.
    fn trouble(&self) -> String {
        if self.metadata.deletion_timestamp.is_some() {
            return "it is being deleted".to_owned();
        }
        let waiting = self.status.container_statuses.iter().filter_map(|it| {
            it.state.waiting.as_ref().map(|it| it.reason.clone()).filter(|it| !it.is_empty())
        });
        waiting.into_iter().next().unwrap_or_else(|| self.status.phase.clone())
    }
}
