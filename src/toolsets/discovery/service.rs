//! What of a Service tells what is behind it.

use std::collections::BTreeMap;

use k8s_openapi::{
    api::core::v1::{Service as Object, ServicePort},
    apimachinery::pkg::{apis::meta::v1::OwnerReference, util::intstr::IntOrString},
};
use serde::Serialize;

/// One Service of a cluster, without what discovery never asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Service {
    pub(super) place: Place,
    pub(super) labels: BTreeMap<String, String>,
    /// Those that say something to discovery; all others are dropped as they come.
    pub(super) annotations: BTreeMap<String, String>,
    pub(super) selector: BTreeMap<String, String>,
    pub(super) ports: Vec<Port>,
    pub(super) reach: Reach,
    /// Who made it, such as an Elasticsearch.
    pub(super) owner: Option<Owner>,
}

/// Where it is. Both are DNS labels: the API server has seen to that.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub(super) struct Place {
    pub(super) namespace: String,
    pub(super) name: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Port {
    pub(super) name: Option<String>,
    pub(super) number: u16,
    pub(super) is_tcp: bool,
    pub(super) app_protocol: Option<String>,
    /// The pods' port, if it is given by number.
    pub(super) target: Option<u16>,
    /// The pods' port, if it is given by name.
    pub(super) target_name: Option<String>,
}

/// How a name becomes addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reach {
    /// One address for all pods.
    ClusterIp(String),
    /// The pods' own addresses: then it is the pods' ports that count.
    Headless,
    /// A name somewhere else, anywhere: never asked.
    ExternalName,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owner {
    /// Without the version; empty for the core group.
    pub(super) group: String,
    pub(super) kind: String,
    pub(super) name: String,
}

/// Prefixes of annotations that are kept.
const KEPT: [&str; 4] = ["tacklebox.dev/", "kubernaut.io/", "kagent.dev/", "kiali.io/"];
/// No annotation of use is longer, and nobody keeps 64 KiB of one for each of 10,000 Services.
const LONGEST: usize = 256;

/// Whether such an annotation is kept.
pub(super) fn is_kept(key: &str) -> bool {
    KEPT.iter().any(|it| key.starts_with(it))
}

impl Service {
    /// `None` for an object without a name, which no API server gives.
    pub(super) fn of(object: &Object) -> Option<Self> {
        let metadata = &object.metadata;
        let place = Place { namespace: metadata.namespace.clone()?, name: metadata.name.clone()? };
        let spec = object.spec.clone().unwrap_or_default();
        let annotations = metadata.annotations.clone().unwrap_or_default().into_iter();
        let annotations = annotations.filter(|(key, value)| is_kept(key) && value.len() <= LONGEST);
        Some(Self {
            place,
            labels: metadata.labels.clone().unwrap_or_default(),
            annotations: annotations.collect(),
            reach: reach(spec.type_.as_deref(), spec.cluster_ip.as_deref()),
            selector: spec.selector.unwrap_or_default(),
            ports: spec.ports.unwrap_or_default().iter().filter_map(port).collect(),
            owner: owner(metadata.owner_references.as_deref().unwrap_or_default()),
        })
    }

    /// Where resources would be that could be those that it belongs to: its owner, and whatever labels of its selector name.
    pub(super) fn belongs_to(&self) -> impl Iterator<Item = Place> {
        let owner = self.owner.as_ref().map(|it| &it.name);
        let names = owner.into_iter().chain(self.selector.values());
        names.map(|it| Place { namespace: self.place.namespace.clone(), name: it.clone() })
    }
}

/// The controller; where there is none, the only owner, as operators leave it that share a Service or do not write controllers. Of
/// several that share it none speaks for all.
fn owner(all: &[OwnerReference]) -> Option<Owner> {
    let controller = all.iter().find(|it| it.controller == Some(true));
    let it = controller.or_else(|| all.first().filter(|_| all.len() == 1))?;
    Some(Owner {
        group: it.api_version.rsplit_once('/').map_or("", |(group, _)| group).to_owned(),
        kind: it.kind.clone(),
        name: it.name.clone(),
    })
}

fn reach(kind: Option<&str>, address: Option<&str>) -> Reach {
    match (kind, address) {
        (Some("ExternalName"), _) => Reach::ExternalName,
        (_, Some("None" | "") | None) => Reach::Headless,
        (_, Some(address)) => Reach::ClusterIp(address.to_owned()),
    }
}

fn port(port: &ServicePort) -> Option<Port> {
    let number = |it: i32| u16::try_from(it).ok().filter(|it| *it > 0);
    let (target, target_name) = match &port.target_port {
        Some(IntOrString::Int(it)) => (number(*it), None),
        Some(IntOrString::String(it)) => (None, Some(it.clone())),
        None => (number(port.port), None),
    };
    Some(Port {
        name: port.name.clone().filter(|it| !it.is_empty()),
        number: number(port.port)?,
        is_tcp: port.protocol.as_deref().unwrap_or("TCP") == "TCP",
        app_protocol: port.app_protocol.clone(),
        target,
        target_name,
    })
}

/// `monitoring/prometheus`
impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}/{}", self.namespace, self.name)
    }
}
