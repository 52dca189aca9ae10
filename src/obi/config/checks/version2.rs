//! A document of version 2: OpenTelemetry's own, with what is OBI's below `extensions.obi`.

use super::{
    super::{
        finding::{
            Finding,
            Severity::{Error, Warning},
        },
        keys::Keys,
        kind::scalar,
        release::Release,
    },
    Subject,
    known::strict,
    subject::{is_filled, steps},
    variables::{CONFIG_PATH, other_file},
};
use crate::tree::Node;

const SINCE: Release = Release::new(0, 11, 0);
const FORMAT: &str = "1.0";

/// What OpenTelemetry's document has. OBI refuses everything else.
const TOP: [&str; 11] = [
    "attribute_limits",
    "disabled",
    "extensions",
    "file_format",
    "instrumentation/development",
    "log_level",
    "logger_provider",
    "meter_provider",
    "propagator",
    "resource",
    "tracer_provider",
];

/// Whatever has `extensions.obi.version` is one, and everything else is of version 1.
pub(in crate::obi) fn is_one(tree: &Node) -> bool {
    let obi = tree.get("extensions").and_then(|it| it.get("obi"));
    obi.is_some_and(|it| it.get("version").is_some())
}

pub(super) fn version2(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(obi) = subject.node("extensions.obi") else { return Vec::new() };
    let checks = [age, format, exporter];
    let mut findings: Vec<Finding> =
        checks.iter().filter_map(|check| check(subject, obi)).collect();
    findings.extend(foreign(subject));
    findings.extend(strict(subject, obi, steps("extensions.obi")));
    findings.extend(ignored_variables(subject));
    findings.extend(other_file(subject));
    findings
}

fn age(subject: &Subject<'_>, _: &Node) -> Option<Finding> {
    let release = subject.release;
    (release < SINCE).then(|| {
        let problem = format!(
            "OBI {release} reads this as version 1, finds nothing that it knows, and does not start"
        );
        subject.about(
            &steps("extensions.obi.version"),
            (Error, "not-yet-known"),
            problem,
            format!("run OBI {SINCE} or later"),
        )
    })
}

fn format(subject: &Subject<'_>, _: &Node) -> Option<Finding> {
    let format = subject.node("file_format").and_then(scalar).unwrap_or_default();
    (format != FORMAT).then(|| {
        let problem = "OBI reads no other format of OpenTelemetry's, and does not start";
        subject.about(
            &steps("file_format"),
            (Error, "wrong-value"),
            problem,
            format!("write file_format: \"{FORMAT}\""),
        )
    })
}

/// Somebody has to get what is instrumented, be it whoever reads the log.
fn exporter(subject: &Subject<'_>, obi: &Node) -> Option<Finding> {
    let has = |path: &str| subject.node(path).is_some_and(is_filled);
    let said = |path: &str| {
        let node = path.split('.').try_fold(obi, |it, key| it.get(key));
        node.and_then(scalar).unwrap_or_default()
    };
    let is_printed = !["", "disabled"].contains(&&*said("daemon.logging.debug_trace_output"));
    let are_flows_printed = said("capture.network.capture.diagnostics.print_flows") == "true";
    let is_sent = has("meter_provider.readers") || has("tracer_provider.processors");
    if is_sent || is_printed || are_flows_printed {
        return None;
    }
    let problem = "nobody gets what is instrumented, and OBI does not start";
    let fix = "add meter_provider.readers, tracer_provider.processors, or daemon.logging.debug_trace_output: text";
    Some(subject.about(&steps("extensions.obi"), (Error, "nothing-enabled"), problem, fix))
}

/// Keys of version 1 among them.
fn foreign(subject: &Subject<'_>) -> Vec<Finding> {
    let foreign =
        subject.tree.entries().iter().filter(|(key, _)| !TOP.contains(&key.name.as_str()));
    foreign
        .map(|(key, _)| {
            let is_of_v1 = Keys::v1().root.contains_key(&key.name);
            let (problem, fix) = if is_of_v1 {
                (
                    "it is a key of version 1, and OBI does not start",
                    "say the same in version 2: tacklebox obi migrate --to v2",
                )
            } else {
                ("OpenTelemetry's document has no such key, and OBI does not start", "leave it out")
            };
            subject.about(&steps(&key.name), (Error, "unknown-key"), problem, fix)
        })
        .collect()
}

/// The variables that count for more than a file of version 1 count for nothing here, except those of headers.
fn ignored_variables(subject: &Subject<'_>) -> Vec<Finding> {
    let keys = Keys::v1();
    let is_ignored = |it: &&str| {
        let is_known = keys.variables.contains_key(*it) || keys.others.contains_key(*it);
        let is_of_obi = it.starts_with("OTEL_EBPF_") || it.starts_with("OTEL_EXPORTER_OTLP_");
        is_known && is_of_obi && *it != CONFIG_PATH && !it.ends_with("_HEADERS")
    };
    let names = subject.environment.names().filter(is_ignored);
    names
        .map(|name| {
            let problem = "OBI does not read it beside a document of version 2";
            let kind = (Warning, "ignored-variable");
            Subject::about_variable(name, kind, problem, "say it in the document")
        })
        .collect()
}
