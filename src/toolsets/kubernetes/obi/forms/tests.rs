//! Each form of a deployment, and what would go wrong in it.

use expect_test::expect_file;

use super::*;
use crate::toolsets::kubernetes::obi::asked::{Answer, Asked, Ground};

const FORMS: [(&str, Form); 6] = [
    ("raw", Form::Raw),
    ("kustomize", Form::Kustomize),
    ("helm_values", Form::HelmValues),
    ("helm_chart", Form::HelmChart),
    ("argo_application", Form::ArgoApplication),
    ("flux", Form::Flux),
];

fn try_writing(form: Form, arguments: Value) -> Result<Written, String> {
    let asked: Asked = serde_json::from_value(arguments).unwrap();
    let ground = Ground { monitor: true, ..Ground::default() };
    let Answer { wanted, plan, .. } = asked.answer(&ground).unwrap();
    written(form, &wanted, &plan)
}

fn files(form: Form, arguments: Value) -> Vec<File> {
    try_writing(form, arguments).unwrap().files
}

fn content(form: Form, arguments: Value, path: &str) -> String {
    let files = files(form, arguments);
    files.into_iter().find(|it| it.path == path).unwrap_or_else(|| panic!("no {path}")).content
}

fn values(config: &str) -> Value {
    let text = content(Form::HelmValues, json!({ "config": config }), "values.yaml");
    serde_saphyr::from_str(&text).unwrap()
}

/// With everything in it that has to be written somehow.
fn rich() -> Value {
    json!({
        "config": "# Ours\ndiscovery: {instrument: [{k8s_namespace: shop, exe_path: '{{a,b}}'}]}\notel_traces_export: {endpoint: 'http://${HOST_IP}:4317'}\nebpf: {context_propagation: headers}\n",
        "prometheus": true,
        "k8s_cache": true,
        "headers_secret": "otlp/headers",
        "node_selector": { "pool": "apps" },
    })
}

const NETWORK: &str = "metrics: {features: [network]}\notel_metrics_export: {endpoint: 'http://collector.o11y:4318'}\n";

const STATS: &str = "metrics: {features: [stats]}\nprometheus_export: {port: 9464}\n";
const PORTS: &str = "open_port: '8080'\ntrace_printer: text\n";

#[test]
fn each_form_is_what_was_read_by_a_person() {
    for (name, form) in FORMS {
        let Written { files, notes } = try_writing(form, rich()).unwrap();
        let notes = notes.iter().map(|it| format!("# {it}\n"));
        let files = files.iter().map(|it| format!("==> {} <==\n{}", it.path, it.content));
        let text: String = notes.chain(files).collect();
        let path = format!(
            "{}/src/toolsets/kubernetes/obi/forms/goldens/{name}.txt",
            env!("CARGO_MANIFEST_DIR")
        );
        expect_file![path].assert_eq(&text);
    }
}

#[test]
fn the_values_of_each_mode_are_what_was_read_by_a_person() {
    for (name, arguments) in [
        ("network", json!({ "config": NETWORK })),
        ("network_prometheus", json!({ "config": NETWORK, "prometheus": true })),
        ("stats", json!({ "config": STATS, "prometheus": true, "privileged": true })),
        ("ports", json!({ "config": PORTS, "otlp_endpoint": "http://collector.o11y:4318" })),
    ] {
        let text = content(Form::HelmValues, arguments, "values.yaml");
        let path = format!(
            "{}/src/toolsets/kubernetes/obi/forms/goldens/helm_values_{name}.yaml",
            env!("CARGO_MANIFEST_DIR")
        );
        expect_file![path].assert_eq(&text);
    }
}

#[test]
fn nobody_takes_them_for_what_tacklebox_deployed() {
    for (name, form) in FORMS {
        for File { path, content } in files(form, rich()) {
            assert!(!content.contains("managed-by: tacklebox"), "{name}: {path}");
            assert!(path == "base/obi.yml" || !content.contains("BLANK"), "{name}: {path}");
        }
    }
}

#[test]
fn the_official_chart_adds_nothing_to_a_configuration() {
    let values = values(NETWORK);
    let data = &values["config"]["data"];
    // Its own exporters, filters and ports are taken away by nulls.
    assert_eq!(data["otel_traces_export"], Value::Null);
    assert_eq!(data["filter"], Value::Null);
    assert_eq!(data["prometheus_export"], Value::Null);
    assert_eq!(data["otel_metrics_export"], json!({ "endpoint": "http://collector.o11y:4318" }));
    assert_eq!(data["network"], json!({ "enable": true }));
    assert_eq!(values["preset"], "network");
    assert_eq!(data.get("discovery"), None);
}

#[test]
fn the_official_chart_makes_no_mode_of_its_own() {
    assert_eq!(values(STATS)["config"]["data"]["network"], json!({ "enable": false }));
    let chosen = values(PORTS);
    assert_eq!(chosen["preset"], "application");
    let discovery = &chosen["config"]["data"]["discovery"];
    assert_eq!(discovery, &json!({ "skip_go_specific_tracers": false }));
}

#[test]
fn the_official_chart_is_in_the_network_of_the_host_exactly_where_it_must_be() {
    let in_network = |config: &str| values(config)["contextPropagation"]["enabled"].clone();
    assert_eq!(in_network(NETWORK), json!(true));
    assert_eq!(in_network(PORTS), json!(false));
    let propagation = "open_port: '8080'\ntrace_printer: text\nebpf: {context_propagation: all}\n";
    assert_eq!(in_network(propagation), json!(true));
    let both = "open_port: '8080'\nmetrics: {features: [application, network]}\nprometheus_export: {port: 9464}\n";
    assert_eq!(values(both)["preset"], "application");
    assert_eq!(in_network(both), json!(true));
}

#[test]
fn a_document_of_version_2_is_not_for_the_official_chart() {
    let config = "file_format: '1.0'\ntracer_provider: {processors: [{batch: {exporter: {otlp_http: {endpoint: 'http://c.d:4318'}}}}]}\nextensions: {obi: {version: '2.0'}}\n";
    for form in [Form::HelmValues, Form::ArgoApplication, Form::Flux] {
        let why = try_writing(form, json!({ "config": config })).err().unwrap();
        assert!(why.contains("helm_chart"), "{why}");
    }
    for form in [Form::Raw, Form::Kustomize, Form::HelmChart] {
        assert!(try_writing(form, json!({ "config": config })).is_ok());
    }
}

#[test]
fn the_configuration_is_a_file_as_it_was_given_for_kustomize() {
    let config = rich()["config"].as_str().unwrap().to_owned();
    assert_eq!(content(Form::Kustomize, rich(), "base/obi.yml"), config);
}
