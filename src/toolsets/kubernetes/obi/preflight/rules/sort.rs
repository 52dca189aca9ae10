//! What sort of cluster it is: its version, and who besides Kubernetes has a say in it.

use super::{Asked, of_seen};
use crate::{
    obi::host::{Check, Outcome},
    toolsets::kubernetes::{few::many, obi::preflight::node::Node},
};

/// OBI's manifests ask for it.
const OLDEST: (u32, u32) = (1, 24);

const OPENSHIFT: &str = "security.openshift.io";
const MONITORS: &str = "monitoring.coreos.com";

pub(super) fn checks(asked: &Asked<'_>) -> Vec<Check> {
    let mut checks = vec![version(asked)];
    checks.extend(autopilot(asked));
    checks.extend(openshift(asked));
    checks.extend(monitor(asked));
    checks
}

fn version(asked: &Asked<'_>) -> Check {
    let text = &asked.seen.version;
    let is_new = numbers(text).map(|it| it >= OLDEST);
    let why = "OBI wants Kubernetes 1.24 or later";
    Check::new("api-version", is_new, text, why, "bring the cluster to a later version")
}

/// `v1.33.1-gke.1386000`
fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.trim_start_matches('v').split(['.', '+', '-']).map(str::parse::<u32>);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// Nothing of what OBI needs of a node is allowed there.
fn autopilot(asked: &Asked<'_>) -> Vec<Check> {
    let why =
        "GKE Autopilot lets no pod have hostPID, hostNetwork or more rights, and OBI needs them";
    let fix = "use a Standard cluster, or OBI's metrics of another place: Autopilot cannot run it";
    let check = |outcome, found: String| vec![Check::new("autopilot", outcome, found, why, fix)];
    let empty = Vec::new();
    let nodes = asked.seen.nodes.as_ref().unwrap_or(&empty);
    let own = nodes.iter().filter(|it| it.is_of_autopilot()).count();
    if own > 0 && own == nodes.len() {
        return check(Outcome::Failed, format!("{} of Autopilot", many(own, "node")));
    }
    let warden = asked.seen.webhooks.iter().flatten().find(|it| it.contains("warden"));
    match warden {
        // GKE's other clusters may have one as well, which refuses less.
        Some(name) => check(Outcome::CannotTell, format!("the webhook {name}")),
        None if own > 0 => check(
            Outcome::CannotTell,
            format!("{own} of {} of Autopilot", many(nodes.len(), "node")),
        ),
        None => Vec::new(),
    }
}

fn openshift(asked: &Asked<'_>) -> Vec<Check> {
    let why = "OpenShift lets a pod have what OBI needs only if its ServiceAccount may use a SecurityContextConstraints that allows it";
    let Ok(groups) = &asked.seen.groups else { return Vec::new() };
    if !groups.contains(OPENSHIFT) {
        return Vec::new();
    }
    let found = if asked.wanted.openshift {
        "its ServiceAccount is let in"
    } else {
        "nothing lets its ServiceAccount in"
    };
    let fix = "grant its ServiceAccount the SecurityContextConstraints `privileged`";
    vec![Check::new("openshift", asked.wanted.openshift, found, why, fix)]
}

fn monitor(asked: &Asked<'_>) -> Vec<Check> {
    if !asked.wanted.monitor {
        return Vec::new();
    }
    let why = "a ServiceMonitor is read by the operator of Prometheus, which brings its kind along";
    of_seen("service-monitor", &asked.seen.groups, why, |groups| {
        let has_it = groups.contains(MONITORS);
        let found =
            if has_it { "the cluster has its kind" } else { "the cluster has no such kind" };
        let fix = "install the operator of Prometheus, or leave the ServiceMonitor out";
        vec![Check::new("service-monitor", has_it, found, why, fix)]
    })
}

/// Whether these are all there is to run on.
pub(super) fn is_serverless(nodes: &[Node]) -> bool {
    use crate::toolsets::kubernetes::obi::preflight::node::Machine::{Fargate, Virtual};
    !nodes.is_empty() && nodes.iter().all(|it| matches!(it.machine(), Fargate | Virtual))
}
