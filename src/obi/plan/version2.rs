//! What a document of version 2 asks for, as far as its keys are known.

use super::{
    Export, Feature, Port, Purpose, Wanted,
    ports::EVERYWHERE,
    version1::{chosen, does_propagate},
};
use crate::{
    obi::{
        config::{Exporters, Subject, includes_by_default, scalar, truth},
        mode::Mode,
    },
    tree::Node,
};

pub(super) fn wanted(subject: &Subject<'_>) -> Wanted {
    let document = Document(subject);
    let (application, network) =
        (document.chooses(), document.is_true("capture.network.capture.enabled"));
    let stats = document.is_true("capture.network.stats.enabled");
    let is = |path: &str, value: &str| document.text(path).is_some_and(|it| it == value);
    let propagation = document.text("capture.engine.propagation.context_propagation");
    let propagates = application && propagation.is_some_and(|it| does_propagate(&it));
    let by_traffic_control = network && is("capture.network.capture.source", "tc");
    let tcx = is("capture.engine.traffic.control_backend", "tcx");
    let enriches = application && document.is_true("correlation.log_trace_annotation.enabled");
    Wanted {
        version: 2,
        modes: chosen([
            (application, Mode::Application),
            (network, Mode::Network),
            (stats, Mode::Stats),
        ]),
        features: chosen([
            (propagates, Feature::Propagation),
            (application, Feature::GoPropagation),
            (network && !by_traffic_control, Feature::SocketFilter),
            (by_traffic_control, Feature::TrafficControl),
            (tcx && (propagates || by_traffic_control), Feature::Tcx),
            (enriches, Feature::LogEnricher),
        ]),
        exports: document.exports(),
        ports: document.ports(),
        health_socket: None,
        map_scale: document.number("capture.engine.maps.global_scale_factor").unwrap_or_default(),
        bpf_filesystem: document.text("capture.engine.bpf_filesystem.path"),
    }
}

struct Document<'a>(&'a Subject<'a>);

impl<'a> Document<'a> {
    /// Below `extensions.obi`.
    fn node(&self, path: &str) -> Option<&'a Node> {
        self.0.node(&format!("extensions.obi.{path}"))
    }

    fn text(&self, path: &str) -> Option<String> {
        self.node(path).and_then(scalar).filter(|it| !it.is_empty())
    }

    fn number(&self, path: &str) -> Option<i64> {
        self.text(path)?.parse().ok()
    }

    fn is_true(&self, path: &str) -> bool {
        self.node(path).and_then(truth) == Some(true)
    }

    /// Other than in version 1, every process is chosen where nothing else is said.
    fn chooses(&self) -> bool {
        let includes =
            |it: &Node| it.get("action").and_then(scalar).is_some_and(|it| it == "include");
        let rules = self.node("capture.rules").map(Node::items).unwrap_or_default();
        includes_by_default(self.0) || rules.iter().any(includes)
    }

    fn exports(&self) -> Vec<Export> {
        let exporters = Exporters::of(self.0);
        let printed = self.text("daemon.logging.debug_trace_output");
        let are_flows_printed = self.is_true("capture.network.capture.diagnostics.print_flows");
        let is_printed = printed.is_some_and(|it| it != "disabled");
        chosen([
            (exporters.traces, Export::OtlpTraces),
            (exporters.periodic, Export::OtlpMetrics),
            (exporters.prometheus.is_some(), Export::Prometheus),
            (is_printed || are_flows_printed, Export::Printed),
        ])
    }

    fn ports(&self) -> Vec<Port> {
        let asked = Exporters::of(self.0).prometheus.and_then(|port| {
            let key = "meter_provider.readers";
            port_at(Purpose::Metrics, &port.to_string(), "/metrics".to_owned(), key)
        });
        let path = self
            .text("daemon.internal_metrics.prometheus.path")
            .unwrap_or_else(|| "/internal/metrics".to_owned());
        let own = [
            (Purpose::InternalMetrics, "daemon.internal_metrics.prometheus.port", path),
            (Purpose::Profiles, "daemon.profiling.port", "/debug/pprof/".to_owned()),
        ];
        let own = own.into_iter().filter_map(|(purpose, key, path)| {
            port_at(purpose, &self.text(key)?, path, &format!("extensions.obi.{key}"))
        });
        asked.into_iter().chain(own).collect()
    }
}

fn port_at(purpose: Purpose, port: &str, path: String, key: &str) -> Option<Port> {
    let port = port.parse().ok().filter(|it| *it > 0)?;
    let address = EVERYWHERE.to_owned();
    Some(Port { purpose, port, address, path, key: key.to_owned() })
}
