//! What is asked for, and how it is refused.

use serde_json::json;

use super::*;

fn ask(arguments: Value) -> Result<Answer, Vec<String>> {
    let asked: Asked = serde_json::from_value(arguments).unwrap();
    asked.answer(&Ground::default()).map_err(|it| match it {
        ToolError::InvalidArguments(problems) => problems,
        other => panic!("{other:?}"),
    })
}

fn good() -> Value {
    json!({ "discovery": { "instrument": [{ "k8s_namespace": "shop" }] }, "trace_printer": "text" })
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let problems = ask(json!({
        "config": { "log_level": "loud" },
        "image": "a b",
        "namespace": "Shop",
        "resources": { "limits": { "memory": "much" }, "cpu": 1, "requests": { "gpu": 1 } },
        "tolerations": [{ "key": "a", "operator": "Is", "efect": "NoSchedule" }, 1],
        "node_selector": { "kubernetes.io/os": "windows", "a b": "c" },
        "headers_secret": "otlp",
    }))
    .unwrap_err();
    let starts = [
        "`namespace`",
        "`image`",
        "`headers_secret`",
        "`resources.limits.memory`",
        "`resources.cpu`",
        "`resources.requests.gpu`",
        "`tolerations[0]`",
        "`tolerations[1]`",
        "`node_selector.a b`",
        "`node_selector.kubernetes.io/os`",
    ];
    for start in starts {
        assert!(problems.iter().any(|it| it.starts_with(start)), "{start}: {problems:#?}");
    }
    assert!(problems.iter().any(|it| it.contains("log_level")), "{problems:#?}");
}

#[test]
fn less_memory_than_obi_takes_is_refused_with_the_way_to_take_less() {
    let problems =
        ask(json!({ "config": good(), "resources": { "memoryLimit": "256Mi" } })).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].contains("256Mi are less than the 512Mi"), "{problems:?}");
    assert!(problems[0].contains("global_scale_factor: -1"), "{problems:?}");
}

#[test]
fn resources_are_understood_as_others_write_them_too() {
    let answer = ask(json!({ "config": good(), "resources": {
        "memoryLimit": "1Gi", "cpuLimit": "500m", "limitMemory": "1Gi", "memoryRequest": "600Mi", "cpuRequest": "100m",
    } }))
    .unwrap();
    let resources = answer.wanted.resources;
    assert_eq!(json!(resources.limits), json!({ "cpu": "500m", "memory": "1Gi" }));
    assert_eq!(json!(resources.requests), json!({ "cpu": "100m", "memory": "600Mi" }));
}

#[test]
fn more_than_usual_may_be_requested_and_never_more_than_the_limit() {
    let answer = ask(json!({ "config": good(), "resources": { "requests": { "memory": "8Gi" } } }));
    let resources = answer.unwrap().wanted.resources;
    assert_eq!(resources.limits["memory"], "8Gi");
    let resources = json!({ "requests": { "memory": "8Gi" }, "limits": { "memory": "1Gi" } });
    let problems = ask(json!({ "config": good(), "resources": resources })).unwrap_err();
    assert_eq!(problems, ["`resources`: 8Gi of memory are requested, and 1Gi is the limit"]);
}

#[test]
fn every_taint_is_tolerated_unless_somebody_says_which() {
    let answer = ask(json!({ "config": good() })).unwrap();
    assert_eq!(answer.wanted.tolerations.len(), 2);
    let answer = ask(json!({ "config": good(), "tolerations": [] })).unwrap();
    assert!(answer.wanted.tolerations.is_empty());
}

