//! What was read of the cluster, at one time, for all rules.

mod edges;
mod gather;
mod graph;
mod list;
mod needs;
mod read;
#[cfg(test)]
mod tests;
mod wanted;

pub(super) use self::{
    edges::Edges,
    gather::gather,
    list::List,
    read::{Gap, Reader},
    wanted::Wanted,
};

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    model::{
        Autoscaler, Bare, Budget, Claim, CronJob, EndpointSlice, Event, Ingress, Job, Keyed,
        NetworkPolicy, Node, Pod, Quota, Route, Service, Space, StorageClass, Volume, Workload,
    },
    subject::{Kind, Subject},
};

/// Lists that were not read are empty and not complete: nothing is missing from them.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    pub(super) namespace: String,
    pub(super) now: Timestamp,
    pub(super) space: List<Space>,
    pub(super) pods: List<Pod>,
    pub(super) deployments: List<Workload>,
    pub(super) replica_sets: List<Workload>,
    pub(super) stateful_sets: List<Workload>,
    pub(super) daemon_sets: List<Workload>,
    pub(super) jobs: List<Job>,
    pub(super) cron_jobs: List<CronJob>,
    pub(super) services: List<Service>,
    pub(super) ingresses: List<Ingress>,
    pub(super) routes: List<Route>,
    pub(super) claims: List<Claim>,
    pub(super) autoscalers: List<Autoscaler>,
    pub(super) budgets: List<Budget>,
    pub(super) quotas: List<Quota>,
    pub(super) slices: List<EndpointSlice>,
    pub(super) gateways: List<Bare>,
    pub(super) network_policies: List<NetworkPolicy>,
    pub(super) config_maps: List<Bare>,
    pub(super) secrets: List<Bare>,
    pub(super) accounts: List<Bare>,
    /// Those whose keys were asked for.
    pub(super) keyed_config_maps: List<Keyed>,
    pub(super) keyed_secrets: List<Keyed>,
    pub(super) nodes: List<Node>,
    pub(super) volumes: List<Volume>,
    pub(super) classes: List<StorageClass>,
    /// Warnings only.
    pub(super) events: List<Event>,
    /// The last lines of failing containers, by pod and container.
    pub(super) logs: BTreeMap<(String, String), Vec<String>>,
    /// The node that was asked about, and all pods on it, of whatever namespace.
    pub(super) node_pods: List<Pod>,
    /// Of all namespaces, for a node that was asked about.
    pub(super) node_budgets: List<Budget>,
    /// The workload of each pod, once [`Self::index`] has found it.
    pub(super) roots: BTreeMap<String, Subject>,
}

impl Snapshot {
    /// Events about an object, the newest first.
    pub(super) fn events_of<'a>(
        &'a self,
        kind: Kind,
        name: &'a str,
    ) -> impl Iterator<Item = &'a Event> {
        let about = move |it: &&Event| {
            it.involved_object.kind == kind.long() && it.involved_object.name == name
        };
        self.events.iter().filter(about)
    }

    /// The newest event about a pod for one of these reasons.
    pub(super) fn event<'a>(&'a self, pod: &'a Pod, reasons: &[&str]) -> Option<&'a Event> {
        self.events_of(Kind::Pod, &pod.metadata.name)
            .find(|it| reasons.contains(&it.reason.as_str()))
    }

    pub(super) fn log(&self, pod: &Pod, container: &str) -> &[String] {
        let key = (pod.metadata.name.clone(), container.to_owned());
        self.logs.get(&key).map(Vec::as_slice).unwrap_or_default()
    }

    /// Deployments, `StatefulSet`s, `DaemonSet`s and `ReplicaSet`s.
    pub(super) fn workloads(&self) -> impl Iterator<Item = (Subject, &Workload)> {
        let kinds = [
            (Kind::Deployment, &self.deployments),
            (Kind::StatefulSet, &self.stateful_sets),
            (Kind::DaemonSet, &self.daemon_sets),
            (Kind::ReplicaSet, &self.replica_sets),
        ];
        kinds.into_iter().flat_map(|(kind, list)| {
            list.iter().map(move |it| (Subject::new(kind, &it.metadata.name), it))
        })
    }

    /// How many objects were looked at.
    pub(super) fn objects(&self) -> usize {
        self.workloads().count()
            + self.space.len()
            + self.pods.len()
            + self.jobs.len()
            + self.cron_jobs.len()
            + self.services.len()
            + self.ingresses.len()
            + self.routes.len()
            + self.gateways.len()
            + self.slices.len()
            + self.claims.len()
            + self.autoscalers.len()
            + self.budgets.len()
            + self.quotas.len()
            + self.network_policies.len()
            + self.config_maps.len()
            + self.secrets.len()
            + self.accounts.len()
            + self.nodes.len()
            + self.volumes.len()
            + self.classes.len()
            + self.node_pods.len()
            + self.node_budgets.len()
    }
}
