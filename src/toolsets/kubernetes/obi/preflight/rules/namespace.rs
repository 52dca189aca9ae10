//! The namespace: whether it is there, and which pods it lets in.

use super::{Asked, of_seen};
use crate::{
    obi::host::{Check, Outcome},
    toolsets::kubernetes::obi::preflight::{MISSING_NAMESPACE, snapshot::Space},
};

const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

/// What `baseline` lets pods add.
const HARMLESS: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

pub(super) fn checks(asked: &Asked<'_>) -> Vec<Check> {
    let name = &asked.wanted.namespace;
    let why = "everything of OBI but its cluster role is in it";
    of_seen(MISSING_NAMESPACE, &asked.seen.space, why, |space| match space {
        None => {
            let found = format!("there is no namespace {name}");
            let fix = "create_namespace: true, or create it";
            vec![Check::new(MISSING_NAMESPACE, false, found, why, fix)]
        }
        Some(space) => vec![alive(name, space), security(asked, space)],
    })
}

fn alive(name: &str, space: &Space) -> Check {
    let is_alive = space.status.phase != "Terminating";
    let found = if is_alive { name.to_owned() } else { format!("{name} is being deleted") };
    let why = "nothing can be created in a namespace that is being deleted";
    let fix = "wait until it is gone, or take another; kubernetes_diagnose says what holds it up";
    Check::new("namespace-alive", is_alive, found, why, fix)
}

/// The `DaemonSet` would be there, and no pod; only events would say so.
fn security(asked: &Asked<'_>, space: &Space) -> Check {
    let level = space.metadata.labels.get(ENFORCE).map(String::as_str);
    let (outcome, found) = match level {
        None => (Outcome::Passed, "no label".to_owned()),
        Some("privileged") => (Outcome::Passed, "privileged".to_owned()),
        Some(level) => (Outcome::Failed, format!("{ENFORCE}={level}")),
    };
    let why = format!(
        "Pod Security refuses there whatever pod has {}: the DaemonSet would be there, and none of its pods",
        forbidden(asked).join(", ")
    );
    let fix = format!(
        "label namespace {} {ENFORCE}=privileged, or take a namespace of its own for OBI",
        asked.wanted.namespace
    );
    Check::new("pod-security", outcome, found, why, fix)
}

/// What of the pod `baseline` and `restricted` refuse.
fn forbidden(asked: &Asked<'_>) -> Vec<String> {
    let Asked { wanted, plan, .. } = asked;
    let added: Vec<&str> = wanted
        .capabilities
        .iter()
        .map(String::as_str)
        .filter(|it| !HARMLESS.contains(it))
        .collect();
    let added = (!wanted.privileged && !added.is_empty())
        .then(|| format!("capabilities {}", added.join(", ")));
    let others = [
        (wanted.privileged, "privileged: true"),
        (plan.host_pid.needed, "hostPID"),
        (plan.host_network.needed, "hostNetwork"),
        (!plan.mounts.is_empty(), "hostPath volumes"),
    ];
    let others = others.into_iter().filter(|it| it.0).map(|it| it.1.to_owned());
    others.chain(added).collect()
}
