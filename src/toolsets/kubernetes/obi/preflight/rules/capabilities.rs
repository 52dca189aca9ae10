//! Whether OBI gets the capabilities that it needs on the kernels that it comes to.

use std::collections::{BTreeMap, BTreeSet};

use super::Asked;
use crate::{
    obi::{
        Kernel,
        host::Check,
        plan::{Need, System},
    },
    toolsets::kubernetes::obi::preflight::node::{Node, Wishes},
};

pub(super) fn checks(asked: &Asked<'_>) -> Vec<Check> {
    let wanted = asked.wanted;
    let why = "OBI looks into other processes and puts programs into the kernel";
    if wanted.privileged {
        return vec![Check::new("capabilities", true, "privileged", why, "")];
    }
    let (required, more): (Vec<Need>, Vec<Need>) =
        lacking(asked).into_iter().partition(|it| it.required);
    let mut checks = vec![lack("capabilities", &required, why)];
    if !more.is_empty() {
        checks.push(lack("more-capabilities", &more, "").required(false));
    }
    checks
}

/// What some kernel makes necessary, and is not given.
fn lacking(asked: &Asked<'_>) -> Vec<Need> {
    let given = &asked.wanted.capabilities;
    if given.iter().any(|it| it == "SYS_ADMIN") {
        return Vec::new();
    }
    let needs = kernels(asked)
        .into_iter()
        .flat_map(|kernel| asked.plan.capabilities(&System { kernel, perf_event_paranoid: None }));
    let mut lacking: BTreeMap<String, Need> = BTreeMap::new();
    for need in needs.filter(|it| !given.contains(&it.capability)) {
        lacking.entry(need.capability.clone()).or_insert(need);
    }
    lacking.into_values().collect()
}

/// Of an unknown kernel nothing can be said but what a new one needs.
fn kernels(asked: &Asked<'_>) -> BTreeSet<Kernel> {
    let wishes = Wishes::new(&asked.wanted.node_selector, &asked.wanted.tolerations);
    let nodes = asked.seen.nodes.iter().flatten();
    let hosts = nodes.filter(|it| it.is_host(&wishes));
    let mut kernels: BTreeSet<Kernel> = hosts.filter_map(Node::kernel).collect();
    if kernels.is_empty() {
        kernels.insert(Kernel::new(5, 11, 0));
    }
    kernels
}

fn lack(name: &'static str, needs: &[Need], otherwise: &str) -> Check {
    let names: Vec<&str> = needs.iter().map(|it| it.capability.as_str()).collect();
    let found = if names.is_empty() {
        "all that it needs".to_owned()
    } else {
        format!("without {}", names.join(", "))
    };
    let reasons: Vec<String> =
        needs.iter().map(|it| format!("{}: {}", it.capability, it.why)).collect();
    let why = if reasons.is_empty() { otherwise.to_owned() } else { reasons.join("; ") };
    Check::new(name, names.is_empty(), found, why, "privileged: true")
}
