//! What was seen of a cluster, so that it can be judged, and made up.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::node::Node;
use crate::{obi::config::Destination, toolsets::kubernetes::table::Meta};

/// Or why it cannot be seen.
pub(super) type Known<T> = Result<T, String>;

/// Amounts by the name of what they are of: `limits.memory`.
type Amounts = BTreeMap<String, String>;

#[derive(Debug)]
pub(super) struct Snapshot {
    /// As the API server says it: `v1.33.1-gke.1386000`.
    pub(super) version: String,
    /// The groups of its API.
    pub(super) groups: Known<BTreeSet<String>>,
    pub(super) nodes: Known<Vec<Node>>,
    /// None where there is none of that name.
    pub(super) space: Known<Option<Space>>,
    pub(super) quotas: Known<Vec<Quota>>,
    pub(super) ranges: Known<Vec<Range>>,
    pub(super) running: Known<Running>,
    /// Names of whoever may refuse what the API server would take.
    pub(super) webhooks: Known<Vec<String>>,
    /// Of whoever calls.
    pub(super) rights: Vec<Right>,
    /// Of the `ServiceAccount` of an OBI that runs already.
    pub(super) account: Vec<Right>,
    pub(super) targets: Vec<Target>,
    /// Whether the Secret with headers is there; none where none is wanted.
    pub(super) headers: Option<Known<bool>>,
}

/// A namespace.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Space {
    pub(super) metadata: Meta,
    pub(super) status: Phase,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Phase {
    pub(super) phase: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Quota {
    pub(super) metadata: Meta,
    pub(super) spec: QuotaSpec,
    pub(super) status: QuotaStatus,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct QuotaSpec {
    pub(super) hard: Amounts,
    pub(super) scopes: Vec<String>,
    pub(super) scope_selector: Option<serde_json::Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct QuotaStatus {
    pub(super) used: Amounts,
}

/// A `LimitRange`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Range {
    pub(super) metadata: Meta,
    pub(super) spec: RangeSpec,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RangeSpec {
    pub(super) limits: Vec<RangeLimit>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RangeLimit {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) min: Amounts,
    pub(super) max: Amounts,
    /// Limits and requests of who says none.
    pub(super) default: Amounts,
    pub(super) default_request: Amounts,
}

/// What runs that matters to an OBI.
#[derive(Debug, Default)]
pub(super) struct Running {
    /// Every OBI and Beyla that is not the one that is asked about, and how many pods it has.
    pub(super) agents: BTreeMap<Agent, usize>,
    /// How many pods the one that is asked about has.
    pub(super) own: usize,
    /// Each `DaemonSet` with OBI's name in its namespace that is not Tacklebox's.
    pub(super) namesakes: Vec<String>,
    /// Ports of nodes, and a pod that has each.
    pub(super) ports: BTreeMap<u16, String>,
    pub(super) has_cilium: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Agent {
    /// Deployed by Tacklebox, elsewhere: strangers come first.
    pub(super) is_ours: bool,
    /// `obi-system/ds/beyla`
    pub(super) owner: String,
    pub(super) image: String,
}

/// Something that is to be done, and whether it may be.
#[derive(Debug, Clone)]
pub(super) struct Right {
    pub(super) ask: Ask,
    pub(super) allowed: Known<bool>,
}

/// To do that with the object of that name, or with any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) verb: &'static str,
    pub(super) group: &'static str,
    pub(super) resource: &'static str,
    pub(super) subresource: Option<&'static str>,
    pub(super) name: Option<String>,
    /// None of what has none, and of all.
    pub(super) namespace: Option<String>,
    pub(super) purpose: Purpose,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Without it nothing is deployed.
    #[default]
    Deploy,
    /// To give the `ServiceAccount` its rights, one has to have them, or this one.
    Grant,
    /// What is granted.
    Granted,
    /// To hand out the role, one has to have all that is in it, or this one.
    Bind,
    /// Without it nobody can tell how OBI is.
    Look,
}

/// An address that telemetry goes to.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) destination: Destination,
    /// The Service that its name may be.
    pub(super) service: Option<Named>,
}

/// A Service by name.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) namespace: String,
    /// The name can be nothing else.
    pub(super) is_sure: bool,
    /// None where there is none.
    pub(super) found: Known<Option<Service>>,
    /// Whether anything is ready behind it.
    pub(super) is_served: Known<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Service {
    pub(super) spec: ServiceSpec,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ServiceSpec {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) ports: Vec<ServicePort>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ServicePort {
    pub(super) name: String,
    pub(super) port: u16,
    pub(super) app_protocol: String,
}
