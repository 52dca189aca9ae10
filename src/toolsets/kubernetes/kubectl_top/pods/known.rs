//! What of a pod is kept: where it runs, and what it asked for.

use serde::Deserialize;

use crate::toolsets::kubernetes::{
    kubectl_top::usage::{Amount, Name},
    quantity::Quantity,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Pod {
    pub(super) metadata: Name,
    spec: Spec,
    status: Status,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    node_name: String,
    containers: Vec<Container>,
    init_containers: Vec<Container>,
    /// For the pod as a whole, where somebody set them.
    resources: Resources,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    phase: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Container {
    name: String,
    restart_policy: String,
    resources: Resources,
}

/// Zero is what nobody set.
#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(default)]
pub(super) struct Resources {
    pub(super) requests: Amount,
    pub(super) limits: Amount,
}

/// What of a pod is kept.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) node: String,
    pub(super) runs: bool,
    pub(super) whole: Resources,
    pub(super) containers: Vec<(String, Resources)>,
}

impl From<Pod> for Known {
    fn from(pod: Pod) -> Self {
        let Spec { node_name, containers, init_containers, resources } = pod.spec;
        // Sidecars run as long as the others do.
        let sidecars = init_containers.into_iter().filter(|it| it.restart_policy == "Always");
        let containers: Vec<(String, Resources)> =
            containers.into_iter().chain(sidecars).map(|it| (it.name, it.resources)).collect();
        let whole = Resources {
            requests: resources.requests.or(containers.iter().map(|it| it.1.requests).sum()),
            limits: resources.limits.or(bound(&containers)),
        };
        Self { node: node_name, runs: pod.status.phase == "Running", whole, containers }
    }
}

/// A pod has a limit when each of its containers has one.
fn bound(containers: &[(String, Resources)]) -> Amount {
    let sum: Amount = containers.iter().map(|it| it.1.limits).sum();
    let all = |amount: fn(&Amount) -> Quantity| {
        containers.iter().all(|it| !amount(&it.1.limits).is_zero())
    };
    Amount {
        cpu: if all(|it| it.cpu) { sum.cpu } else { Quantity::default() },
        memory: if all(|it| it.memory) { sum.memory } else { Quantity::default() },
    }
}
