//! Objects as the rules see them: only the fields that a rule looks at, and a default for each that is not there.

mod config;
mod endpoints;
mod event;
mod network;
mod node;
mod pod;
mod pod_spec;
mod policy;
mod route;
mod selector;
mod storage;
mod workload;

pub(super) use self::{
    config::{Bare, Keyed, Space},
    endpoints::{Endpoint, EndpointSlice},
    event::Event,
    network::{Ingress, NetworkPolicy, Service, ServicePort},
    node::Node,
    pod::{ContainerStatus, Pod, Waiting},
    pod_spec::{Container, PodSpec, Probe},
    policy::{Autoscaler, Budget, Quota},
    route::{ParentStatus, Route},
    selector::has_all,
    storage::{Claim, StorageClass, Volume},
    workload::{CronJob, Job, Workload},
};
pub(in crate::toolsets::kubernetes) use self::{
    node::Taint, pod_spec::Toleration, selector::LabelSelector,
};

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};

pub(super) type Labels = BTreeMap<String, String>;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Meta {
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) labels: Labels,
    pub(super) owner_references: Vec<Owner>,
    pub(super) finalizers: Vec<String>,
    pub(super) creation_timestamp: Option<Timestamp>,
    pub(super) deletion_timestamp: Option<Timestamp>,
    pub(super) generation: i64,
}

impl Meta {
    /// The object that manages this one.
    pub(super) fn controller(&self) -> Option<&Owner> {
        self.owner_references.iter().find(|it| it.controller)
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Owner {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) controller: bool,
}

/// `status` is `True`, `False` or `Unknown`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Condition {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) status: String,
    pub(super) reason: String,
    pub(super) message: String,
}

/// The condition of that type, if it has that status.
pub(super) fn condition<'a>(
    conditions: &'a [Condition],
    kind: &str,
    status: &str,
) -> Option<&'a Condition> {
    conditions.iter().find(|it| it.kind == kind && it.status == status)
}

/// A reference by name alone.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Name {
    pub(super) name: String,
}

/// A port, by number or by the name that a container gives it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(untagged)]
pub(super) enum Port {
    Number(u16),
    Name(String),
}

impl Default for Port {
    fn default() -> Self {
        Self::Number(0)
    }
}

impl std::fmt::Display for Port {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(out, "{number}"),
            Self::Name(name) => out.write_str(name),
        }
    }
}

/// What has a name.
pub(super) trait Named {
    fn meta(&self) -> &Meta;

    fn name(&self) -> &str {
        &self.meta().name
    }
}

macro_rules! named {
    ($($kind:ty),+) => {
        $(impl Named for $kind {
            fn meta(&self) -> &Meta {
                &self.metadata
            }
        })+
    };
}

named!(
    Autoscaler,
    Bare,
    Budget,
    Claim,
    CronJob,
    EndpointSlice,
    Event,
    Ingress,
    Job,
    Keyed,
    NetworkPolicy
);
named!(Node, Pod, Quota, Route, Service, Space, StorageClass, Volume, Workload);

/// The API server writes `null` for some lists that are empty.
fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
