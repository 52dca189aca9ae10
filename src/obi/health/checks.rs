//! What is looked at, in the order of its weight.

use super::{
    ended,
    evidence::{Answer, Life, Seen, is_of_obi},
    exports,
    reason::{
        Reason,
        State::{Degraded, Unavailable},
    },
};
use crate::obi::{
    log::{Problem, Severity},
    mode::Mode,
    plan::{Export, Purpose},
};

/// OBI waits two seconds for the clouds' metadata before it does anything.
const STARTING: u64 = 4;
/// Processes younger than five seconds are left alone, and OBI looks for new ones every five.
const LOOKING: u64 = 15;

pub(super) fn reasons(seen: &Seen<'_>) -> Vec<Reason> {
    if let Life::Ended { exit, signal, asked } = seen.evidence.life {
        return ended::reasons(seen, exit, signal, asked);
    }
    if seen.evidence.life == Life::Halted {
        let text = "it does nothing: a signal (SIGSTOP) or a debugger keeps it from running on";
        let fix = "send it SIGCONT (kill -CONT and its number), or let go of it in the debugger";
        return vec![Reason::new(Unavailable, "halted", text, fix)];
    }
    let checks = [fatal, unknown, stopped, healthz, endpoints, application, network, stats];
    let mut reasons: Vec<Reason> = checks.iter().flat_map(|it| it(seen)).collect();
    reasons.extend(exports::reasons(seen));
    reasons.extend(attaching(seen));
    reasons.extend(said(seen));
    reasons
}

fn is_starting(seen: &Seen<'_>) -> bool {
    seen.seconds().is_some_and(|it| it < STARTING)
}

/// It runs still, and has said that it will not.
fn fatal(seen: &Seen<'_>) -> Vec<Reason> {
    let said = ended::last_words(seen.lines);
    said.map(|it| Reason::of(Unavailable, it, "it is about to end, or has")).into_iter().collect()
}

/// Nothing says what it is to do.
fn unknown(seen: &Seen<'_>) -> Vec<Reason> {
    if !seen.modes.is_empty() {
        return Vec::new();
    }
    let text = "nothing shows what it is to do, let alone that it does";
    let fix = "look at its configuration and its log";
    vec![Reason::new(Degraded, "not-proven", text, fix)]
}

/// What it said of a mode that does nothing although OBI runs.
fn stopping(seen: &Seen<'_>, mode: Mode) -> Option<&'static Problem> {
    let mut problems = seen.lines.iter().filter_map(|it| it.problem);
    problems.find(|it| it.stops == Some(mode))
}

/// Modes that do nothing although OBI runs.
fn stopped(seen: &Seen<'_>) -> Vec<Reason> {
    let stopped: Vec<&Problem> = seen.modes.iter().filter_map(|it| stopping(seen, *it)).collect();
    let (state, came_of_it) = if stopped.len() == seen.modes.len() {
        (Unavailable, "it runs, but instruments nothing")
    } else {
        (Degraded, "it runs, but instruments no process")
    };
    stopped.into_iter().map(|it| Reason::of(state, it, came_of_it)).collect()
}

/// Whether it lives, and whether it is OBI who says so.
fn healthz(seen: &Seen<'_>) -> Vec<Reason> {
    let planned = seen.evidence.plan.and_then(|it| it.port(Purpose::Health));
    let place = planned.map_or_else(|| "/healthz".to_owned(), |it| format!("port {}", it.port));
    let reason = match &seen.evidence.healthz {
        Answer::NotAsked => return Vec::new(),
        Answer::Some { status: 200, body } if is_of_obi(body) => return Vec::new(),
        Answer::Some { .. } => Reason::new(
            Degraded,
            "another-program",
            format!("somebody else answers at {place}: it is not what OBI says of its health"),
            "choose another health_check.port",
        ),
        Answer::None(_) if is_starting(seen) => Reason::new(
            Unavailable,
            "starting",
            "it is starting: it waits two seconds for the metadata of clouds",
            "ask again in a few seconds",
        ),
        Answer::None(why) => Reason::new(
            Degraded,
            "no-health",
            format!("it does not answer for its health at {place}: {why}"),
            "look at its log; write health_check.port if it is not written",
        ),
    };
    vec![reason]
}

/// Endpoints that are configured and do not answer.
fn endpoints(seen: &Seen<'_>) -> Vec<Reason> {
    let endpoints = [
        (&seen.evidence.prometheus, "prometheus", "nobody can read what it measures"),
        (&seen.evidence.internal_metrics, "internal-metrics", "nobody can read how it is"),
    ];
    let silent = endpoints.iter().filter_map(|(answer, name, came_of_it)| {
        let why = match answer {
            Answer::NotAsked | Answer::Some { status: 200, .. } => return None,
            Answer::Some { status, .. } => format!("it answers with {status}"),
            Answer::None(why) => why.clone(),
        };
        let text = format!("{came_of_it}: {why}");
        let fix = "see that the port is OBI's own, and look at its log";
        Some(Reason::new(Degraded, &format!("no-{name}"), text, fix))
    });
    let silent: Vec<Reason> = silent.collect();
    if is_starting(seen) { Vec::new() } else { silent }
}

/// A process is instrumented, or nothing of that mode is worth anything.
fn application(seen: &Seen<'_>) -> Vec<Reason> {
    let is_proven = seen.instrumented().is_some_and(|it| it > 0);
    if !seen.has(Mode::Application) || is_proven || stopping(seen, Mode::Application).is_some() {
        return Vec::new();
    }
    let is_early = seen.seconds().is_some_and(|it| it < LOOKING);
    let reason = match seen.instrumented() {
        None => Reason::new(
            Degraded,
            "not-proven",
            "nothing shows whether a process is instrumented",
            "write internal_metrics: {exporter: prometheus, prometheus: {port: 9465}}",
        ),
        Some(_) if is_early => Reason::new(
            Degraded,
            "nothing-instrumented-yet",
            "no process is instrumented yet: those younger than discovery.min_process_age (5s) are left alone",
            "ask again in a few seconds",
        ),
        Some(_) => Reason::new(
            Degraded,
            "nothing-instrumented",
            format!(
                "no process is instrumented: none fits the selectors, or those that do are younger than discovery.min_process_age (5s), or in a namespace that is left out by default{}",
                avoided(seen)
            ),
            "correct discovery.instrument, and see that the process runs and can be seen by OBI (hostPID)",
        ),
    };
    vec![reason]
}

/// Those that tell of themselves are left alone.
fn avoided(seen: &Seen<'_>) -> String {
    let metrics = seen.metrics.as_ref();
    let mut names: Vec<&str> = metrics
        .into_iter()
        .flat_map(|it| it.all("obi_avoided_services"))
        .filter(|it| it.value > 0.0)
        .filter_map(|it| it.label("service_name"))
        .collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return ", or export OTLP themselves".to_owned();
    }
    let shown = names.iter().take(5).copied().collect::<Vec<_>>().join(", ");
    format!(
        ", or export OTLP themselves, as {shown} do (discovery.exclude_otel_instrumented_services)"
    )
}

