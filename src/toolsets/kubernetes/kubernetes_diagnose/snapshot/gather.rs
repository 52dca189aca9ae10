//! Reading in two rounds: what is always needed, and what the first round gives reason to look at.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::{
    List, Reader, Snapshot, Wanted,
    needs::{Log, Need, Needs},
};
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    model::{Event, Named},
    subject::{Kind, Subject},
};

/// How many requests are under way at once in the second round's many small ones.
const PARALLEL: usize = 16;

/// Reads what a question about `asked` needs.
pub(crate) async fn gather(reader: &Reader<'_>, asked: &Subject) -> Snapshot {
    let wanted = Wanted::by(asked.kind);
    let mut snapshot = if wanted == Wanted::Node {
        of_node(reader, &asked.name).await
    } else {
        first(reader, wanted).await
    };
    snapshot.namespace = reader.namespace.unwrap_or_default().to_owned();
    snapshot.now = Timestamp::now();
    snapshot.index();
    snapshot.events.sort_by_key(|it| std::cmp::Reverse(Event::last_seen(it)));
    if reader.fatal().is_none() && wanted != Wanted::Node {
        second(reader, &mut snapshot).await;
    }
    snapshot
}

async fn of_node(reader: &Reader<'_>, name: &str) -> Snapshot {
    let on_it = format!("spec.nodeName={name}");
    let about_it = format!("type=Warning,involvedObject.kind=Node,involvedObject.name={name}");
    let (nodes, node_pods, events, node_budgets) = futures::join!(
        reader.one("nodes", name),
        reader.selected("pods", &on_it),
        reader.selected("events", &about_it),
        reader.list("poddisruptionbudgets.policy"),
    );
    Snapshot { nodes, events, node_pods, node_budgets, ..Snapshot::default() }
}

async fn first(reader: &Reader<'_>, wanted: Wanted) -> Snapshot {
    let (serving, batch, workloads) = (wanted.serving(), wanted.batch(), wanted.workloads());
    let namespace = reader.namespace.unwrap_or_default();
    // One future for all of them would be a large one on the stack.
    let core = async {
        futures::join!(
            reader.one("namespaces", namespace),
            reader.list("pods"),
            reader.selected("events", "type=Warning"),
            reader.list("persistentvolumeclaims"),
            reader.list("resourcequotas"),
            when(serving, reader.list("services")),
        )
    };
    let controllers = async {
        futures::join!(
            when(workloads, reader.list("deployments.apps")),
            when(workloads, reader.list("replicasets.apps")),
            when(workloads, reader.list("statefulsets.apps")),
            when(serving, reader.list("daemonsets.apps")),
            when(batch, reader.list("jobs.batch")),
            when(batch, reader.list("cronjobs.batch")),
        )
    };
    let around = async {
        futures::join!(
            when(serving, reader.list("ingresses.networking.k8s.io")),
            when(serving, reader.list("httproutes.gateway.networking.k8s.io")),
            when(serving, reader.list("horizontalpodautoscalers.autoscaling")),
            when(serving, reader.list("poddisruptionbudgets.policy")),
        )
    };
    let (core, controllers, around) =
        futures::join!(Box::pin(core), Box::pin(controllers), Box::pin(around));
    let (space, pods, events, claims, quotas, services) = core;
    let (deployments, replica_sets, stateful_sets, daemon_sets, jobs, cron_jobs) = controllers;
    let (ingresses, routes, autoscalers, budgets) = around;
    Snapshot {
        space,
        pods,
        deployments,
        replica_sets,
        stateful_sets,
        daemon_sets,
        jobs,
        cron_jobs,
        services,
        ingresses,
        routes,
        claims,
        autoscalers,
        budgets,
        quotas,
        events,
        ..Snapshot::default()
    }
}

