//! CPU and memory that containers ask for and may have, and what that makes of a pod.

use std::{iter::Sum, ops::Add};

use serde::Deserialize;

use super::quantity::Quantity;

/// CPU and memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Amount {
    pub(super) cpu: Quantity,
    pub(super) memory: Quantity,
}

/// Zero is what nobody set.
#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Resources {
    pub(super) requests: Amount,
    pub(super) limits: Amount,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Container {
    pub(super) name: String,
    restart_policy: String,
    pub(super) resources: Resources,
}

/// Of a pod's spec, what decides how much it takes.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PodSpec {
    pub(super) node_name: String,
    containers: Vec<Container>,
    init_containers: Vec<Container>,
    /// For the pod as a whole, where somebody set them.
    pub(super) resources: Resources,
    /// What running it costs beside its containers.
    overhead: Amount,
}

impl PodSpec {
    /// The containers that run as long as the pod does: sidecars too.
    pub(super) fn lasting(&self) -> impl Iterator<Item = &Container> {
        self.containers.iter().chain(self.init_containers.iter().filter(|it| it.is_sidecar()))
    }

    /// What the scheduler keeps free for it: enough for its start too, and for its overhead.
    pub(super) fn allocated(&self) -> Resources {
        let requests = self.resources.requests.or(self.most(|it| it.resources.requests));
        let limits = self.resources.limits.or(self.most(|it| it.resources.limits));
        let limits = limits + self.overhead.where_set(limits);
        Resources { requests: requests + self.overhead, limits }
    }

    /// Init containers run one by one, beside the sidecars that were started before them.
    fn most(&self, of: fn(&Container) -> Amount) -> Amount {
        let running: Amount = self.lasting().map(of).sum();
        let (mut sidecars, mut most) = (Amount::default(), running);
        for container in &self.init_containers {
            most = most.max(sidecars + of(container));
            if container.is_sidecar() {
                sidecars = sidecars + of(container);
            }
        }
        most
    }
}

impl Container {
    fn is_sidecar(&self) -> bool {
        self.restart_policy == "Always"
    }
}

impl Amount {
    /// Each of the two, or the other's when there is none.
    pub(super) fn or(self, other: Self) -> Self {
        self.with(other, |one, other| if one.is_zero() { other } else { one })
    }

    fn max(self, other: Self) -> Self {
        self.with(other, |one, other| if one.order(other).is_lt() { other } else { one })
    }

    /// Nothing of what the other has none of.
    fn where_set(self, other: Self) -> Self {
        self.with(other, |one, other| if other.is_zero() { other } else { one })
    }

    fn with(self, other: Self, each: fn(Quantity, Quantity) -> Quantity) -> Self {
        Self { cpu: each(self.cpu, other.cpu), memory: each(self.memory, other.memory) }
    }

    /// `350m CPU, 300Mi memory`
    pub(super) fn text(self) -> String {
        format!("{} CPU, {} memory", self.cpu.cpu(), self.memory.memory())
    }
}

impl Add for Amount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.with(other, Add::add)
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

impl Add for Resources {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { requests: self.requests + other.requests, limits: self.limits + other.limits }
    }
}

impl Sum for Resources {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn container(more: Value, cpu: &str) -> Value {
        let mut container = more;
        container["resources"] = json!({"requests": {"cpu": cpu}});
        container
    }

    fn requested(spec: Value) -> String {
        serde_json::from_value::<PodSpec>(spec).unwrap().allocated().requests.cpu.cpu()
    }

    #[test]
    fn a_pod_takes_what_its_containers_and_sidecars_take_together() {
        let spec = json!({
            "containers": [container(json!({}), "100m"), container(json!({}), "50m")],
            "initContainers": [container(json!({"restartPolicy": "Always"}), "25m")],
        });
        assert_eq!(requested(spec), "175m");
    }

    #[test]
    fn a_large_init_container_counts_with_the_sidecars_before_it_and_not_after_it() {
        let spec = json!({
            "containers": [container(json!({}), "100m")],
            "initContainers": [
                container(json!({"restartPolicy": "Always"}), "25m"),
                container(json!({}), "1"),
                container(json!({"restartPolicy": "Always"}), "10m"),
            ],
        });
        assert_eq!(requested(spec), "1025m");
    }

    #[test]
    fn what_is_set_for_the_whole_pod_counts_and_overhead_comes_on_top() {
        let spec = json!({
            "containers": [container(json!({}), "100m")],
            "resources": {"requests": {"cpu": "300m"}},
            "overhead": {"cpu": "20m"},
        });
        assert_eq!(requested(spec), "320m");
    }

    #[test]
    fn overhead_alone_is_no_limit() {
        let spec = json!({
            "containers": [{"resources": {"limits": {"memory": "64Mi"}}}],
            "overhead": {"cpu": "20m", "memory": "1Mi"},
        });
        let limits = serde_json::from_value::<PodSpec>(spec).unwrap().allocated().limits;
        assert_eq!(limits.text(), "0m CPU, 65Mi memory");
    }
}
