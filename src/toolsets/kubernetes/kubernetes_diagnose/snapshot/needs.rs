//! What the first round gives reason to look at.

use std::collections::BTreeSet;

use super::Snapshot;
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    model::{ContainerStatus, Pod, Service},
    reference::{Holder, references},
    subject::Subject,
};

/// The most logs that one call reads, each of another workload's pod.
const LOGS: usize = 6;
/// The most `ConfigMap`s, and Secrets, whose keys one call reads.
const KEYED: usize = 6;

/// Every pod has it, and a controller sees to that.
const ROOT_CERTIFICATE: &str = "kube-root-ca.crt";

/// A list of the second round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Their names.
    ConfigMaps,
    Secrets,
    Accounts,
    Nodes,
    NetworkPolicies,
    /// What somebody wrote as the endpoints of Services.
    Slices,
    Gateways,
    /// `PersistentVolume`s and classes.
    Volumes,
}

#[derive(Debug, Default)]
pub(super) struct Needs {
    lists: Vec<Need>,
    /// Of which to read the keys.
    pub(super) config_maps: Vec<String>,
    pub(super) secrets: Vec<String>,
    pub(super) logs: Vec<Log>,
}

/// The log of one container.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) pod: String,
    pub(super) container: String,
    /// Of the run before the last restart.
    pub(super) previous: bool,
}

impl Needs {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let stuck: Vec<&Pod> = snapshot.pods.iter().filter(|it| is_stuck(it)).collect();
        Self {
            lists: lists(snapshot, &stuck),
            config_maps: keyed(&stuck, Holder::ConfigMap),
            secrets: keyed(&stuck, Holder::Secret),
            logs: logs(snapshot),
        }
    }

    pub(super) fn has(&self, need: Need) -> bool {
        self.lists.contains(&need)
    }
}

fn lists(snapshot: &Snapshot, stuck: &[&Pod]) -> Vec<Need> {
    let mut troubled = snapshot.pods.iter().filter(|it| it.is_troubled()).peekable();
    let has_trouble = troubled.peek().is_some();
    let pulls = stuck.iter().any(|it| it.waiting().any(|it| it.1.reason.contains("Image")));
    let has_tls = snapshot.ingresses.iter().any(|it| !it.spec.tls.is_empty());
    let reasons = [
        (Need::ConfigMaps, needed(stuck, Holder::ConfigMap)),
        (Need::Secrets, pulls || has_tls || needed(stuck, Holder::Secret)),
        (Need::Accounts, snapshot.events.iter().any(|it| it.reason == "FailedCreate")),
        (Need::Nodes, has_trouble || !snapshot.daemon_sets.is_empty()),
        (Need::NetworkPolicies, troubled.any(|it| it.status.phase == "Running")),
        (Need::Slices, snapshot.services.iter().any(Service::is_manual)),
        (Need::Gateways, !snapshot.routes.is_empty()),
        (Need::Volumes, snapshot.claims.iter().any(|it| it.status.phase == "Pending")),
    ];
    reasons.into_iter().filter(|it| it.1).map(|it| it.0).collect()
}

/// It has a node, and something keeps its containers from starting.
fn is_stuck(pod: &Pod) -> bool {
    pod.is_troubled()
        && pod.is_placed()
        && pod.waiting().any(|it| it.1.reason != "CrashLoopBackOff")
}

fn needed(stuck: &[&Pod], holder: Holder) -> bool {
    let mut all = stuck.iter().flat_map(|it| references(&it.spec));
    all.any(|it| it.holder == holder && it.name != ROOT_CERTIFICATE)
}

/// Those of which a stuck pod wants keys by name.
fn keyed(stuck: &[&Pod], holder: Holder) -> Vec<String> {
    let all = stuck.iter().flat_map(|it| references(&it.spec));
    let wanted = all.filter(|it| {
        it.holder == holder && it.key.is_some() && !it.optional && it.name != ROOT_CERTIFICATE
    });
    let names: BTreeSet<&str> = wanted.map(|it| it.name).collect();
    names.into_iter().take(KEYED).map(str::to_owned).collect()
}

/// One failing container of each workload.
fn logs(snapshot: &Snapshot) -> Vec<Log> {
    let mut owners: BTreeSet<Subject> = BTreeSet::new();
    let mut logs = Vec::new();
    for pod in snapshot.pods.iter().filter(|it| it.status.phase != "Succeeded") {
        let Some(container) = failing(pod) else { continue };
        if logs.len() < LOGS && owners.insert(snapshot.root_of(pod)) {
            logs.push(Log {
                pod: pod.metadata.name.clone(),
                container: container.name.clone(),
                previous: is_over(container),
            });
        }
    }
    logs
}

/// The container that crashes, or else the one that runs and is not ready.
fn failing(pod: &Pod) -> Option<&ContainerStatus> {
    let is_unready = |it: &&ContainerStatus| it.state.running.is_some() && !it.ready;
    let unready = || pod.status.container_statuses.iter().find(is_unready);
    let crashing = pod.statuses().find(|it| it.crashes());
    crashing.or_else(|| unready().filter(|_| pod.is_troubled() && !pod.is_deleted()))
}

/// Whether the run that failed is the previous one, for the log.
fn is_over(container: &ContainerStatus) -> bool {
    container.state.terminated.is_none() && container.last_state.terminated.is_some()
}
