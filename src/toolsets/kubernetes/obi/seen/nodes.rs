//! The nodes: whether OBI can work there, and why it is not put there.

use std::{
    collections::{BTreeMap, HashMap},
    mem,
};

use serde::Deserialize;

use super::{scheduling::Taint, sets::Set};
use crate::{
    obi::Kernel,
    toolsets::kubernetes::{
        cluster::Cluster, discovery::Resource, error::ApiError, listing::Listing, table::ListMeta,
    },
};

/// A node on the wire is some ten kilobytes, and a hundred bytes here.
const PAGE: usize = 500;

/// What is known of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::toolsets::kubernetes::obi) struct Node {
    pub(in crate::toolsets::kubernetes::obi) name: String,
    pub(in crate::toolsets::kubernetes::obi) is_ready: bool,
    /// Those with the same number have the same architecture, kernel and system.
    pub(in crate::toolsets::kubernetes::obi) kind: usize,
    pub(in crate::toolsets::kubernetes::obi) unfit: Option<Unfit>,
}

/// Why OBI is not, or is in vain, on a node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::toolsets::kubernetes::obi) struct Unfit {
    pub(in crate::toolsets::kubernetes::obi) why: String,
    /// What to do; empty where there is nothing to do.
    pub(in crate::toolsets::kubernetes::obi) fix: &'static str,
    /// Whether OBI does not work there even where a pod of it is put.
    pub(in crate::toolsets::kubernetes::obi) is_of_node: bool,
}

