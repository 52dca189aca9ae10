//! Why a container ended: each reason has a rule of its own, and they must not tell the same twice.

use std::sync::LazyLock;

use regex::Regex;

use crate::toolsets::kubernetes::kubernetes_diagnose::{
    model::{ContainerStatus, Pod},
    snapshot::Snapshot,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crash {
    OutOfMemory,
    /// Its log says that the API server refused it something.
    Forbidden,
    /// The kubelet ended it, because its liveness or startup probe failed.
    Probe,
    /// It never ran: there is no such program, or it may not be executed.
    Command,
    Other,
}

/// How the API server and its clients say that a right is missing.
static FORBIDDEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)is forbidden: user|"?system:serviceaccount:[^ ]+ cannot |forbidden:.*serviceaccount"#)
        .expect("a constant")
});

/// How runtimes say that a program cannot be started.
static NO_PROGRAM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)executable file not found|no such file or directory|exec format error|exec:.*permission denied")
        .expect("a constant")
});

pub(super) fn of(snapshot: &Snapshot, pod: &Pod, container: &ContainerStatus) -> Crash {
    let end = container.last_end();
    if end.is_some_and(|it| it.reason == "OOMKilled") {
        return Crash::OutOfMemory;
    }
    let never_ran = end.is_some_and(|it| {
        it.reason == "StartError"
            || it.reason == "ContainerCannotRun"
            || (matches!(it.exit_code, 126 | 127) && NO_PROGRAM.is_match(&it.message))
    });
    if never_ran {
        return Crash::Command;
    }
    if forbidden_line(snapshot, pod, container).is_some() {
        return Crash::Forbidden;
    }
    let was_killed = end.is_none_or(|it| matches!(it.exit_code, 137 | 143));
    let killing = snapshot.event(pod, &["Killing", "Unhealthy"]);
    let by_probe = killing.is_some_and(|it| {
        it.may_concern(&container.name)
            && (it.message.contains("iveness probe") || it.message.contains("tartup probe"))
    });
    if was_killed && by_probe { Crash::Probe } else { Crash::Other }
}

/// The log line that says that a right is missing.
pub(super) fn forbidden_line<'a>(
    snapshot: &'a Snapshot,
    pod: &Pod,
    container: &ContainerStatus,
) -> Option<&'a String> {
    snapshot.log(pod, &container.name).iter().rev().find(|it| FORBIDDEN.is_match(it))
}

/// The first container of a pod that crashes for this reason. A Job's own rule tells of pods that have ended.
pub(super) fn first<'a>(
    snapshot: &Snapshot,
    pod: &'a Pod,
    crash: Crash,
) -> Option<&'a ContainerStatus> {
    if pod.status.phase == "Succeeded" || pod.status.reason == "Evicted" {
        return None;
    }
    pod.statuses().filter(|it| it.crashes()).find(|it| of(snapshot, pod, it) == crash)
}
