//! Whether anything is on at all: OBI looks at what is asked for, and for somebody to send it to.

use super::{
    super::finding::{
        Finding,
        Severity::{Error, Warning},
    },
    Subject,
    subject::{Source, is_filled},
};

/// Any of them chooses processes.
const SELECTING: [&str; 5] =
    ["open_port", "executable_path", "target_pids", "discovery.instrument", "discovery.services"];
/// The same by variables that have no key.
pub(super) const SELECTING_VARIABLES: [&str; 3] =
    ["OTEL_EBPF_AUTO_TARGET_EXE", "OTEL_GO_AUTO_TARGET_EXE", "OTEL_EBPF_AUTO_TARGET_LANGUAGE"];

/// What OBI would look at, and where it would send that.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(in crate::obi) struct Enabled {
    pub(in crate::obi) application: bool,
    pub(in crate::obi) network: bool,
    pub(in crate::obi) stats: bool,
    pub(in crate::obi) metrics: bool,
    pub(in crate::obi) traces: bool,
}

impl Enabled {
    pub(in crate::obi) fn of(subject: &Subject<'_>) -> Self {
        let metrics = has_metrics(subject);
        let features = features(subject);
        let has = |prefix: &str| {
            features.iter().any(|it| it.starts_with(prefix) || it == "all" || it == "*")
        };
        let by_flag = subject.is_true("network.enable");
        Self {
            application: selects(subject),
            network: by_flag || (metrics && has("network")),
            stats: metrics && has("stats"),
            metrics,
            traces: has_traces(subject),
        }
    }
}

/// The features of all exporters.
pub(in crate::obi) fn features(subject: &Subject<'_>) -> Vec<String> {
    let lists = ["metrics.features", "otel_metrics_export.features", "prometheus_export.features"];
    let written: Vec<Vec<String>> = lists.iter().filter_map(|it| subject.list(it)).collect();
    if written.is_empty() { vec!["application".to_owned()] } else { written.concat() }
}

fn selects(subject: &Subject<'_>) -> bool {
    selecting(subject).is_some() || selecting_variable(subject).is_some()
}

/// The first key by which processes are chosen.
fn selecting(subject: &Subject<'_>) -> Option<&'static str> {
    let is_set = |it: &str| match subject.source(it) {
        Some(Source::File(node)) => is_filled(node),
        Some(Source::Variable(_)) => true,
        None => false,
    };
    SELECTING.into_iter().find(|it| is_set(it))
}

fn selecting_variable(subject: &Subject<'_>) -> Option<&'static str> {
    SELECTING_VARIABLES.into_iter().find(|it| subject.environment.text(it).is_some())
}

fn has_metrics(subject: &Subject<'_>) -> bool {
    has_otlp_metrics(subject) || subject.number("prometheus_export.port").is_some_and(|it| it > 0)
}

pub(super) fn has_otlp_metrics(subject: &Subject<'_>) -> bool {
    subject.text("otel_metrics_export.endpoint").is_some() || has_common_endpoint(subject)
}

fn has_traces(subject: &Subject<'_>) -> bool {
    subject.text("otel_traces_export.endpoint").is_some() || has_common_endpoint(subject)
}

fn has_common_endpoint(subject: &Subject<'_>) -> bool {
    subject.environment.text("OTEL_EXPORTER_OTLP_ENDPOINT").is_some()
}

fn prints(subject: &Subject<'_>) -> bool {
    subject.text("trace_printer").is_some_and(|it| it != "disabled")
}

pub(super) fn enabled(subject: &Subject<'_>) -> Vec<Finding> {
    let enabled = Enabled::of(subject);
    let mut findings = Vec::new();
    let mut refuse = |path: &str, problem: &str, fix: &str| {
        findings.push(subject.about_setting(path, (Error, "nothing-enabled"), problem, fix));
    };
    if !enabled.application && !enabled.network && !enabled.stats {
        refuse(
            "",
            "nothing is chosen to be instrumented, and OBI does not start",
            "choose processes, discovery: {instrument: [{open_ports: \"8080\"}]}, or flows, metrics: {features: [network]} with an exporter of metrics",
        );
        return findings;
    }
    if enabled.network && !enabled.metrics && !subject.is_true("network.print_flows") {
        refuse(
            "network.enable",
            "flows of the network are metrics, nobody gets them, and OBI does not start",
            "add otel_metrics_export: {endpoint: ...} or prometheus_export: {port: 9464}",
        );
    }
    if enabled.application && !enabled.metrics && !enabled.traces && !prints(subject) {
        refuse(
            selecting(subject).unwrap_or_default(),
            "nobody gets what is instrumented, and OBI does not start",
            "add otel_traces_export or otel_metrics_export with an endpoint, prometheus_export with a port, or trace_printer: text",
        );
    }
    findings.extend(useless_export(subject, enabled));
    findings
}

/// Traces are of processes only.
fn useless_export(subject: &Subject<'_>, enabled: Enabled) -> Option<Finding> {
    subject.source("otel_traces_export.endpoint")?;
    (!enabled.application).then(|| {
        let problem = "no process is chosen, so that there are no traces";
        let fix = "add discovery: {instrument: [...]}, or leave otel_traces_export out";
        subject.about_setting("otel_traces_export.endpoint", (Warning, "no-traces"), problem, fix)
    })
}
