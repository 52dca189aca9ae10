//! A document of version 2: OpenTelemetry's own, with what is OBI's below `extensions.obi`.

mod enabled;
mod readers;
mod rules;

use self::{
    enabled::enabled,
    readers::{processors, readers},
};
pub(in crate::obi) use self::{
    readers::Exporters,
    rules::{includes_by_default, rules},
};
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
    known::{around, strict},
    subject::steps,
    variables::{CONFIG_PATH, other_file},
};
use crate::tree::{Node, Step};

const SINCE: Release = Release::new(0, 11, 0);
const FORMAT: &str = "1.0";
const VERSION: &str = "2.0";

/// Whatever has `extensions.obi.version` is one, and everything else is of version 1.
pub(in crate::obi) fn is_one(tree: &Node) -> bool {
    let obi = tree.get("extensions").and_then(|it| it.get("obi"));
    obi.is_some_and(|it| it.get("version").is_some())
}

pub(super) fn version2(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(obi) = subject.node("extensions.obi") else { return Vec::new() };
    let checks = [age, format, version];
    let mut findings: Vec<Finding> =
        checks.iter().filter_map(|check| check(subject, obi)).collect();
    findings.extend(foreign(subject));
    findings.extend(others(subject));
    let around = around(subject);
    findings.extend(strict(subject, obi, steps("extensions.obi")));
    findings.extend(rules(subject));
    let exporters = [readers(subject), processors(subject)].concat();
    // Who gets something is not asked where it is wrong how that is written.
    if exporters.is_empty() && !around.iter().any(is_of_exporters) {
        findings.extend(enabled(subject));
    }
    findings.extend(around);
    findings.extend(exporters);
    findings.extend(ignored_variables(subject));
    findings.extend(other_file(subject));
    findings
}

fn is_of_exporters(finding: &Finding) -> bool {
    let sections = ["meter_provider", "tracer_provider"];
    finding.severity == Error && sections.iter().any(|it| finding.path.starts_with(it))
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

/// The table says which text it is; a number that looks like it is another.
fn version(subject: &Subject<'_>, obi: &Node) -> Option<Finding> {
    let version = obi.get("version")?;
    let looks_right = version.is_null() || scalar(version).is_some_and(|it| it == VERSION);
    (looks_right && version.text().is_none()).then(|| {
        let problem = "it is no text, and OBI does not start";
        let fix = format!("write it in quotes: version: \"{VERSION}\"");
        subject.about(&steps("extensions.obi.version"), (Error, "wrong-value"), problem, fix)
    })
}

/// Keys of version 1 among them.
fn foreign(subject: &Subject<'_>) -> Vec<Finding> {
    let known = &Keys::otel().root;
    let foreign = subject.tree.entries().iter().filter(|(key, _)| !known.contains_key(&key.name));
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

/// Extensions of somebody else.
fn others(subject: &Subject<'_>) -> Vec<Finding> {
    let extensions = subject.node("extensions").map(Node::entries).unwrap_or_default();
    let others = extensions.iter().filter(|(key, _)| key.name != "obi");
    others
        .map(|(key, _)| {
            let at = Step::keys(&["extensions", &key.name]);
            let problem = "OBI has no extension but obi, and does not start";
            subject.about(&at, (Error, "unknown-key"), problem, "leave it out")
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
