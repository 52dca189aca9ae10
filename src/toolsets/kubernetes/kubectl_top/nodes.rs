//! Nodes: what is in use of what pods can have, and whether the node is well.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    By, kubelets,
    usage::{self, Lack, Name, NodeUsage},
};
use crate::{
    output::{Document, Page, Table},
    tool::ToolError,
    toolsets::kubernetes::{
        cluster::Cluster, error::ApiError, few::few, listing::Listing, missing::missing,
        resources::Amount, table::ListMeta,
    },
};

const PAGE: usize = 500;
const UNKNOWN: &str = "?";

pub(super) struct Top<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) names: &'a [String],
    pub(super) labels: Option<&'a str>,
    pub(super) by: By,
    pub(super) limit: usize,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Node {
    metadata: Name,
    spec: Spec,
    status: Status,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Spec {
    unschedulable: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    allocatable: Amount,
    conditions: Vec<Condition>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Condition {
    #[serde(rename = "type")]
    kind: String,
    status: String,
}

#[derive(Deserialize)]
struct Nodes {
    #[serde(default)]
    metadata: ListMeta,
    #[serde(default)]
    items: Vec<Node>,
}

impl Top<'_> {
    pub(super) async fn answer(&self) -> Result<Document, ToolError> {
        let (nodes, forbidden) = match self.nodes().await {
            Ok(nodes) => (nodes, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let mut document = Document::new();
        let usages = match self.usages().await? {
            Ok(usages) => usages,
            Err(reason) => {
                // Without the nodes it is not known whom to ask.
                if let Some(error) = forbidden {
                    return Err(error);
                }
                let names: Vec<String> = nodes.iter().map(|it| it.metadata.name.clone()).collect();
                let kubelets = kubelets::ask(self.cluster, &names, &reason).await?;
                document = document.note(kubelets.note);
                kubelets.nodes
            }
        };
        if let Some(error) = forbidden {
            let why = usage::sentence(error);
            document = document.note(format!("Without allocatable and conditions: {why}."));
        }
        Ok(self.table(document, &nodes, &usages))
    }

    /// What the metrics API knows, or why there is none.
    async fn usages(&self) -> Result<Result<Vec<NodeUsage>, String>, ToolError> {
        let resource = match usage::source(self.cluster, "nodes").await? {
            Ok(resource) => resource,
            Err(reason) => return Ok(Err(reason)),
        };
        let listing = Listing { labels: self.labels, ..Listing::of_all(self.cluster, &resource) };
        match usage::measured::<NodeUsage>(&listing).await {
            Ok(mut usages) => {
                let wanted = |name: &String| self.names.is_empty() || self.names.contains(name);
                usages.retain(|it| wanted(&it.metadata.name));
                Ok(Ok(usages))
            }
            Err(Lack::Source(reason)) => Ok(Err(reason)),
            Err(lack) => Err(lack.told(&listing)),
        }
    }

    async fn nodes(&self) -> Result<Vec<Node>, ToolError> {
        let resource = self.cluster.resource("nodes.v1.").await?;
        let everything =
            Listing { labels: self.labels, ..Listing::of_all(self.cluster, &resource) };
        if self.names.is_empty() {
            return all(&everything).await.map_err(|error| everything.failed(&error));
        }
        let mut nodes = Vec::new();
        for name in self.names {
            let listing = Listing { name: Some(name), labels: None, ..everything };
            match listing.objects::<Node>(None, 1).await {
                Ok(node) => nodes.push(node),
                Err(error) if error.is_not_found() => return Err(missing(&listing, name).await),
                Err(error) => return Err(listing.failed(&error)),
            }
        }
        Ok(nodes)
    }

    fn table(&self, document: Document, nodes: &[Node], usages: &[NodeUsage]) -> Document {
        let used: BTreeMap<&str, Amount> =
            usages.iter().map(|it| (it.metadata.name.as_str(), it.usage)).collect();
        let known: BTreeMap<&str, &Node> =
            nodes.iter().map(|it| (it.metadata.name.as_str(), it)).collect();
        let mut names: Vec<&str> = known.keys().chain(used.keys()).copied().collect();
        names.sort_unstable();
        names.dedup();
        names.sort_by(|one, other| match (used.get(one), used.get(other)) {
            (Some(one), Some(other)) => self.by.order(other, one),
            (one, other) => other.is_some().cmp(&one.is_some()),
        });
        let total = names.len();
        let unknown: Vec<&str> =
            names.iter().filter(|it| !used.contains_key(*it)).copied().collect();
        let shown = names.iter().take(self.limit);
        let rows: Vec<Vec<String>> =
            shown.map(|it| row(it, used.get(it), known.get(it).copied())).collect();
        if rows.is_empty() {
            return document.note("no nodes that the selector fits");
        }
        let columns = [
            "NODE",
            "CPU",
            "CPU%",
            "CPU_ALLOCATABLE",
            "MEMORY",
            "MEMORY%",
            "MEMORY_ALLOCATABLE",
            "STATUS",
        ];
        let page = Page {
            shown: rows.len(),
            total: Some(total),
            narrow: "label_selector",
            is_plain: true,
            ..Page::default()
        };
        let document = document.table(Table::new(columns.map(str::to_owned).to_vec(), rows));
        let document = if unknown.is_empty() {
            document
        } else {
            document.note(format!("no measurement of {}", few(&unknown, 5)))
        };
        document.page(page)
    }
}

impl By {
    pub(super) fn order(self, one: &Amount, other: &Amount) -> std::cmp::Ordering {
        match self {
            Self::Cpu => one.cpu.order(other.cpu).then(one.memory.order(other.memory)),
            Self::Memory => one.memory.order(other.memory).then(one.cpu.order(other.cpu)),
        }
    }
}

fn row(name: &str, used: Option<&Amount>, node: Option<&Node>) -> Vec<String> {
    let allocatable = node.map(|it| it.status.allocatable).unwrap_or_default();
    let text = |it: Option<String>| it.unwrap_or_else(|| UNKNOWN.to_owned());
    vec![
        name.to_owned(),
        text(used.map(|it| it.cpu.cpu())),
        text(used.and_then(|it| it.cpu.percent_of(allocatable.cpu))),
        text(node.map(|_| allocatable.cpu.cpu())),
        text(used.map(|it| it.memory.memory())),
        text(used.and_then(|it| it.memory.percent_of(allocatable.memory))),
        text(node.map(|_| allocatable.memory.memory())),
        text(node.map(status)),
    ]
}

/// `Ready`, `NotReady,MemoryPressure`, `Ready,cordoned`
fn status(node: &Node) -> String {
    let condition = |kind: &str| node.status.conditions.iter().find(|it| it.kind == kind);
    let ready = condition("Ready").is_some_and(|it| it.status == "True");
    let mut words = vec![if ready { "Ready" } else { "NotReady" }];
    let pressures =
        node.status.conditions.iter().filter(|it| it.kind != "Ready" && it.status == "True");
    words.extend(pressures.map(|it| it.kind.as_str()));
    if node.spec.unschedulable {
        words.push("cordoned");
    }
    words.join(",")
}

async fn all(listing: &Listing<'_>) -> Result<Vec<Node>, ApiError> {
    let (mut all, mut token) = (Vec::new(), None::<String>);
    loop {
        let list: Nodes = listing.objects(token.as_deref(), PAGE).await?;
        all.extend(list.items);
        token = Some(list.metadata.token).filter(|it| !it.is_empty());
        if token.is_none() {
            return Ok(all);
        }
    }
}
