//! How much of a node its pods have taken: what they ask for and may have, beside what there is.

use serde::Deserialize;
use serde_json::Value;

use crate::toolsets::kubernetes::{
    few::many,
    listing::{Page, Thing},
    quantity::Quantity,
    resources::{Amount, PodSpec, Resources},
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Node {
    status: NodeStatus,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NodeStatus {
    allocatable: Allocatable,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Allocatable {
    #[serde(flatten)]
    amount: Amount,
    pods: Quantity,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Pod {
    spec: PodSpec,
    status: Status,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    phase: String,
}

/// `allocated to 3 pods (at most 110)`, and a line each of CPU and memory. Pods that have ended take nothing any more.
pub(super) fn of(node: &Value, pods: &Page) -> (String, String) {
    let Allocatable { amount, pods: most } =
        Node::deserialize(node).unwrap_or_default().status.allocatable;
    let taken: Vec<Resources> = pods.rows.iter().filter_map(|it| taken(&it.thing)).collect();
    let first = if pods.next.is_some() { "the first " } else { "" };
    let most =
        if most.is_zero() { String::new() } else { format!(" (at most {:.0})", most.amount()) };
    let title = format!("allocated to {first}{}{most}", many(taken.len(), "pod"));
    let all: Resources = taken.into_iter().sum();
    let Resources { requests, limits } = all;
    let cpu = share("cpu", [requests, limits, amount].map(|it| it.cpu), Quantity::cores);
    let memory = share("memory", [requests, limits, amount].map(|it| it.memory), Quantity::memory);
    (title, format!("{cpu}\n{memory}"))
}

fn taken(pod: &Thing) -> Option<Resources> {
    let Thing::Whole(pod) = pod else { return None };
    let pod = Pod::deserialize(pod).ok()?;
    let has_ended = matches!(pod.status.phase.as_str(), "Succeeded" | "Failed");
    (!has_ended).then(|| pod.spec.allocated())
}

/// `cpu 350m of 4 (8%), limits 2 (50%)`
fn share(
    what: &str,
    [requests, limits, whole]: [Quantity; 3],
    text: fn(Quantity) -> String,
) -> String {
    let percent = |it: Quantity| it.percent_of(whole).unwrap_or_else(|| "?".to_owned());
    format!(
        "{what} {} of {} ({}), limits {} ({})",
        text(requests),
        text(whole),
        percent(requests),
        text(limits),
        percent(limits)
    )
}
