//! Whether there is room for its pods: memory enough for OBI to start, and quota for all nodes.

use std::collections::BTreeMap;

use super::{Asked, of_seen};
use crate::{
    obi::host::{Check, Outcome},
    toolsets::kubernetes::{
        obi::preflight::{
            node::Wishes,
            snapshot::{Quota, Range, RangeLimit},
        },
        quantity::Quantity,
    },
};

const MEBI: f64 = 1_048_576.0;

pub(super) fn checks(asked: &Asked<'_>) -> Vec<Check> {
    let mut checks = vec![memory(asked)];
    let why = "a LimitRange refuses pods that ask for too much or too little, and gives limits to those without";
    checks.extend(of_seen("limit-range", &asked.seen.ranges, why, |it| ranges(asked, it)));
    let why = "a ResourceQuota refuses pods beyond it: the DaemonSet would be there, and some of its pods not";
    checks.extend(of_seen("quota", &asked.seen.quotas, why, |it| {
        it.iter().flat_map(|it| quota(asked, it)).collect()
    }));
    checks
}

/// Of each container whose limits say nothing.
fn defaults(asked: &Asked<'_>) -> BTreeMap<String, String> {
    let limits = asked.seen.ranges.iter().flatten().flat_map(|it| &it.spec.limits);
    let of_containers = limits.filter(|it| it.kind == "Container");
    of_containers.flat_map(|it| it.default.clone()).collect()
}

fn memory(asked: &Asked<'_>) -> Check {
    let memory = asked.plan.memory;
    let own = asked.wanted.resources.limits.get("memory").cloned();
    let (limit, whose) = match own {
        Some(own) => (Some(own), ""),
        None => (defaults(asked).remove("memory"), " by a LimitRange"),
    };
    let amount = limit.as_deref().map(Quantity::parse);
    let is_enough = match amount {
        None => Some(true),
        Some(None) => None,
        Some(Some(it)) => Some(it.amount() >= mebibytes(memory.floor)),
    };
    let found = match &limit {
        None => "no limit".to_owned(),
        Some(limit) => format!("limited to {limit}{whose}"),
    };
    let why = format!(
        "OBI takes {} MiB at once, {} of them in the kernel, which count for its container: with less it is killed (OOMKilled)",
        memory.floor, memory.maps
    );
    let fix = format!(
        "resources: {{limits: {{memory: {}Mi}}}}, or ebpf: {{maps_config: {{global_scale_factor: -1}}}}",
        memory.limit
    );
    Check::new("memory", is_enough, found, why, fix)
}

fn mebibytes(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from) * MEBI
}

/// What a container of OBI says, or is taken to say.
fn amount(asked: &Asked<'_>, key: &str) -> Option<Quantity> {
    let resources = &asked.wanted.resources;
    let (of_limits, resource) = key
        .strip_prefix("limits.")
        .map_or_else(|| (false, key.strip_prefix("requests.").unwrap_or(key)), |it| (true, it));
    let limit = resources.limits.get(resource).cloned();
    let limit = limit.or_else(|| defaults(asked).remove(resource));
    let request = resources.requests.get(resource).cloned();
    let chosen = if of_limits { limit } else { request.or(limit) };
    Quantity::parse(&chosen?)
}

fn ranges(asked: &Asked<'_>, ranges: &[Range]) -> Vec<Check> {
    let bounds = ranges.iter().flat_map(|range| {
        let name = &range.metadata.name;
        range.spec.limits.iter().map(move |it| (name, it))
    });
    bounds
        .filter(|(_, it)| ["Container", "Pod"].contains(&it.kind.as_str()))
        .flat_map(|(name, it)| broken(asked, name, it))
        .collect()
}

/// Bounds that a pod of OBI does not keep.
fn broken(asked: &Asked<'_>, name: &str, range: &RangeLimit) -> Vec<Check> {
    let checks = ["memory", "cpu"].into_iter().filter_map(|resource| {
        let bound = |of: &BTreeMap<String, String>| {
            Some((Quantity::parse(of.get(resource)?)?, of.get(resource)?.clone()))
        };
        let most = bound(&range.max).filter(|(most, _)| {
            amount(asked, &format!("limits.{resource}"))
                .is_some_and(|own| own.amount() > most.amount())
        });
        let least = bound(&range.min).filter(|(least, _)| {
            amount(asked, &format!("requests.{resource}"))
                .is_some_and(|own| own.amount() < least.amount())
        });
        let found = match (most, least) {
            (Some((_, most)), _) => format!("LimitRange {name} allows {resource} up to {most}"),
            (None, Some((_, least))) => {
                format!("LimitRange {name} wants {resource} from {least} on")
            }
            (None, None) => return None,
        };
        let why = "pods beyond it are refused: the DaemonSet would be there, and none of its pods";
        let fix = "give other resources, or take another namespace";
        Some(Check::new("limit-range", false, found, why, fix))
    });
    checks.collect()
}

/// How many pods are to come besides those that are there.
fn pods(asked: &Asked<'_>) -> usize {
    let wishes = Wishes::new(&asked.wanted.node_selector, &asked.wanted.tolerations);
    let nodes = asked.seen.nodes.iter().flatten();
    let all = nodes.filter(|it| it.is_host(&wishes)).count();
    all.saturating_sub(asked.seen.running.as_ref().map_or(0, |it| it.own))
}

fn quota(asked: &Asked<'_>, quota: &Quota) -> Vec<Check> {
    let of_all = ["NotBestEffort", "NotTerminating"];
    let is_narrow = quota.spec.scopes.iter().any(|it| !of_all.contains(&it.as_str()));
    if is_narrow || quota.spec.scope_selector.is_some() {
        return Vec::new();
    }
    let checks = quota.spec.hard.iter().filter_map(|(key, hard)| {
        let hard = Quantity::parse(hard)?;
        let used = quota.status.used.get(key).and_then(|it| Quantity::parse(it));
        let left = hard.amount() - used.unwrap_or_default().amount();
        over(asked, &quota.metadata.name, key, left)
    });
    checks.collect()
}

/// A quota that is too small, or that wants to be told what a pod takes.
fn over(asked: &Asked<'_>, name: &str, key: &str, left: f64) -> Option<Check> {
    let count = pods(asked);
    let check = |found: String, fix: &str| {
        let why = "pods beyond a quota are refused: the DaemonSet would be there, and some of its pods not";
        Some(Check::new("quota", Outcome::Failed, found, why, fix))
    };
    let of_pods = u32::try_from(count).map_or(f64::MAX, f64::from);
    match key {
        "pods" | "count/pods" if left < of_pods => check(
            format!("quota {name} leaves {left:.0} pods, and {count} are to come"),
            "raise the quota, or take another namespace",
        ),
        "memory" | "requests.memory" | "limits.memory" | "cpu" | "requests.cpu" | "limits.cpu" => {
            let Some(own) = amount(asked, key) else {
                let found = format!("quota {name} counts {key}, and OBI's pods say nothing of it");
                return check(found, "give `resources` requests and limits of cpu and memory");
            };
            let needed = own.amount() * of_pods;
            let told = |amount: f64| {
                let amount = Quantity::of_bytes(amount.max(0.0));
                if key.ends_with("cpu") { amount.cores() } else { amount.memory() }
            };
            if needed <= left {
                return None;
            }
            let found = format!(
                "quota {name} leaves {} of {key}, and {count} pods take {}",
                told(left),
                told(needed)
            );
            check(found, "raise the quota, take another namespace, or ask for less")
        }
        _ => None,
    }
}
