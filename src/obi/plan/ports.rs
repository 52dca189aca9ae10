//! Where OBI will listen.

use serde::Serialize;

use crate::obi::config::{Release, Source, Subject};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Port {
    pub purpose: Purpose,
    pub port: u16,
    /// `0.0.0.0` where OBI listens at all of the host's.
    pub address: String,
    pub path: String,
    /// What says so: `health_check.port`, or `$OTEL_EBPF_HEALTH_CHECK_PORT`.
    pub key: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Whether OBI is alive.
    Health,
    /// What OBI measures.
    Metrics,
    /// How OBI itself is.
    InternalMetrics,
    /// Go's profiles.
    Profiles,
}

pub(super) const EVERYWHERE: &str = "0.0.0.0";

/// Before v0.10.0 there was no health check, and before v0.11.0 it could not be kept to this host.
const HEALTH: Release = Release::new(0, 10, 0);
const HEALTH_ON_LOOPBACK: Release = Release::new(0, 11, 0);

/// Those of a configuration of version 1.
pub(super) fn ports(subject: &Subject<'_>) -> Vec<Port> {
    let path = |key: &str, default: &str| subject.text(key).unwrap_or_else(|| default.to_owned());
    let metrics = path("prometheus_export.path", "/metrics");
    let internal = path("internal_metrics.prometheus.path", "/internal/metrics");
    let everywhere = || EVERYWHERE.to_owned();
    let health = (subject.release >= HEALTH)
        .then(|| port(subject, "health_check.port", Purpose::Health, health_address(subject)));
    let others = [
        port(subject, "prometheus_export.port", Purpose::Metrics, (everywhere(), metrics)),
        port(
            subject,
            "internal_metrics.prometheus.port",
            Purpose::InternalMetrics,
            (everywhere(), internal),
        ),
        port(
            subject,
            "profile_port",
            Purpose::Profiles,
            (everywhere(), "/debug/pprof/".to_owned()),
        ),
    ];
    health.into_iter().chain(others).flatten().collect()
}

fn health_address(subject: &Subject<'_>) -> (String, String) {
    let address = if subject.release < HEALTH_ON_LOOPBACK {
        EVERYWHERE.to_owned()
    } else {
        subject.text("health_check.listen_address").unwrap_or_else(|| "127.0.0.1".to_owned())
    };
    (address, "/healthz".to_owned())
}

fn port(
    subject: &Subject<'_>,
    key: &str,
    purpose: Purpose,
    (address, path): (String, String),
) -> Option<Port> {
    let port = u16::try_from(subject.number(key)?).ok().filter(|it| *it > 0)?;
    let key = match subject.source(key) {
        Some(Source::Variable(name)) => format!("${name}"),
        _ => key.to_owned(),
    };
    Some(Port { purpose, port, address, path, key })
}
