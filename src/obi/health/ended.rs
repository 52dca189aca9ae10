//! Why a process is not there any more.

use super::{
    evidence::Seen,
    reason::{Reason, State::Unavailable},
};
use crate::obi::log::{Line, Problem, Severity};

/// What OBI said last, before how it ended.
pub(super) fn reasons(
    seen: &Seen<'_>,
    exit: Option<i32>,
    signal: Option<i32>,
    asked: bool,
) -> Vec<Reason> {
    if asked {
        return vec![Reason::new(Unavailable, "stopped", "it was stopped", "start it again")];
    }
    let said = last_words(seen.lines);
    let said = said.map(|it| Reason::of(Unavailable, it, "it ended"));
    let how = signal.map_or_else(|| by_exit(exit), by_signal);
    said.into_iter().chain([how]).collect()
}

pub(super) fn last_words(lines: &[Line]) -> Option<&'static Problem> {
    let problems = lines.iter().rev().filter_map(|it| it.problem);
    problems.into_iter().find(|it| it.severity == Severity::Fatal)
}

fn by_exit(exit: Option<i32>) -> Reason {
    let (name, text, fix) = match exit {
        Some(0) => (
            "ended-quietly",
            "it ended with exit code 0, as if it had been asked to; that is how it ends when the port of Prometheus' endpoint is taken",
            "look at the end of its log",
        ),
        Some(2) => (
            "wrong-command-line",
            "it ended with exit code 2: it does not know a flag, or crashed",
            "start it with --config=FILE and nothing else",
        ),
        Some(137) => out_of_memory(),
        Some(255) => (
            "refused",
            "it ended with exit code 255, with which it refuses a configuration or a host",
            "look at the last error in its log",
        ),
        Some(_) => ("ended", "it ended", "look at the end of its log"),
        None => ("gone", "it is not there any more", "start it again"),
    };
    Reason::new(Unavailable, name, text, fix)
}

fn by_signal(signal: i32) -> Reason {
    let (name, text, fix) = match signal {
        1 => (
            "hung-up",
            "it got SIGHUP, which ends it: it does not read its configuration again",
            "start it again, in a session of its own (setsid)",
        ),
        9 => out_of_memory(),
        13 => (
            "broken-pipe",
            "its standard output is a pipe that nobody reads any more, and it died at its next line",
            "let it write to a file",
        ),
        _ => ("killed", "a signal ended it", "start it again"),
    };
    Reason::new(Unavailable, name, text, fix)
}

fn out_of_memory() -> (&'static str, &'static str, &'static str) {
    (
        "killed-at-once",
        "it was killed, by somebody or for want of memory: its maps in the kernel take about 512 MiB at once",
        "start it again; where nobody killed it give it more memory, or write ebpf: {maps_config: {global_scale_factor: -1}}",
    )
}
