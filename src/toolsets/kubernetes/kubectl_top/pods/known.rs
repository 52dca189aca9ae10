//! What of a pod is kept: where it runs, and what it asked for.

use serde::Deserialize;

use crate::toolsets::kubernetes::{
    kubectl_top::usage::Name,
    quantity::Quantity,
    resources::{Amount, PodSpec, Resources},
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Pod {
    pub(super) metadata: Name,
    spec: PodSpec,
    status: Status,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    phase: String,
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
        let containers: Vec<(String, Resources)> =
            pod.spec.lasting().map(|it| (it.name.clone(), it.resources)).collect();
        let PodSpec { node_name, resources, .. } = pod.spec;
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
