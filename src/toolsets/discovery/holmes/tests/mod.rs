//! What is made of what was found.

mod given;
mod goldens;
mod hostile;
mod laid_over;
mod seen;

use expect_test::expect;

use self::given::*;
use super::*;

fn names(document: &Document) -> Vec<&str> {
    document.toolsets.keys().chain(document.servers.keys()).map(String::as_str).collect()
}

#[test]
fn a_document_of_one_service_serves_holmesgpt_and_clients_that_want_a_list() {
    let document = Document::of(&[prometheus("monitoring", "prometheus")], &Settings::default());
    expect![[r"
        # Generated from the services of the cluster: do not edit.
        # What overrides.yaml says, with the same fields, is merged into it.
        toolsets:
          prometheus/metrics:
            enabled: true
            config:
              prometheus_url: http://prometheus.monitoring.svc.cluster.local:9090
        tools:
        - name: prometheus-monitoring-prometheus
          type: prometheus
          endpoint: http://prometheus.monitoring.svc.cluster.local:9090
          description: Prometheus, the Service prometheus in namespace monitoring
          namespace: monitoring
          metadata:
            confidence: high
            health: ready
            service: prometheus
            toolset: prometheus/metrics
            version: 1.2.3
    "]]
    .assert_eq(&document.yaml());
}

#[test]
fn nothing_found_is_a_document_all_the_same() {
    let document = Document::of(&[], &Settings::default());
    expect![[r"
        # Generated from the services of the cluster: do not edit.
        # What overrides.yaml says, with the same fields, is merged into it.
        toolsets:
          kubernetes/core:
            enabled: true
        tools: []
    "]]
    .assert_eq(&document.yaml());
}

#[test]
fn two_of_a_type_are_instances_of_one_toolset() {
    let found = [prometheus("b", "prometheus"), prometheus("a", "prometheus")];
    let document = Document::of(&found, &Settings::default());
    expect![[r#"{"enabled":true,"config":{"instances":[{"name":"a-prometheus","prometheus_url":"http://prometheus.a.svc.cluster.local:9090"},{"name":"b-prometheus","prometheus_url":"http://prometheus.b.svc.cluster.local:9090"}]}}"#]]
    .assert_eq(&document.toolsets["prometheus/metrics"].to_string());
}

#[test]
fn the_order_in_which_services_come_makes_no_difference() {
    let mut found = everything();
    let document = Document::of(&found, &credentials());
    found.reverse();
    assert_eq!(Document::of(&found, &credentials()), document);
    found.rotate_left(5);
    assert_eq!(Document::of(&found, &credentials()).hash(), document.hash());
}

#[test]
fn only_what_proved_what_it_is_is_in_the_document() {
    for health in [
        Health::Unknown,
        Health::Unhealthy("503".to_owned()),
        Health::Unreachable("refused".to_owned()),
        Health::Impostor("HTML".to_owned()),
    ] {
        let found = Found { health, ..prometheus("a", "prometheus") };
        assert_eq!(Document::of(&[found], &Settings::default()), Document::default());
    }
}

#[test]
fn what_asks_for_credentials_that_nobody_configured_is_in_the_list_and_in_no_toolset() {
    let document = Document::of(&[closed(grafana("a", "grafana"))], &Settings::default());
    assert_eq!(names(&document), [""; 0]);
    let tool = &document.tools[0];
    assert_eq!(tool.metadata["needs"], "toolsets.discovery.credentials");
    expect!["Grafana, the Service grafana in namespace a. It asks for credentials, and none are configured for it in toolsets.discovery.credentials"]
        .assert_eq(&tool.description);
}

#[test]
fn a_service_that_lets_in_nobody_does_not_take_the_place_of_one_that_does() {
    let found = [closed(grafana("a", "grafana")), grafana("b", "grafana")];
    let document = Document::of(&found, &Settings::default());
    let config = &document.toolsets["grafana/dashboards"]["config"];
    assert_eq!(config["api_url"], "http://grafana.b.svc.cluster.local:80");
    assert_eq!(document.tools.len(), 2);
}

#[test]
fn credentials_are_names_of_variables_and_go_to_whom_they_are_meant_for() {
    let mut found = everything();
    found.push(closed(grafana("elsewhere", "grafana")));
    let document = Document::of(&found, &credentials());
    let shown = |name: &str| document.toolsets[name]["config"].to_string();
    expect![[r#"{"api_url":"http://grafana.monitoring.svc.cluster.local:80","api_key":"{{ env.GRAFANA_API_KEY }}"}"#]].assert_eq(&shown("grafana/dashboards"));
    expect![[r#"{"api_url":"https://main-es-http.logging.svc.cluster.local:9200","username":"{{ env.ES_USER }}","password":"{{ env.ES_PASSWORD }}","verify_ssl":false}"#]].assert_eq(&shown("elasticsearch/data"));
    expect![[r#"{"api_url":"http://loki.logging.svc.cluster.local:3100","additional_headers":{"X-Scope-OrgID":"{{ env.LOKI_TENANT }}"}}"#]].assert_eq(&shown("grafana/loki"));
    let elsewhere = document.tools.iter().find(|it| it.namespace == "elsewhere").unwrap();
    assert_eq!(elsewhere.home(), None);
}

#[test]
fn credentials_that_holmesgpt_cannot_send_are_told_of() {
    let mut settings = Settings::default();
    let secret = Secret::Password { username: variable("USER"), password: variable("PASSWORD") };
    settings.credentials.push(credential("a", "prometheus", secret));
    let document = Document::of(&[closed(prometheus("a", "prometheus"))], &settings);
    assert_eq!(names(&document), [""; 0]);
    expect!["a/prometheus: HolmesGPT cannot send such credentials to Prometheus: give `authorization`, the name of a variable with a whole Authorization header, or `api_key`"]
        .assert_eq(&document.left_out.join("\n"));
}

#[test]
fn a_variable_is_named_in_capitals() {
    for bad in ["", "a", "A-B", "1A", "A }}{{ x", "A\n", "Ä", &"A".repeat(129)] {
        assert_eq!(Variable::new(bad), None, "{bad}");
    }
    assert!(Variable::new("_GRAFANA_2").is_some());
}

#[test]
fn the_subtype_is_told_if_it_is_true_of_all() {
    let subtype = |found: &[Found]| {
        let document = Document::of(found, &Settings::default());
        document.toolsets["prometheus/metrics"].get("subtype").cloned()
    };
    let victoria = victoria_metrics("a", "vmsingle");
    assert_eq!(subtype(std::slice::from_ref(&victoria)), Some(json!("victoriametrics")));
    assert_eq!(subtype(&[victoria, prometheus("a", "prometheus")]), None);
}

#[test]
fn names_that_would_be_the_same_or_too_long_end_in_a_digest() {
    let long = "a".repeat(63);
    let found = [jaeger("a-b", "c"), jaeger("a", "b-c"), jaeger(&long, "jaeger")];
    let document = Document::of(&found, &Settings::default());
    expect![[r"
        jaeger-a-b-c-4e84717d
        jaeger-a-b-c-b88f83c8
        jaeger-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-5bc0cfe5"]]
    .assert_eq(&names(&document).join("\n"));
    assert!(names(&document).iter().all(|it| it.len() <= 56));
}

#[test]
fn kubernauts_layout_has_its_own_list_besides() {
    let document = Document::of(&[prometheus("a", "prometheus")], &Settings::default());
    let files = document.files(Layout::Kubernaut, "toolset.yaml").unwrap();
    assert_eq!(files["toolset.yaml"], document.yaml());
    let list: Value = serde_json::from_str(&files["toolset.json"]).unwrap();
    assert_eq!(list["tools"][0]["type"], "prometheus");
    let files = document.files(Layout::Holmes, "custom_toolset.yaml").unwrap();
    assert_eq!(files.keys().collect::<Vec<_>>(), ["custom_toolset.yaml"]);
}

#[test]
fn a_document_that_no_config_map_holds_is_refused_with_its_size() {
    let found: Vec<Found> = (0..2500).map(|it| jaeger(&format!("team-{it}"), "jaeger")).collect();
    let document = Document::of(&found, &Settings::default());
    expect!["the toolset would have 1980155 bytes, and no more than 900000 are written: leave namespaces or products out"].assert_eq(&document.files(Layout::Holmes, "toolset.yaml").unwrap_err());
}
