use serde_json::{Map, Value, json};

use super::*;
use crate::obi::config::{Environment, Keys, Release, Severity, check, key};

fn fields(value: Value) -> Map<String, Value> {
    let Value::Object(fields) = value else { panic!("{value}") };
    fields
}

fn placed(variables: &[(&str, &str)], settings: Value) -> (Value, Vec<String>) {
    let environment = variables.iter().copied().collect();
    let Placed { settings, variables, .. } = from_variables(&environment, fields(settings));
    (settings.into(), variables.names().map(str::to_owned).collect())
}

#[test]
fn what_variables_say_goes_into_the_file_and_counts_for_more_than_it() {
    let (settings, left) = placed(
        &[
            ("OTEL_EBPF_OPEN_PORT", "8080,9000-9100"),
            ("OTEL_EBPF_METRICS_FEATURES", "application, network"),
            ("OTEL_EBPF_HEALTH_CHECK_PORT", "9466"),
            ("OTEL_EBPF_NETWORK_CIDRS", "10.0.0.0/8"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=x"),
            ("OTEL_EBPF_LOG_LEVEL", ""),
        ],
        json!({"health_check": {"port": 1}, "log_level": "WARN"}),
    );
    assert_eq!(
        settings,
        json!({
            "health_check": {"port": 9466}, "log_level": "WARN",
            "metrics": {"features": ["application", "network"]},
            "network": {"cidrs": ["10.0.0.0/8"]}, "open_port": "8080,9000-9100",
        })
    );
    assert_eq!(left, ["OTEL_EXPORTER_OTLP_HEADERS"]);
}

#[test]
fn of_two_variables_the_one_that_counts_for_more_goes_into_the_file() {
    let names = [("OTEL_SERVICE_NAME", "shop"), ("OTEL_EBPF_SERVICE_NAME", "other")];
    assert_eq!(placed(&names, json!({})).0, json!({"service_name": "shop"}));
    let protocols = [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"),
    ];
    let both = json!({
        "otel_metrics_export": {"protocol": "grpc"}, "otel_traces_export": {"protocol": "http/json"},
    });
    assert_eq!(placed(&protocols, json!({})).0, both);
}

#[test]
fn the_endpoint_of_both_signals_becomes_one_each_that_means_the_same() {
    let endpoint = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/otlp")];
    let (settings, _) = placed(&endpoint, json!({}));
    assert_eq!(
        settings["otel_metrics_export"]["endpoint"],
        "http://collector:4318/otlp/v1/metrics"
    );
    assert_eq!(settings["otel_traces_export"]["endpoint"], "http://collector:4318/otlp");
    let own = json!({"otel_traces_export": {"endpoint": "http://own:4317"}});
    assert_eq!(placed(&endpoint, own).0["otel_traces_export"]["endpoint"], "http://own:4317");
}

#[test]
fn a_choice_that_only_a_variable_makes_becomes_a_selector_where_there_is_none() {
    let all = [("OTEL_EBPF_AUTO_TARGET_EXE", "*")];
    assert_eq!(
        placed(&all, json!({})).0,
        json!({"discovery": {"instrument": [{"exe_path": "*"}]}})
    );
    let selectors = json!({"discovery": {"instrument": [{"open_ports": "80"}]}});
    let (settings, left) = placed(&all, selectors.clone());
    assert_eq!((settings, left), (selectors, vec!["OTEL_EBPF_AUTO_TARGET_EXE".to_owned()]));
}

#[test]
fn a_value_that_its_key_could_not_have_stays_where_it_is() {
    let wrong = [("OTEL_EBPF_PROMETHEUS_PORT", "metrics")];
    assert_eq!(
        placed(&wrong, json!({})),
        (json!({}), vec!["OTEL_EBPF_PROMETHEUS_PORT".to_owned()])
    );
}

#[test]
fn what_no_variable_can_say_stays_in_the_file_and_is_told() {
    let settings = json!({
        "discovery": {"instrument": [{"open_ports": "80"}]},
        "health_check": {"port": 9466},
        "otel_traces_export": {"insecure_skip_verify": true, "protocol": "grpc"},
        "unknown": 1,
    });
    let Placed { settings, variables, steps } = to_variables(fields(settings));
    let names: Vec<&str> = variables.names().collect();
    assert_eq!(names, ["OTEL_EBPF_HEALTH_CHECK_PORT", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"]);
    assert_eq!(
        Value::from(settings),
        json!({
            "discovery": {"instrument": [{"open_ports": "80"}]},
            "otel_traces_export": {"insecure_skip_verify": true},
            "unknown": 1,
        })
    );
    assert_eq!(steps.len(), 5);
}

/// A value that a key could have, other than its default where that is easy.
fn example(path: &str) -> Option<Value> {
    let known = key(path)?;
    let texts = ["true", "7", "1.5", "17s", "2h", "10.0.0.0/8", "10.0.0.1", "http", "a"];
    let words = known.one_of.iter().map(String::as_str).filter(|it| !it.is_empty());
    let features = ["network"].into_iter();
    let values = words.chain(features).chain(texts).map(|it| known.read(it));
    let mut values = values.filter(|it| known.wrong(it, Release::KNOWN).is_none());
    values.next().map(|it| it.to_json())
}

#[test]
fn every_key_that_has_a_variable_goes_there_and_back() {
    let keys = Keys::v1();
    let mut gone = 0;
    for path in keys.variables.values().flatten().map(|it| it.trim_end_matches("[]")) {
        let Some(value) = example(path) else { continue };
        let mut settings = Map::new();
        sections::put(&mut settings, path, value);
        let away = to_variables(settings.clone());
        let back = from_variables(&away.variables, away.settings.clone());
        assert_eq!(back.settings, settings, "{path}: {:#?}", away.steps);
        assert!(back.variables.names().next().is_none(), "{path}");
        gone += usize::from(away.settings.is_empty());
    }
    assert!(gone > 180, "{gone}");
}

#[test]
fn a_configuration_says_the_same_from_variables_as_from_its_file() {
    let settings = fields(json!({
        "open_port": "8080", "otel_metrics_export": {"endpoint": "http://collector:4318"},
        "metrics": {"features": ["application"]}, "log_level": "debug",
    }));
    let Placed { variables, settings, .. } = to_variables(settings);
    assert!(settings.is_empty(), "{settings:#?}");
    let report = check("", &variables, Release::KNOWN);
    assert!(report.severity().is_none_or(|it| it == Severity::Note), "{:#?}", report.findings);
    assert_eq!(from_variables(&Environment::default(), Map::new()), Placed::default());
}
