//! What runs there already: another OBI, a namesake, or somebody with its ports.

use super::{Asked, of_seen};
use crate::{
    obi::{
        host::Check,
        plan::{Feature, Purpose},
    },
    toolsets::kubernetes::{
        few::{few, many},
        obi::preflight::snapshot::Running,
    },
};

/// Others that a sentence names.
const MOST_NAMED: usize = 4;

pub(super) fn checks(asked: &Asked<'_>) -> Vec<Check> {
    let why =
        "two of them on one node tell everything twice, and take each other's place in the kernel";
    of_seen("other-obi", &asked.seen.running, why, |running| {
        let mut checks = vec![others(running, why)];
        checks.extend(namesakes(asked, running));
        checks.extend(ports(asked, running));
        checks.extend(cilium(asked, running));
        checks
    })
}

fn others(running: &Running, why: &str) -> Check {
    let told = running.agents.iter().map(|(agent, pods)| {
        let whose = if agent.is_ours { ", Tacklebox's" } else { "" };
        format!("{} ({}, {}{whose})", agent.owner, agent.image, many(*pods, "pod"))
    });
    let told: Vec<String> = told.collect();
    let names: Vec<&str> = told.iter().map(String::as_str).collect();
    let found = if names.is_empty() { "none".to_owned() } else { few(&names, MOST_NAMED) };
    let fix = "remove the other one first: Tacklebox leaves alone what it did not deploy";
    Check::new("other-obi", running.agents.is_empty(), found, why, fix).required(false)
}

fn namesakes(asked: &Asked<'_>, running: &Running) -> Option<Check> {
    let names: Vec<&str> = running.namesakes.iter().map(String::as_str).collect();
    (!names.is_empty()).then(|| {
        let found = format!("{} in namespace {}", few(&names, MOST_NAMED), asked.wanted.namespace);
        let why = "somebody else made what has the name of what is to be deployed";
        let fix = "take another namespace, or remove it with whatever made it";
        Check::new("namesake", false, found, why, fix)
    })
}

/// With the network of the node, its ports are OBI's.
fn ports(asked: &Asked<'_>, running: &Running) -> Vec<Check> {
    if !asked.plan.host_network.needed {
        return Vec::new();
    }
    let taken = asked.plan.ports.iter().filter_map(|it| Some((it, running.ports.get(&it.port)?)));
    let checks = taken.map(|(port, pod)| {
        let why = match port.purpose {
            Purpose::Health => "OBI would run on, and somebody else answer for its health",
            Purpose::Metrics | Purpose::InternalMetrics => {
                "OBI would end two seconds after its start, again and again"
            }
            Purpose::Profiles => "OBI would run on, without Go's profiles",
        };
        let found = format!("{pod} has port {} of its node", port.port);
        let fix = format!("choose another port at {}", port.key);
        let is_required = matches!(port.purpose, Purpose::Metrics | Purpose::InternalMetrics);
        Check::new("port", false, found, why, fix).required(is_required)
    });
    checks.collect()
}

fn cilium(asked: &Asked<'_>, running: &Running) -> Option<Check> {
    let uses = asked.plan.uses(Feature::TrafficControl) && !asked.plan.uses(Feature::Tcx);
    (running.has_cilium && uses).then(|| {
        let why = "Cilium and OBI attach programs at the same place of traffic control, and OBI gives up where Cilium is first";
        let fix = "ebpf: {traffic_control_backend: tcx} on kernel 6.6 and later, or network: {source: socket_filter}";
        Check::new("cilium", false, "Cilium runs here", why, fix).required(false)
    })
}
