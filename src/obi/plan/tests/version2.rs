use super::*;

const DOCUMENT: &str = "file_format: \"1.0\"
meter_provider:
  readers:
    - pull:
        exporter:
          prometheus/development:
            port: 9464
tracer_provider:
  processors: [{batch: {exporter: {otlp_grpc: {endpoint: \"http://otelcol:4317\"}}}}]
extensions:
  obi:
    version: \"2.0\"
    capture:
      policy: {default_action: exclude}
      rules: [{action: include, match: {process: {open_ports: \"8080\"}}}]
      engine: {propagation: {context_propagation: all}}
      network: {capture: {enabled: true, source: tc}}
    correlation: {log_trace_annotation: {enabled: true}}
    daemon: {internal_metrics: {prometheus: {port: 9465}}}
";

#[test]
fn a_document_of_version_2_is_read_as_far_as_its_keys_are_known() {
    let plan = of(DOCUMENT);
    assert_eq!((plan.version, plan.modes), (2, vec![Mode::Application, Mode::Network]));
    assert_eq!(
        plan.features,
        [
            Feature::Propagation,
            Feature::GoPropagation,
            Feature::TrafficControl,
            Feature::LogEnricher
        ]
    );
    assert_eq!(plan.exports, [Export::OtlpTraces, Export::Prometheus]);
    let ports: Vec<(Purpose, u16)> = plan.ports.iter().map(|it| (it.purpose, it.port)).collect();
    assert_eq!(ports, [(Purpose::Metrics, 9464), (Purpose::InternalMetrics, 9465)]);
}

#[test]
fn prometheus_is_answered_at_its_usual_port_where_none_is_written() {
    let of = |exporter: &str| {
        let reader = format!("{{pull: {{exporter: {{{exporter}}}}}}}");
        let text = format!(
            "meter_provider: {{readers: [{reader}]}}\nextensions: {{obi: {{version: \"2.0\"}}}}\n"
        );
        of(&text).ports.iter().map(|it| it.port).collect::<Vec<_>>()
    };
    assert_eq!(of("prometheus/development: {}"), [9464]);
    assert_eq!(of("prometheus/development: {port: 9470}"), [9470]);
    for none in [
        "prometheus/development: {port: 0}",
        "prometheus/development: ",
        "prometheus: {port: 9464}",
    ] {
        assert_eq!(of(none), [0_u16; 0], "{none}");
    }
}

#[test]
fn where_version_2_says_nothing_every_process_is_chosen() {
    let plan = of("extensions: {obi: {version: \"2.0\"}}\n");
    assert_eq!(plan.modes, [Mode::Application]);
    let nothing =
        "extensions: {obi: {version: \"2.0\", capture: {policy: {default_action: exclude}}}}\n";
    assert_eq!(of(nothing).modes, []);
}
