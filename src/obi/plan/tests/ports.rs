use super::*;

fn told(plan: &Plan) -> Vec<String> {
    let ports = plan.ports.iter();
    ports.map(|it| format!("{}:{}{} by {}", it.address, it.port, it.path, it.key)).collect()
}

const ALL: &str = "profile_port: 6060
prometheus_export: {port: 9464, path: /app}
internal_metrics: {exporter: prometheus, prometheus: {port: 9465}}
health_check: {port: 9466}
";

#[test]
fn every_port_is_told_with_its_address_and_what_says_so() {
    assert_eq!(
        told(&of(ALL)),
        [
            "127.0.0.1:9466/healthz by health_check.port",
            "0.0.0.0:9464/app by prometheus_export.port",
            "0.0.0.0:9465/internal/metrics by internal_metrics.prometheus.port",
            "0.0.0.0:6060/debug/pprof/ by profile_port",
        ]
    );
}

#[test]
fn a_port_of_a_variable_is_told_by_its_name() {
    let plan = with(ALL, &[("OTEL_EBPF_HEALTH_CHECK_PORT", "9499")]);
    assert_eq!(
        plan.port(Purpose::Health).map(|it| (it.port, it.key.as_str())),
        Some((9499, "$OTEL_EBPF_HEALTH_CHECK_PORT"))
    );
}

#[test]
fn an_older_obi_answers_for_its_health_everywhere_or_not_at_all() {
    let address = |release| {
        let plan = plan(ALL, &Environment::default(), release).unwrap();
        plan.port(Purpose::Health).map(|it| it.address.clone())
    };
    assert_eq!(address(Release::new(0, 9, 0)), None);
    assert_eq!(address(Release::new(0, 10, 0)).as_deref(), Some("0.0.0.0"));
    assert_eq!(address(Release::new(0, 11, 0)).as_deref(), Some("127.0.0.1"));
}

#[test]
fn what_is_no_port_is_none() {
    for port in ["0", "-1", "70000", "abc", "${NOT_SET}", "null"] {
        let plan = of(&format!("health_check: {{port: {port}}}\n"));
        assert_eq!(plan.ports, [], "{port}");
    }
}
