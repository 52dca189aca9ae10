//! Settings that do not go together.

use super::{
    super::finding::{
        Finding,
        Severity::{Error, Warning},
    },
    Subject,
    enabled::has_otlp_metrics,
};

pub(super) fn exclusive(subject: &Subject<'_>) -> Vec<Finding> {
    let checks = [
        span_formats,
        queue,
        internal_metrics,
        internal_metrics_without_otlp,
        ports,
        no_internal_port,
    ];
    checks.iter().filter_map(|check| check(subject)).collect()
}

fn span_formats(subject: &Subject<'_>) -> Option<Finding> {
    let features = subject.list("metrics.features")?;
    let has = |name: &str| features.iter().any(|it| it == name);
    (has("application_span") && has("application_span_otel")).then(|| {
        let problem = "application_span and application_span_otel are the same in two formats, and OBI does not start with both";
        subject.about_setting("metrics.features", (Error, "excluding"), problem, "leave one of them out")
    })
}

fn queue(subject: &Subject<'_>) -> Option<Finding> {
    let (queue, batch) = ("otel_traces_export.queue_size", "otel_traces_export.batch_max_size");
    let (size, most) = (subject.number(queue)?, subject.number(batch)?);
    (size > 0 && size < 2 * most).then(|| {
        let problem = format!(
            "a queue of {size} does not hold two batches of {most}, and OBI does not start"
        );
        let path = if subject.source(queue).is_some() { queue } else { batch };
        subject.about_setting(
            path,
            (Error, "small-queue"),
            problem,
            format!("write a queue_size of {} or more", 2 * most),
        )
    })
}

fn internal_metrics(subject: &Subject<'_>) -> Option<Finding> {
    let by_otlp = subject.text("internal_metrics.exporter")? == "otel";
    let by_prometheus = subject.number("internal_metrics.prometheus.port").is_some_and(|it| it > 0);
    (by_otlp && by_prometheus && has_otlp_metrics(subject)).then(|| {
        let problem = "internal metrics go one way only, and OBI does not start with both";
        let fix = "leave internal_metrics.prometheus out, or write exporter: prometheus";
        subject.about_setting("internal_metrics.exporter", (Error, "excluding"), problem, fix)
    })
}

fn internal_metrics_without_otlp(subject: &Subject<'_>) -> Option<Finding> {
    let by_otlp = subject.text("internal_metrics.exporter")? == "otel";
    (by_otlp && !has_otlp_metrics(subject)).then(|| {
        let problem = "internal metrics go where all metrics go, nothing says where that is, and OBI does not start";
        let fix = "add otel_metrics_export: {endpoint: ...}, or write exporter: prometheus with a port";
        subject.about_setting("internal_metrics.exporter", (Error, "nowhere"), problem, fix)
    })
}

/// Both endpoints of Prometheus may share a port, since their paths differ; that of health needs its own.
fn ports(subject: &Subject<'_>) -> Option<Finding> {
    let health = subject.number("health_check.port").filter(|it| *it > 0)?;
    let others = ["prometheus_export.port", "internal_metrics.prometheus.port"];
    let other = others.iter().find(|it| subject.number(it) == Some(health))?;
    let problem = format!(
        "{other} has port {health} as well: one of the two is not served, and OBI may end with exit code 0"
    );
    Some(subject.about_setting(
        "health_check.port",
        (Warning, "same-port"),
        problem,
        "give it a port of its own",
    ))
}

fn no_internal_port(subject: &Subject<'_>) -> Option<Finding> {
    let is_on = subject.text("internal_metrics.exporter")? == "prometheus";
    let port = subject.number("internal_metrics.prometheus.port").unwrap_or_default();
    (is_on && port == 0).then(|| {
        let problem = "there is no port, so that nobody can read the internal metrics";
        subject.about_setting(
            "internal_metrics.exporter",
            (Warning, "no-port"),
            problem,
            "add internal_metrics.prometheus.port",
        )
    })
}