#[test]
fn nobody_listens_at_localhost_but_in_the_network_of_the_node() {
    let config = |more: &str| {
        format!(
            "open_port: '8080'\notel_traces_export: {{endpoint: 'http://localhost:4317'}}\n{more}"
        )
    };
    let problems = ask(json!({ "config": config("") })).unwrap_err();
    assert!(problems[0].contains("http://${HOST_IP}:4317"), "{problems:?}");
    let on_node = config("metrics: {features: [network]}\nprometheus_export: {port: 9464}\n");
    assert!(ask(json!({ "config": on_node })).is_ok());
    let asked: Asked = serde_json::from_value(json!({ "config": config("") })).unwrap();
    assert!(asked.answer(&Ground { is_sidecar: true, ..Ground::default() }).is_ok());
}

#[test]
fn the_node_is_known_to_configurations_by_its_address() {
    let config = "open_port: '8080'\notel_traces_export: {endpoint: 'http://${HOST_IP}:4317'}\n";
    let answer = ask(json!({ "config": config })).unwrap();
    assert!(answer.notes.iter().all(|it| !it.contains("HOST_IP")), "{:?}", answer.notes);
}

#[test]
fn an_image_has_one_version() {
    let version = |arguments: Value| ask(arguments).map(|it| it.wanted.image.as_str().to_owned());
    let base = "docker.io/otel/ebpf-instrument";
    assert_eq!(version(json!({ "config": good() })), Ok(format!("{base}:v0.13.0")));
    assert_eq!(
        version(json!({ "config": good(), "version": "0.12.1" })),
        Ok(format!("{base}:v0.12.1"))
    );
    let own = json!({ "config": good(), "version": "v0.12.1", "image": "localhost:5000/obi" });
    assert_eq!(version(own), Ok("localhost:5000/obi:v0.12.1".to_owned()));
    let both =
        json!({ "config": good(), "version": "v0.12.1", "image": "otel/ebpf-instrument:v0.13.0" });
    assert!(version(both).unwrap_err()[0].starts_with("`version`"));
}

#[test]
fn an_endpoint_alone_is_enough() {
    let answer = ask(json!({ "otlp_endpoint": "http://collector.observability:4318" })).unwrap();
    assert_eq!(answer.wanted.endpoint.as_deref(), Some("http://collector.observability:4318"));
    assert!(answer.wanted.config.contains("k8s_namespace"));
    let problems = ask(json!({})).unwrap_err();
    assert!(problems[0].starts_with("`config` is missing"), "{problems:?}");
}

#[test]
fn what_is_only_ignored_is_told_and_not_refused() {
    let mut config = good();
    config["netwrok"] = json!({ "enable": true });
    let answer = ask(json!({ "config": config })).unwrap();
    assert!(answer.notes.iter().any(|it| it.contains("netwrok")), "{:?}", answer.notes);
}

#[test]
fn version_2_is_told_what_it_does_not_hear() {
    let config = "file_format: '1.0'\ntracer_provider: {processors: [{batch: {exporter: {otlp_http: {endpoint: 'http://c.d:4318'}}}}]}\nextensions: {obi: {version: '2.0'}}\n";
    let problems =
        ask(json!({ "config": config, "k8s_cache": true, "otlp_endpoint": "http://c.d:4318" }))
            .unwrap_err();
    let deaf = problems.iter().filter(|it| it.contains("hears no variables"));
    assert_eq!(deaf.count(), 2, "{problems:?}");
}

#[test]
fn the_rights_are_explained() {
    let notes = |arguments: Value| ask(arguments).unwrap().notes.join("\n");
    assert!(notes(json!({ "config": good() })).contains("not privileged, and with SYS_ADMIN:"));
    let privileged = notes(json!({ "config": good(), "privileged": true }));
    assert!(privileged.contains("would be enough"), "{privileged}");
}

#[test]
fn no_file_system_of_the_node_is_handed_out_by_a_configuration() {
    for path in ["/", "../..", "/sys/../etc", "bpf"] {
        let mut config = good();
        config["ebpf"] = json!({ "bpf_fs_path": path });
        let problems = ask(json!({ "config": config })).unwrap_err();
        assert!(problems[0].contains("bpf_fs_path"), "{path}: {problems:?}");
    }
}