#[derive(Debug, Default)]
pub(in crate::toolsets::kubernetes::obi) struct Nodes {
    pub(in crate::toolsets::kubernetes::obi) all: Vec<Node>,
    /// `amd64, kernel 6.1.0, Debian GNU/Linux 12`, by number.
    pub(in crate::toolsets::kubernetes::obi) kinds: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Wire {
    metadata: Meta,
    spec: Spec,
    status: Status,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Meta {
    name: String,
    labels: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Spec {
    taints: Vec<Taint>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    conditions: Vec<Condition>,
    node_info: Info,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Condition {
    r#type: String,
    status: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Info {
    kernel_version: String,
    os_image: String,
    architecture: String,
    operating_system: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct List {
    metadata: ListMeta,
    items: Option<Vec<Wire>>,
}

impl Nodes {
    /// All of them, page by page, judged at once and not kept.
    pub(super) async fn read(
        cluster: &Cluster,
        resource: &Resource,
        set: Option<&Set>,
    ) -> Result<Self, ApiError> {
        let listing = Listing::of_all(cluster, resource);
        let (mut nodes, mut numbers) = (Self::default(), HashMap::new());
        let mut token: Option<String> = None;
        loop {
            let list: List = listing.objects(token.as_deref(), PAGE).await?;
            for node in list.items.unwrap_or_default() {
                nodes.take(node, set, &mut numbers);
            }
            token = Some(list.metadata.token).filter(|it| !it.is_empty());
            if token.is_none() {
                return Ok(nodes);
            }
        }
    }

    fn take(&mut self, mut node: Wire, set: Option<&Set>, numbers: &mut HashMap<String, usize>) {
        let next = self.kinds.len();
        let kind = *numbers.entry(node.kind()).or_insert_with_key(|kind| {
            self.kinds.push(kind.clone());
            next
        });
        let (is_ready, unfit) = (node.is_ready(), node.unfit(set));
        self.all.push(Node { name: mem::take(&mut node.metadata.name), is_ready, kind, unfit });
    }
}

impl Wire {
    fn label(&self, key: &str) -> Option<&str> {
        self.metadata.labels.get(key).map(String::as_str)
    }

    fn is_ready(&self) -> bool {
        self.status.conditions.iter().any(|it| it.r#type == "Ready" && it.status == "True")
    }

    /// As it says itself, or as its labels say.
    fn system(&self) -> &str {
        let own = self.status.node_info.operating_system.as_str();
        if own.is_empty() { self.label("kubernetes.io/os").unwrap_or("linux") } else { own }
    }

    fn architecture(&self) -> &str {
        let own = self.status.node_info.architecture.as_str();
        if own.is_empty() { self.label("kubernetes.io/arch").unwrap_or("unknown") } else { own }
    }

    fn kind(&self) -> String {
        let Info { kernel_version, os_image, .. } = &self.status.node_info;
        format!("{}, kernel {kernel_version}, {os_image}", self.architecture())
    }

    /// What cannot be mended on the node comes first.
    fn unfit(&self, set: Option<&Set>) -> Option<Unfit> {
        self.of_node().or_else(|| self.of_set(set?))
    }

    fn of_node(&self) -> Option<Unfit> {
        let unfit = |why: String, fix| Some(Unfit { why, fix, is_of_node: true });
        if self.label("eks.amazonaws.com/compute-type") == Some("fargate") {
            return unfit(
                "Fargate, which runs no DaemonSets and nothing privileged".to_owned(),
                "run what is to be instrumented on EC2 nodes",
            );
        }
        if self.label("type") == Some("virtual-kubelet") {
            return unfit(
                "a virtual kubelet, behind which there is no kernel of the node".to_owned(),
                "run what is to be instrumented on real nodes",
            );
        }
        let (system, architecture) = (self.system(), self.architecture());
        if system != "linux" {
            return unfit(format!("{system}, and OBI is for Linux"), "");
        }
        if !["amd64", "arm64", "unknown"].contains(&architecture) {
            let why = format!("architecture {architecture}, and OBI is built for amd64 and arm64");
            return unfit(why, "");
        }
        let kernel = self.status.node_info.kernel_version.as_str();
        let is_old = kernel.parse::<Kernel>().is_ok_and(|it| !it.is_supported(self.is_of_rhel()));
        if is_old {
            let why = format!("kernel {kernel}, and OBI needs 5.8 (of RHEL 8: 4.18)");
            return unfit(why, "give the nodes a newer system");
        }
        None
    }

    fn is_of_rhel(&self) -> bool {
        const NAMES: [&str; 5] = ["Red Hat", "CentOS", "Rocky", "AlmaLinux", "Oracle Linux"];
        let Info { kernel_version, os_image, .. } = &self.status.node_info;
        kernel_version.contains(".el8") || NAMES.iter().any(|it| os_image.contains(it))
    }

    /// Why the controller makes no pod for it.
    fn of_set(&self, set: &Set) -> Option<Unfit> {
        let unfit = |why: String, fix| Some(Unfit { why, fix, is_of_node: false });
        let missing = set.node_selector().iter().find(|it| self.label(it.0) != Some(it.1));
        if let Some((key, value)) = missing {
            let why = format!("no label {key}={value}, which node_selector asks for");
            return unfit(why, "label the node, or deploy with another node_selector");
        }
        if !set.affinity().admits(&self.metadata.name, &self.metadata.labels) {
            let why = "the node affinity of the DaemonSet leaves it out".to_owned();
            return unfit(why, "change the affinity");
        }
        let mut taints = self.spec.taints.iter();
        let taint = taints.find(|it| it.keeps_away(set.tolerations(), set.is_in_host_network()))?;
        unfit(format!("taint {taint} is not tolerated"), "deploy with `tolerations` for it")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json};

    use super::*;

    fn set() -> Set {
        let spec = json!({"nodeSelector": {"obi": "yes"}, "tolerations": [{"key": "gpu", "operator": "Exists"}]});
        from_value(json!({"spec": {"template": {"spec": spec}}})).unwrap()
    }

    fn node(labels: &Value, taints: &Value, info: &Value) -> Value {
        json!({
            "metadata": {"name": "n1", "labels": labels}, "spec": {"taints": taints},
            "status": {"nodeInfo": info, "conditions": [{"type": "Ready", "status": "True"}]},
        })
    }

    fn why(node: Value) -> String {
        let node: Wire = from_value(node).unwrap();
        node.unfit(Some(&set())).map_or_else(String::new, |it| it.why)
    }

    #[test]
    fn every_reason_for_which_a_node_has_no_obi_is_told() {
        let good =
            json!({"kernelVersion": "6.1.0", "architecture": "amd64", "operatingSystem": "linux"});
        let with = |key: &str, value: &str| {
            let mut info = good.clone();
            info[key] = value.into();
            info
        };
        let yes = json!({"obi": "yes"});
        let taint = |key: &str| json!([{"key": key, "effect": "NoSchedule"}]);
        for (node, expected) in [
            (node(&yes, &json!([]), &good), ""),
            (node(&yes, &taint("gpu"), &good), ""),
            (node(&yes, &taint("node.kubernetes.io/unschedulable"), &good), ""),
            (node(&yes, &taint("db"), &good), "taint db:NoSchedule is not tolerated"),
            (
                node(&json!({}), &taint("db"), &good),
                "no label obi=yes, which node_selector asks for",
            ),
            (
                node(&json!({"eks.amazonaws.com/compute-type": "fargate"}), &json!([]), &good),
                "Fargate, which runs no DaemonSets and nothing privileged",
            ),
            (
                node(&json!({"type": "virtual-kubelet"}), &json!([]), &good),
                "a virtual kubelet, behind which there is no kernel of the node",
            ),
            (
                node(&yes, &json!([]), &with("operatingSystem", "windows")),
                "windows, and OBI is for Linux",
            ),
            (
                node(&yes, &json!([]), &with("architecture", "s390x")),
                "architecture s390x, and OBI is built for amd64 and arm64",
            ),
            (
                node(&yes, &json!([]), &with("kernelVersion", "5.4.0-200-generic")),
                "kernel 5.4.0-200-generic, and OBI needs 5.8 (of RHEL 8: 4.18)",
            ),
            (node(&yes, &json!([]), &with("kernelVersion", "4.18.0-553.el8_10.x86_64")), ""),
        ] {
            assert_eq!(why(node), expected);
        }
    }
}
