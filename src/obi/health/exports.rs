//! Whether telemetry arrives.

use super::{
    evidence::{Seen, whole},
    metrics::{Metrics, Sample},
    reason::{Reason, State::Degraded},
};
use crate::obi::log::export_problem;

const SIGNALS: [(&str, &str, &str); 2] = [
    ("metrics", "obi_otel_metric_export_errors_total", "obi_otel_metric_exports_total"),
    ("traces", "obi_otel_trace_export_errors_total", "obi_otel_trace_exports_total"),
];

/// OBI's log says nothing of traces that do not arrive: only its metrics do.
pub(super) fn reasons(seen: &Seen<'_>) -> Vec<Reason> {
    let Some(metrics) = &seen.metrics else { return Vec::new() };
    SIGNALS.iter().filter_map(|it| reason(metrics, *it)).collect()
}

fn reason(metrics: &Metrics, (what, errors, exports): (&str, &str, &str)) -> Option<Reason> {
    let worst = metrics.all(errors).max_by(|one, other| one.value.total_cmp(&other.value))?;
    let failed = metrics.sum(errors).filter(|it| *it > 0.0)?;
    let arrived = metrics.sum(exports).unwrap_or_default();
    let how_much = if arrived > 0.0 { "some" } else { "none" };
    let text = format!(
        "{how_much} of its {what} arrive: {} exports failed, with {}",
        whole(failed),
        error(worst)
    );
    let fix = export_problem(error(worst)).map_or_else(
        || "correct the endpoint, its protocol or its headers".to_owned(),
        |it| it.fix.clone(),
    );
    Some(Reason::new(Degraded, &format!("{what}-not-exported"), text, fix))
}

fn error(sample: &Sample) -> &str {
    sample.label("error").unwrap_or("an error that it does not tell")
}
