//! Where a configuration lets OBI be asked how it is.

use super::{super::Watched, Subject, version2};

/// Where the internal metrics are unless the configuration says so.
const PATH: &str = "/internal/metrics";

pub(super) fn watched(subject: &Subject<'_>) -> Watched {
    if version2::is_one(subject.tree) {
        let at =
            |path: &str| subject.node(&format!("extensions.obi.daemon.internal_metrics.{path}"));
        let port = at("prometheus.port").and_then(|it| it.to_json().as_u64());
        let path = at("prometheus.path").and_then(|it| it.text());
        return Watched {
            is_version2: true,
            health: None,
            internal: port.and_then(|it| u16::try_from(it).ok()).filter(|it| *it > 0),
            internal_path: path.unwrap_or(PATH).to_owned(),
            exporter: at("exporter").and_then(|it| it.text()).map(str::to_owned),
        };
    }
    let port = |path: &str| {
        subject.number(path).and_then(|it| u16::try_from(it).ok()).filter(|it| *it > 0)
    };
    Watched {
        is_version2: false,
        health: port("health_check.port"),
        internal: port("internal_metrics.prometheus.port"),
        internal_path: subject
            .text("internal_metrics.prometheus.path")
            .unwrap_or_else(|| PATH.to_owned()),
        exporter: subject.text("internal_metrics.exporter"),
    }
}
