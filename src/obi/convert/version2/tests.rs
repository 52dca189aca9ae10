use serde_json::json;

use super::*;

fn moved(settings: Value) -> Result<Version2, NoPlace> {
    let Value::Object(settings) = settings else { panic!("{settings}") };
    to_version2(settings)
}

fn refused(settings: Value) -> Vec<String> {
    moved(settings).unwrap_err().paths
}

#[test]
fn a_configuration_of_version_1_means_the_same_in_version_2() {
    let Version2 { document, steps } = moved(json!({
        "log_level": "DEBUG",
        "trace_printer": "text",
        "discovery": {
            "instrument": [{"open_ports": 8080, "exports": ["traces"]}, {"k8s_namespace": "shop-*", "exe_path": "*/cart", "exports": ["metrics"]}],
            "exclude_instrument": [{"exe_path": "*/sidecar"}],
            "min_process_age": "10s",
        },
        "otel_traces_export": {"endpoint": "http://collector:4317", "batch_timeout": "5s"},
        "otel_metrics_export": {"endpoint": "http://collector:4318", "interval": "1500ms"},
        "prometheus_export": {"port": 9464},
        "attributes": {"kubernetes": {"enable": true}},
        "routes": {"patterns": ["/cart/{id}"]},
        "ebpf": {"context_propagation": "headers", "payload_extraction": {"http": {"aws": {"enabled": true}}}},
    }))
    .unwrap();
    assert_eq!(document["log_level"], "debug");
    let batch = &document["tracer_provider"]["processors"][0]["batch"];
    let grpc =
        json!({"otlp_grpc": {"endpoint": "http://collector:4317", "tls": {"insecure": true}}});
    assert_eq!((&batch["exporter"], &batch["schedule_delay"]), (&grpc, &json!(5000)));
    assert_eq!(
        document["meter_provider"]["readers"],
        json!([
            {"periodic": {"interval": 1500, "exporter": {"otlp_http": {"endpoint": "http://collector:4318", "encoding": "protobuf"}}}},
            {"pull": {"exporter": {"prometheus/development": {"port": 9464}}}},
        ])
    );
    let obi = &document["extensions"]["obi"];
    let rules = obi["capture"]["rules"].as_array().unwrap();
    let named: Vec<&str> = rules.iter().filter_map(|it| it["name"].as_str()).collect();
    let names =
        ["exclude-obi-and-collectors", "exclude-system-namespaces", "exclude-otlp-exporters"];
    assert_eq!(named, names);
    assert_eq!(rules[0]["match"]["process"]["exe_path_glob"], json!(["*/sidecar"]));
    assert_eq!(
        rules[4..],
        [
            json!({
                "action": "include",
                "match": {"kubernetes": {"namespace_glob": ["shop-*"]}, "process": {"exe_path_glob": ["*/cart"]}},
                "refine": {"exports": {"traces": false, "metrics": true}},
            }),
            json!({
                "action": "include",
                "match": {"process": {"open_ports": "8080"}},
                "refine": {"exports": {"traces": true, "metrics": false}},
            }),
        ]
    );
    assert_eq!(
        obi["capture"]["policy"],
        json!({"min_process_age": "10s", "default_action": "exclude", "match_order": "first_match_wins", "poll_interval": "0s"})
    );
    assert_eq!(obi["enrich"]["enrichers"]["kubernetes"]["mode"], "enabled");
    assert_eq!(
        obi["capture"]["instrumentation"]["http"]["routes"]["outgoing"]["patterns"],
        json!(["/cart/{id}"])
    );
    let from: Vec<&str> = steps.iter().map(|it| it.from.as_str()).collect();
    assert!(
        from.contains(&"discovery.instrument") && from.contains(&"routes.patterns"),
        "{from:?}"
    );
}

#[test]
fn what_has_no_place_is_named_and_nothing_is_made_of_the_rest() {
    let good = json!({"open_port": 80, "trace_printer": "text"});
    let with = |more: Value| {
        let mut settings = good.clone();
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        refused(settings)
    };
    assert_eq!(with(json!({"health_check": {"port": 9466}})), ["health_check.port"]);
    assert_eq!(with(json!({"service_name": "shop"})), ["service_name"]);
    assert_eq!(
        with(json!({"prometheus_export": {"port": 9464, "path": "/m"}})),
        ["prometheus_export.path"]
    );
    assert_eq!(
        with(json!({"metrics": {"features": ["application", "application_span"]}})),
        ["metrics.features"]
    );
    assert_eq!(with(json!({"not_of_obi": {"a": [1]}})), ["not_of_obi.a"]);
    let selector = json!({"open_ports": "80", "sampler": {"name": "always_on"}, "metrics": {"features": ["application"]}});
    assert_eq!(
        with(json!({"discovery": {"instrument": [selector]}})),
        ["discovery.instrument[0].metrics", "discovery.instrument[0].sampler"]
    );
    let mixed = json!([{"open_ports": "80", "exports": ["traces"]}, {"open_ports": "81"}]);
    assert_eq!(
        with(json!({"discovery": {"instrument": mixed}})),
        ["discovery.instrument[].exports"]
    );
}

#[test]
fn what_obi_does_not_start_with_is_not_moved() {
    let wrong = moved(json!({"open_port": 80})).unwrap_err();
    assert!(wrong.to_string().contains("nobody gets what is instrumented"), "{wrong}");
}

/// Whatever could be moved has to be read by OBI: a document that the strict checks refuse is no migration.
#[test]
fn every_configuration_that_moves_is_one_of_which_there_is_nothing_to_say_and_no_key_is_lost() {
    #[derive(serde::Deserialize)]
    struct Case {
        name: String,
        config: String,
    }
    let cases: Vec<Case> =
        serde_saphyr::from_str(include_str!("../../../../tests/obi/configurations.yaml")).unwrap();
    let mut count = 0;
    for case in
        cases.iter().filter(|it| !it.config.contains("file_format") && !it.config.contains('$'))
    {
        let Ok(tree) = crate::tree::Node::parse(&case.config) else { continue };
        let Value::Object(settings) = tree.to_json() else { continue };
        let Ok(Version2 { document, steps }) = to_version2(settings.clone()) else { continue };
        let report = check(&document.to_string(), &Environment::default(), Release::KNOWN);
        // A glob is as fragile there as it was.
        let mut findings = report.findings.iter().filter(|it| it.rule != "fragile-glob");
        assert_eq!(findings.next(), None, "{}\n{document:#}", case.name);
        for (path, value) in leaves(&settings) {
            let is_told = steps.iter().any(|it| path.starts_with(&it.from));
            let says_nothing = value.is_null() || *value == json!("") || *value == json!([]);
            assert!(is_told || says_nothing, "{}: {path}", case.name);
        }
        count += 1;
    }
    assert!(count >= 10, "{count}");
}

#[test]
fn every_place_of_the_table_is_one_that_version_2_has() {
    for (path, places) in PLACES.iter() {
        assert!(crate::obi::config::key(path).is_some(), "{path}");
        for place in places {
            assert!(fits_version2(place, &Value::Null), "{path}: {place}");
        }
    }
}
