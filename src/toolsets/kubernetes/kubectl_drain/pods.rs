//! The pods of a node, and what a drain does with each.

use std::{collections::BTreeMap, fmt};

use serde::Deserialize;
use serde_json::Value;

use crate::{
    tool::ToolError,
    toolsets::kubernetes::{cluster::Cluster, listing::Listing, table::ListMeta},
};

const PAGE: usize = 500;
/// Which kubelets write on pods that they have from a file.
const MIRROR: &str = "kubernetes.io/config.mirror";

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Pod {
    pub(super) metadata: Meta,
    spec: Spec,
    status: Status,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Meta {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) uid: String,
    pub(super) labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    owner_references: Vec<Owner>,
    deletion_timestamp: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Owner {
    kind: String,
    name: String,
    controller: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Spec {
    volumes: Vec<Volume>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Volume {
    empty_dir: Option<Value>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Status {
    phase: String,
}

#[derive(Deserialize)]
struct List {
    #[serde(default)]
    metadata: ListMeta,
    items: Option<Vec<Pod>>,
}

/// What becomes of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Evicted,
    /// It ends already.
    Ending,
    /// It would be made again on the same node.
    OfDaemonSet,
    /// The node's own, which no API server can delete.
    Static,
}

/// All that are on the node, in all namespaces.
pub(super) async fn on_node(
    cluster: &Cluster,
    node: &str,
    labels: Option<&str>,
) -> Result<Vec<Pod>, ToolError> {
    let resource = cluster.resource("pods").await?;
    let fields = format!("spec.nodeName={node}");
    let listing = Listing { labels, fields: Some(&fields), ..Listing::of_all(cluster, &resource) };
    let (mut pods, mut token) = (Vec::new(), String::new());
    loop {
        let next = Some(token.as_str()).filter(|it| !it.is_empty());
        let page: List = listing.objects(next, PAGE).await.map_err(|it| listing.failed(&it))?;
        pods.extend(page.items.unwrap_or_default());
        token = page.metadata.token;
        if token.is_empty() {
            return Ok(pods);
        }
    }
}

impl Pod {
    pub(super) fn fate(&self) -> Fate {
        if self.metadata.annotations.contains_key(MIRROR) {
            Fate::Static
        } else if self.controller().is_some_and(|it| it.kind == "DaemonSet") && !self.has_ended() {
            Fate::OfDaemonSet
        } else if self.metadata.deletion_timestamp.is_some() {
            Fate::Ending
        } else {
            Fate::Evicted
        }
    }

    fn controller(&self) -> Option<&Owner> {
        self.metadata.owner_references.iter().find(|it| it.controller)
    }

    fn has_ended(&self) -> bool {
        matches!(self.status.phase.as_str(), "Succeeded" | "Failed")
    }

    /// Nobody makes it again.
    pub(super) fn is_alone(&self) -> bool {
        self.controller().is_none()
    }

    /// What it still works with.
    pub(super) fn has_local_data(&self) -> bool {
        !self.has_ended() && self.spec.volumes.iter().any(|it| it.empty_dir.is_some())
    }

    /// Whether somebody may miss it: one that has ended only takes room.
    pub(super) fn is_missed(&self) -> bool {
        self.is_alone() && !self.has_ended()
    }

    /// `shop: Deployment/web`
    pub(super) fn group(&self) -> String {
        let namespace = &self.metadata.namespace;
        let hash = self.metadata.labels.get("pod-template-hash");
        match self.controller() {
            None if self.fate() == Fate::Static => namespace.clone(),
            Some(Owner { kind, name, .. }) => {
                let deployment = hash.and_then(|it| name.strip_suffix(it)?.strip_suffix('-'));
                match deployment.filter(|_| kind == "ReplicaSet") {
                    Some(deployment) => format!("{namespace}: Deployment/{deployment}"),
                    None => format!("{namespace}: {kind}/{name}"),
                }
            }
            None if self.has_ended() => format!("{namespace}: no controller, has ended"),
            None => format!("{namespace}: no controller, gone for good"),
        }
    }
}

/// `shop/web-5d4-x`
impl fmt::Display for Pod {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.metadata.namespace, self.metadata.name)
    }
}