async fn second(reader: &Reader<'_>, snapshot: &mut Snapshot) {
    let needs = Needs::of(snapshot);
    let references = async {
        futures::join!(
            when(needs.has(Need::ConfigMaps), reader.metadata("configmaps")),
            when(needs.has(Need::Secrets), reader.metadata("secrets")),
            when(needs.has(Need::Accounts), reader.metadata("serviceaccounts")),
            keyed(reader, "configmaps", &needs.config_maps),
            keyed(reader, "secrets", &needs.secrets),
        )
    };
    let around = async {
        futures::join!(
            when(needs.has(Need::Nodes), reader.list("nodes")),
            when(
                needs.has(Need::NetworkPolicies),
                reader.list("networkpolicies.networking.k8s.io")
            ),
            when(needs.has(Need::Volumes), reader.list("persistentvolumes")),
            when(needs.has(Need::Volumes), reader.list("storageclasses.storage.k8s.io")),
            logs(reader, &needs.logs),
        )
    };
    let traffic = async {
        futures::join!(
            when(needs.has(Need::Slices), reader.list("endpointslices.discovery.k8s.io")),
            when(needs.has(Need::Gateways), reader.metadata("gateways.gateway.networking.k8s.io")),
        )
    };
    let (references, around, traffic) =
        futures::join!(Box::pin(references), Box::pin(around), Box::pin(traffic));
    (snapshot.slices, snapshot.gateways) = traffic;
    (
        snapshot.config_maps,
        snapshot.secrets,
        snapshot.accounts,
        snapshot.keyed_config_maps,
        snapshot.keyed_secrets,
    ) = references;
    (
        snapshot.nodes,
        snapshot.network_policies,
        snapshot.volumes,
        snapshot.classes,
        snapshot.logs,
    ) = around;
}

async fn when<T>(needed: bool, reading: impl Future<Output = List<T>>) -> List<T> {
    if needed { reading.await } else { List::default() }
}

async fn keyed<T: Named + DeserializeOwned>(
    reader: &Reader<'_>,
    resource: &str,
    names: &[String],
) -> List<T> {
    let reads: Vec<_> = names.iter().map(|it| reader.one(resource, it)).collect();
    let lists: Vec<List<T>> = stream::iter(reads).buffered(PARALLEL).collect().await;
    let is_complete = lists.iter().all(List::is_complete);
    List::new(lists.into_iter().flat_map(List::into_items).collect(), is_complete)
}

async fn logs(reader: &Reader<'_>, wanted: &[Log]) -> BTreeMap<(String, String), Vec<String>> {
    let reads = wanted.iter().map(|Log { pod, container, previous }| async move {
        let lines = reader.log(pod, container, *previous).await;
        ((pod.clone(), container.clone()), lines)
    });
    let reads: Vec<_> = reads.collect();
    stream::iter(reads).buffered(PARALLEL).collect().await
}

impl Snapshot {
    /// Whether it is known that there is no such object.
    pub(crate) fn lacks(&self, subject: &Subject) -> bool {
        let name = subject.name.as_str();
        match subject.kind {
            Kind::Namespace => self.space.lacks(name),
            Kind::Node => self.nodes.lacks(name),
            Kind::Deployment => self.deployments.lacks(name),
            Kind::StatefulSet => self.stateful_sets.lacks(name),
            Kind::DaemonSet => self.daemon_sets.lacks(name),
            Kind::ReplicaSet => self.replica_sets.lacks(name),
            Kind::CronJob => self.cron_jobs.lacks(name),
            Kind::Job => self.jobs.lacks(name),
            Kind::Pod => self.pods.lacks(name),
            Kind::Service => self.services.lacks(name),
            Kind::Ingress => self.ingresses.lacks(name),
            Kind::Route => self.routes.lacks(name),
            Kind::Claim => self.claims.lacks(name),
            Kind::Autoscaler => self.autoscalers.lacks(name),
            Kind::Budget => self.budgets.lacks(name),
            Kind::Quota => self.quotas.lacks(name),
            // Read only when something points at them.
            Kind::ConfigMap | Kind::Secret | Kind::Account | Kind::NetworkPolicy => false,
        }
    }
}
