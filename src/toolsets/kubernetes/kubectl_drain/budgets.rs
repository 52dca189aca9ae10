//! The `PodDisruptionBudgets` that have a say in evictions.

use serde::Deserialize;

use super::pods::Pod;
use crate::toolsets::kubernetes::{
    cluster::Cluster, few::few, kubernetes_diagnose::LabelSelector, listing::Listing,
};

const MOST: usize = 5_000;
const MOST_NAMED: usize = 3;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Budget {
    metadata: Meta,
    spec: Spec,
    status: Status,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Meta {
    namespace: String,
    name: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    selector: Option<LabelSelector>,
    unhealthy_pod_eviction_policy: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    disruptions_allowed: i64,
    current_healthy: i64,
    desired_healthy: i64,
    expected_pods: i64,
}

#[derive(Deserialize)]
struct List {
    items: Option<Vec<Budget>>,
}

/// All budgets, as far as they may be seen.
pub(super) async fn budgets(cluster: &Cluster) -> Vec<Budget> {
    let Ok(resource) = cluster.resource("poddisruptionbudgets.policy").await else {
        return Vec::new();
    };
    let listing = Listing::of_all(cluster, &resource);
    let list: Option<List> = listing.objects(None, MOST).await.ok();
    list.and_then(|it| it.items).unwrap_or_default()
}

/// Those that have a say in the eviction of a pod.
pub(super) fn of<'a>(budgets: &'a [Budget], pod: &Pod) -> Vec<&'a Budget> {
    let covers = |it: &&Budget| {
        let selects = |it: &LabelSelector| it.matches(&pod.metadata.labels);
        it.metadata.namespace == pod.metadata.namespace
            && it.spec.selector.as_ref().is_some_and(selects)
    };
    budgets.iter().filter(covers).collect()
}

/// Why they do not let a pod go, in our words; None where they may not be seen.
pub(super) fn reason(budgets: &[&Budget]) -> Option<String> {
    match budgets {
        [] => None,
        [one] => Some(one.told()),
        several => {
            let names: Vec<&str> = several.iter().map(|it| it.metadata.name.as_str()).collect();
            Some(format!(
                "PodDisruptionBudgets {} all select it, and the API server evicts no pod of more than one: let one of them select other pods",
                few(&names, MOST_NAMED)
            ))
        }
    }
}

/// Whether no waiting helps as things are.
pub(super) fn is_hopeless(budgets: &[&Budget]) -> bool {
    budgets.len() > 1 || budgets.iter().any(|it| it.wants_all())
}

impl Budget {
    /// It wants as many as there are, so it lets none go however healthy they are.
    fn wants_all(&self) -> bool {
        let Status { desired_healthy, expected_pods, .. } = self.status;
        expected_pods > 0 && desired_healthy >= expected_pods
    }

    fn told(&self) -> String {
        let name = &self.metadata.name;
        let Status { disruptions_allowed, current_healthy, desired_healthy, expected_pods } =
            self.status;
        let counts = format!(
            "PodDisruptionBudget {name} allows {disruptions_allowed} disruptions: {current_healthy} of {expected_pods} pods are healthy, and it wants {desired_healthy}"
        );
        if self.wants_all() {
            return format!(
                "{counts}, which is never satisfied: change it, or give the workload more replicas"
            );
        }
        let always = self.spec.unhealthy_pod_eviction_policy.as_deref() == Some("AlwaysAllow");
        if current_healthy < desired_healthy && !always {
            return format!("{counts}; see why they are not healthy (kubernetes_diagnose)");
        }
        counts
    }
}