fn network(seen: &Seen<'_>) -> Vec<Reason> {
    let metrics = seen.metrics.as_ref();
    let packets = metrics.and_then(|it| it.sum("obi_bpf_network_packets_total"));
    started(seen, Mode::Network, packets.is_some_and(|it| it > 0.0), "flows")
}

fn stats(seen: &Seen<'_>) -> Vec<Reason> {
    started(seen, Mode::Stats, false, "statistics of connections")
}

/// The log says so, or something else does.
fn started(seen: &Seen<'_>, mode: Mode, is_proven: bool, what: &str) -> Vec<Reason> {
    if !seen.has(mode) || is_proven || seen.progress.started.contains(&mode) {
        return Vec::new();
    }
    let text = format!("nothing shows that {what} are read");
    let fix = "look at its log, which says when they are, at log_level INFO";
    vec![Reason::new(Degraded, &format!("no-{}", what.replace(' ', "-")), text, fix)]
}

/// What OBI could not attach itself to. That some symbols are not found is so with every program in Go.
fn attaching(seen: &Seen<'_>) -> Vec<Reason> {
    let Some(metrics) = &seen.metrics else { return Vec::new() };
    let failed = metrics.all("obi_instrumentation_errors_total").filter(|it| it.value > 0.0);
    let failed = failed.filter_map(|it| {
        let kind = it.label("error_type").filter(|it| it.starts_with("attaching_"))?;
        Some(format!("{} ({kind})", it.label("process_name").unwrap_or("a process")))
    });
    let failed: Vec<String> = failed.take(5).collect();
    if failed.is_empty() {
        return Vec::new();
    }
    let text = format!("it could not attach itself to {}", failed.join(", "));
    let fix = "give OBI its capabilities; where the kernel refuses uprobes, CAP_SYS_ADMIN";
    vec![Reason::new(Degraded, "not-attached", text, fix)]
}

/// What the log says besides. Whether telemetry arrives is better told by the metrics, if there are any.
fn said(seen: &Seen<'_>) -> Vec<Reason> {
    let exports = seen.evidence.plan.map(|it| it.exports.as_slice()).unwrap_or_default();
    let sends = exports.is_empty()
        || exports.iter().any(|it| matches!(it, Export::OtlpMetrics | Export::OtlpTraces));
    let counts = |it: &&'static Problem| {
        it.severity == Severity::Degraded
            && it.stops.is_none()
            && !(it.is_of_export() && (seen.metrics.is_some() || !sends))
    };
    let problems = seen.lines.iter().filter_map(|it| it.problem).filter(counts);
    problems.map(|it| Reason::of(Degraded, it, "")).collect()
}
