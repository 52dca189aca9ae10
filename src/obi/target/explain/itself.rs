//! What is wrong with OBI itself, whatever the process is.

use super::{
    Asked,
    Certainty::{Likely, Sure},
    Fix, Reason, reason,
};

pub(super) fn reasons(asked: &Asked<'_>) -> Vec<Reason> {
    let checks = [not_running, watcher, blind, rights];
    checks.iter().filter_map(|check| check(asked)).collect()
}

fn not_running(asked: &Asked<'_>) -> Option<Reason> {
    (asked.facts.runs == Some(false)).then(|| {
        let fix = "start it, and look into its log and its exit code if it ends again";
        reason(Sure, "not-running", "OBI does not run", "no process of OBI is there", Fix::of(fix))
    })
}

fn watcher(asked: &Asked<'_>) -> Option<Reason> {
    // What one that is gone has said is about no process any more.
    let error = asked.facts.watcher_error.as_ref().filter(|_| asked.facts.runs != Some(false))?;
    let fix = "give the host what the error names, mostly kprobes or a mounted tracefs, and start OBI again: it does not try twice";
    Some(reason(
        Sure,
        "watcher-failed",
        "OBI runs, and has given up looking for processes",
        error.clone(),
        Fix::of(fix),
    ))
}

fn blind(asked: &Asked<'_>) -> Option<Reason> {
    (asked.facts.sees_host == Some(false)).then(|| {
        reason(
            Likely,
            "other-processes",
            "OBI sees only the processes of its own container",
            "it is not in the namespace of the host's processes",
            Fix::of("start it with hostPID: true, with --pid=host, or in the pod of the service with shareProcessNamespace: true"),
        )
    })
}

/// Without them it cannot look into other processes, and leaves them out without a word.
fn rights(asked: &Asked<'_>) -> Option<Reason> {
    let needed =
        ["CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH", "CAP_CHECKPOINT_RESTORE", "CAP_SYS_ADMIN"];
    let lacks: Vec<&str> =
        asked.facts.lacks.iter().map(String::as_str).filter(|it| needed.contains(it)).collect();
    (!lacks.is_empty()).then(|| {
        reason(
            Likely,
            "rights",
            "OBI may not look into the process: what it cannot read it leaves out without a word",
            format!("it lacks {}", lacks.join(", ")),
            Fix::of("give it those rights, and write enforce_sys_caps: true so that it says what it lacks")
                .with(if asked.selection.is_version2 {
                    "extensions:\n  obi:\n    capture:\n      safety:\n        enforce_system_capabilities: true\n"
                } else {
                    "enforce_sys_caps: true\n"
                }),
        )
    })
}
