//! What a finding is about, by kind and name: `deploy/web`.

use std::fmt;

use super::model::Owner;
use crate::toolsets::kubernetes::discovery::Resource;

/// The more depends on a kind, the earlier it stands; findings that are alike otherwise come in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Namespace,
    Node,
    Deployment,
    StatefulSet,
    DaemonSet,
    ReplicaSet,
    CronJob,
    Job,
    Pod,
    Service,
    Ingress,
    Route,
    Claim,
    Autoscaler,
    Budget,
    ConfigMap,
    Secret,
    Account,
    NetworkPolicy,
    Quota,
}

/// Kind, as the API server spells it, its group, and as kubectl's users do.
const KINDS: [(Kind, &str, &str, &str); 20] = [
    (Kind::Namespace, "Namespace", "", "ns"),
    (Kind::Node, "Node", "", "node"),
    (Kind::Deployment, "Deployment", "apps", "deploy"),
    (Kind::StatefulSet, "StatefulSet", "apps", "sts"),
    (Kind::DaemonSet, "DaemonSet", "apps", "ds"),
    (Kind::ReplicaSet, "ReplicaSet", "apps", "rs"),
    (Kind::CronJob, "CronJob", "batch", "cronjob"),
    (Kind::Job, "Job", "batch", "job"),
    (Kind::Pod, "Pod", "", "pod"),
    (Kind::Service, "Service", "", "svc"),
    (Kind::Ingress, "Ingress", "networking.k8s.io", "ingress"),
    (Kind::Route, "HTTPRoute", "gateway.networking.k8s.io", "httproute"),
    (Kind::Claim, "PersistentVolumeClaim", "", "pvc"),
    (Kind::Autoscaler, "HorizontalPodAutoscaler", "autoscaling", "hpa"),
    (Kind::Budget, "PodDisruptionBudget", "policy", "pdb"),
    (Kind::ConfigMap, "ConfigMap", "", "cm"),
    (Kind::Secret, "Secret", "", "secret"),
    (Kind::Account, "ServiceAccount", "", "sa"),
    (Kind::NetworkPolicy, "NetworkPolicy", "networking.k8s.io", "netpol"),
    (Kind::Quota, "ResourceQuota", "", "quota"),
];

impl Kind {
    /// None for a kind that no rule knows.
    pub(super) fn of(resource: &Resource) -> Option<Self> {
        let same = |it: &&(Self, &str, &str, &str)| it.1 == resource.kind && it.2 == resource.group;
        KINDS.iter().find(same).map(|it| it.0)
    }

    fn named(kind: &str) -> Option<Self> {
        KINDS.iter().find(|it| it.1 == kind).map(|it| it.0)
    }

    /// As events and owner references have it.
    pub(super) fn long(self) -> &'static str {
        self.entry().map_or("", |it| it.1)
    }

    pub(super) fn short(self) -> &'static str {
        self.entry().map_or("", |it| it.3)
    }

    fn entry(self) -> Option<&'static (Self, &'static str, &'static str, &'static str)> {
        KINDS.iter().find(|it| it.0 == self)
    }

    /// All that can be asked about, as kubectl's users spell it.
    pub(super) fn known() -> String {
        KINDS.map(|it| it.3).join(", ")
    }
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Subject {
    pub(super) kind: Kind,
    pub(super) name: String,
}

impl Subject {
    pub(super) fn new(kind: Kind, name: &str) -> Self {
        Self { kind, name: name.to_owned() }
    }

    /// None for an owner of a kind that no rule knows.
    pub(super) fn owner(owner: &Owner) -> Option<Self> {
        Some(Self::new(Kind::named(&owner.kind)?, &owner.name))
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.kind.short(), self.name)
    }
}
