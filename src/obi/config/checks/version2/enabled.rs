//! Whether anything is on at all, and somebody gets what it makes.

use super::{
    super::{
        super::{
            finding::{Finding, Severity::Error},
            kind::{scalar, truth},
        },
        Subject,
        subject::steps,
    },
    Exporters, includes_by_default,
};
use crate::tree::Node;

const OBI: &str = "extensions.obi";

pub(super) fn enabled(subject: &Subject<'_>) -> Option<Finding> {
    let exporters = Exporters::of(subject);
    let is_on = |path: &str| node(subject, path).and_then(truth) == Some(true);
    let (application, network) = (chooses(subject), is_on("capture.network.capture.enabled"));
    let printed = node(subject, "daemon.logging.debug_trace_output").and_then(scalar);
    let is_printed = printed.is_some_and(|it| !["", "disabled"].contains(&&*it));
    let are_flows_printed = is_on("capture.network.capture.diagnostics.print_flows");
    let metrics = exporters.has_metrics();
    let stats = metrics && is_on("capture.network.stats.enabled");
    let refuse = |path: &str, problem: &str, fix: &str| {
        Some(subject.about(&steps(path), (Error, "nothing-enabled"), problem, fix))
    };
    if !application && !network && !stats {
        return refuse(
            "extensions.obi",
            "nothing is chosen to be instrumented, and OBI does not start",
            "add a rule to capture.rules that includes, write capture.policy.default_action: include, or capture.network.capture.enabled: true",
        );
    }
    if network && !metrics && !are_flows_printed {
        return refuse(
            "extensions.obi.capture.network.capture.enabled",
            "flows of the network are metrics, nobody gets them, and OBI does not start",
            "add meter_provider.readers, or capture.network.capture.diagnostics.print_flows: true",
        );
    }
    if application && !metrics && !exporters.has_traces() && !is_printed && !are_flows_printed {
        return refuse(
            "extensions.obi",
            "nobody gets what is instrumented, and OBI does not start",
            "add meter_provider.readers, tracer_provider.processors, or daemon.logging.debug_trace_output: text",
        );
    }
    None
}

fn node<'a>(subject: &Subject<'a>, path: &str) -> Option<&'a Node> {
    subject.node(&format!("{OBI}.{path}"))
}

/// Other than in version 1, every process is chosen where nothing else is said.
fn chooses(subject: &Subject<'_>) -> bool {
    let rules = node(subject, "capture.rules").map(Node::items).unwrap_or_default();
    includes_by_default(subject) || rules.iter().any(super::rules::includes)
}
