//! A node, as far as it decides whether OBI can run there, and whether it comes there at all.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::{
    obi::Kernel,
    toolsets::kubernetes::{
        few::few,
        kubernetes_diagnose::{Taint, Toleration},
        quantity::Quantity,
        table::Meta,
    },
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Node {
    pub(crate) metadata: Meta,
    spec: Spec,
    status: Status,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Spec {
    taints: Vec<Taint>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    node_info: Info,
    allocatable: BTreeMap<String, String>,
    conditions: Vec<Condition>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Info {
    kernel_version: String,
    os_image: String,
    architecture: String,
    operating_system: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Condition {
    #[serde(rename = "type")]
    kind: String,
    status: String,
}

/// What runs pods there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Machine {
    Linux,
    Windows,
    /// A machine for one pod, on which no `DaemonSet` runs.
    Fargate,
    /// No machine at all: something that passes pods on.
    Virtual,
}

/// Whether a pod of a `DaemonSet` is put there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Comes,
    /// The label that it does not have.
    NotSelected(String),
    /// The taint that is not tolerated.
    Tainted(String),
}

/// What keeps other pods away from a node, and not those of a `DaemonSet`.
const TOLERATED: [&str; 7] = [
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
    "node.kubernetes.io/disk-pressure",
    "node.kubernetes.io/memory-pressure",
    "node.kubernetes.io/pid-pressure",
    "node.kubernetes.io/unschedulable",
    "node.kubernetes.io/network-unavailable",
];

/// Which nodes the pods of a `DaemonSet` choose.
#[derive(Debug, Default)]
pub(crate) struct Wishes {
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) tolerations: Vec<Toleration>,
}

impl Wishes {
    pub(crate) fn new(labels: &BTreeMap<String, String>, tolerations: &[Value]) -> Self {
        let read = |it: &Value| serde_json::from_value(it.clone()).ok();
        Self { labels: labels.clone(), tolerations: tolerations.iter().filter_map(read).collect() }
    }
}

impl Node {
    pub(crate) fn name(&self) -> &str {
        &self.metadata.name
    }

    pub(crate) fn kernel(&self) -> Option<Kernel> {
        self.status.node_info.kernel_version.parse().ok()
    }

    /// `5.15.0-1052-aws (Ubuntu 22.04.4 LTS)`
    pub(super) fn system(&self) -> String {
        let Info { kernel_version, os_image, .. } = &self.status.node_info;
        match (kernel_version.as_str(), os_image.as_str()) {
            ("", _) => "an unknown kernel".to_owned(),
            (kernel, "") => kernel.to_owned(),
            (kernel, image) => format!("{kernel} ({image})"),
        }
    }

    pub(crate) fn architecture(&self) -> &str {
        &self.status.node_info.architecture
    }

    pub(crate) fn is_of_rhel(&self) -> bool {
        let Info { kernel_version, os_image, .. } = &self.status.node_info;
        let names = ["Red Hat", "RHEL", "CentOS", "Rocky", "AlmaLinux"];
        kernel_version.contains(".el") || names.iter().any(|it| os_image.contains(it))
    }

    pub(super) fn is_of(&self, system: &str) -> bool {
        self.status.node_info.os_image.contains(system)
    }

    pub(super) fn is_ready(&self) -> bool {
        self.status.conditions.iter().any(|it| it.kind == "Ready" && it.status == "True")
    }

    pub(super) fn memory(&self) -> Option<Quantity> {
        Quantity::parse(self.status.allocatable.get("memory")?)
    }

    /// Autopilot gives its nodes this name, and nobody else one.
    pub(super) fn is_of_autopilot(&self) -> bool {
        self.name().starts_with("gk3-")
    }

    pub(crate) fn machine(&self) -> Machine {
        let label = |name: &str| self.metadata.labels.get(name).map(String::as_str);
        let is_virtual = label("type") == Some("virtual-kubelet")
            || self.spec.taints.iter().any(|it| it.key.starts_with("virtual-kubelet.io/"));
        match label("kubernetes.io/os").unwrap_or(&self.status.node_info.operating_system) {
            _ if label("eks.amazonaws.com/compute-type") == Some("fargate") => Machine::Fargate,
            _ if is_virtual => Machine::Virtual,
            "windows" => Machine::Windows,
            _ => Machine::Linux,
        }
    }

    /// Whether there is an image of OBI's for it; where that is not known, one is taken to be.
    pub(crate) fn has_image(&self) -> bool {
        ["", "amd64", "arm64"].contains(&self.architecture())
    }

    /// Whether it is among those that are meant, be they fit or not.
    pub(super) fn is_chosen(&self, wishes: &Wishes) -> bool {
        !matches!(self.place(wishes), Place::NotSelected(_))
    }

    /// Whether OBI comes there, and can run.
    pub(super) fn is_host(&self, wishes: &Wishes) -> bool {
        self.machine() == Machine::Linux && self.has_image() && self.place(wishes) == Place::Comes
    }

    pub(crate) fn place(&self, wishes: &Wishes) -> Place {
        let lacks =
            |(key, value): &(&String, &String)| self.metadata.labels.get(*key) != Some(value);
        if let Some((key, value)) = wishes.labels.iter().find(lacks) {
            return Place::NotSelected(format!("{key}={value}"));
        }
        let keeps_away = |it: &&Taint| {
            it.keeps_away()
                && !TOLERATED.contains(&it.key.as_str())
                && !wishes.tolerations.iter().any(|own| own.tolerates(it))
        };
        match self.spec.taints.iter().find(keeps_away) {
            Some(taint) => Place::Tainted(format!("{taint}:{}", taint.effect)),
            None => Place::Comes,
        }
    }
}

/// Names that a group shows, and groups that a sentence has.
const MOST_NAMED: usize = 3;
const MOST_GROUPS: usize = 5;

/// `5.4.0-200-generic on n1, n2 and 3 more; 4.19.0 on n7`
pub(crate) fn grouped<'a>(
    nodes: impl IntoIterator<Item = &'a Node>,
    tell: impl Fn(&Node) -> String,
) -> String {
    let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for node in nodes {
        groups.entry(tell(node)).or_default().push(node.name());
    }
    let mut groups: Vec<(String, Vec<&str>)> = groups.into_iter().collect();
    groups.sort_by(|one, other| other.1.len().cmp(&one.1.len()).then(one.0.cmp(&other.0)));
    let rest = groups.len().saturating_sub(MOST_GROUPS);
    let told = groups.iter().take(MOST_GROUPS);
    let mut told: Vec<String> =
        told.map(|(what, names)| format!("{what} on {}", few(names, MOST_NAMED))).collect();
    if rest > 0 {
        told.push(format!("{rest} more kinds"));
    }
    told.join("; ")
}
