//! What a configuration of version 1 asks for.

use super::{Export, Feature, Wanted, ports::ports};
use crate::obi::{
    config::{Enabled, Subject, features, is_filled},
    mode::Mode,
};

pub(super) fn wanted(subject: &Subject<'_>) -> Wanted {
    let enabled = Enabled::of(subject);
    let modes = [
        (enabled.application, Mode::Application),
        (enabled.network, Mode::Network),
        (enabled.stats, Mode::Stats),
    ];
    let ports = ports(subject);
    Wanted {
        version: 1,
        modes: chosen(modes),
        features: asked_for(subject, enabled),
        exports: exports(subject, enabled),
        ports,
        health_socket: subject.text("health_check.unix_socket_path"),
        map_scale: subject.number("ebpf.maps_config.global_scale_factor").unwrap_or_default(),
        bpf_filesystem: subject.text("ebpf.bpf_fs_path"),
    }
}

pub(super) fn chosen<T>(all: impl IntoIterator<Item = (bool, T)>) -> Vec<T> {
    all.into_iter().filter(|(is_on, _)| *is_on).map(|(_, it)| it).collect()
}

fn asked_for(subject: &Subject<'_>, enabled: Enabled) -> Vec<Feature> {
    let is = |path: &str, value: &str| subject.text(path).is_some_and(|it| it == value);
    let application = enabled.application;
    let propagation = subject.text("ebpf.context_propagation");
    let propagates = application && propagation.is_some_and(|it| does_propagate(&it));
    let by_traffic_control = enabled.network && is("network.source", "tc");
    let backend = propagates || by_traffic_control;
    let enriches = subject.node("ebpf.log_enricher.services").is_some_and(is_filled);
    let counts = features(subject).iter().any(|it| ["ebpf", "all", "*"].contains(&it.as_str()));
    chosen([
        (propagates, Feature::Propagation),
        (
            application && !subject.is_true("discovery.skip_go_specific_tracers"),
            Feature::GoPropagation,
        ),
        (enabled.network && !by_traffic_control, Feature::SocketFilter),
        (by_traffic_control, Feature::TrafficControl),
        (backend && is("ebpf.traffic_control_backend", "tcx"), Feature::Tcx),
        (application && enriches, Feature::LogEnricher),
        (enabled.metrics && counts, Feature::BpfMetrics),
        (asks_the_route(subject, enabled, false), Feature::AddressByRoute),
        (asks_the_route(subject, enabled, true), Feature::AddressByRoute6),
    ])
}

/// Where no address is written, and no interface to take it from. OBI asks for the newer internet only where that is written.
fn asks_the_route(subject: &Subject<'_>, enabled: Enabled, is_newer: bool) -> bool {
    let text = |section: &str, key: &str| subject.text(&format!("{section}.{key}"));
    let asks = |section: &str| {
        text(section, "agent_ip").is_none()
            && text(section, "agent_ip_iface").is_none_or(|it| it == "external")
            && text(section, "agent_ip_type").is_some_and(|it| it == "ipv6") == is_newer
    };
    (enabled.network && asks("network")) || (enabled.stats && asks("stats"))
}

/// `ip` is accepted, and does nothing.
pub(super) fn does_propagate(value: &str) -> bool {
    value.split(',').any(|it| !["disabled", "ip", ""].contains(&it.trim()))
}

fn exports(subject: &Subject<'_>, enabled: Enabled) -> Vec<Export> {
    let serves = subject.number("prometheus_export.port").is_some_and(|it| it > 0);
    let common = subject.environment.text("OTEL_EXPORTER_OTLP_ENDPOINT").is_some();
    let otlp = common || subject.text("otel_metrics_export.endpoint").is_some();
    let prints = subject.text("trace_printer").is_some_and(|it| it != "disabled");
    chosen([
        (enabled.traces, Export::OtlpTraces),
        (otlp, Export::OtlpMetrics),
        (serves, Export::Prometheus),
        (prints || subject.is_true("network.print_flows"), Export::Printed),
    ])
}
