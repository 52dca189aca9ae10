use expect_test::expect;

use super::{annotated, services};
use crate::toolsets::discovery::{
    matching::{CustomResources, Detectors},
    service::Service,
};

fn explained(service: &Service) -> String {
    let reasons = Detectors::embedded().explain(service, &CustomResources::default());
    reasons.iter().flat_map(|it| [it.to_string(), "\n".to_owned()]).collect()
}

fn of_the_table(place: &str) -> Service {
    let services = services(include_str!("services.yaml"));
    services.into_iter().find(|it| it.place.to_string() == place).unwrap()
}

#[test]
fn all_that_speaks_for_a_service_is_told_the_strongest_first() {
    let told = explained(&of_the_table("monitoring/prometheus-operated"));
    expect![[r"
        matched  prometheus: owner Prometheus.monitoring.coreos.com/kps-kube-prometheus-stack-prometheus
        matched  prometheus: label operated-prometheus=true
        matched  prometheus: selector app.kubernetes.io/name=prometheus
        note     ports: it is headless and gives the pods' port by name only: the Service's own number is assumed
        matched  result: it is taken for prometheus (certain)
    "]].assert_eq(&told);
}

#[test]
fn an_exporter_is_told_to_be_one() {
    let told = explained(&of_the_table("monitoring/kps-prometheus-node-exporter"));
    expect![[r"
        excluded every Service: it is an exporter of metrics, by its name
        excluded result: it is taken for nothing
    "]]
    .assert_eq(&told);
}

#[test]
fn what_looks_alike_and_is_not_meant_is_told() {
    let told = explained(&of_the_table("edge/agent-kube-prometheus-stack-prometheus"));
    expect![[r"
        excluded prometheus: it is something else, by app.kubernetes.io/name=prometheus-agent
        excluded result: it is taken for nothing
    "]]
    .assert_eq(&told);
    let told = explained(&of_the_table("loki-ssd/logs-loki-write"));
    expect![[r"
        excluded loki: it is something else, by app.kubernetes.io/component=write
        excluded result: it is taken for nothing
    "]]
    .assert_eq(&told);
    let told = explained(&of_the_table("thanos/thanos-storegateway"));
    expect![[r"
        near     thanos: label app.kubernetes.io/component=query app.kubernetes.io/name=thanos, but for app.kubernetes.io/component
        near     thanos: label app.kubernetes.io/component=query-frontend app.kubernetes.io/name=thanos, but for app.kubernetes.io/component
        near     thanos: selector app.kubernetes.io/component=query app.kubernetes.io/name=thanos, but for app.kubernetes.io/component
        excluded result: it is taken for nothing
    "]].assert_eq(&told);
}

#[test]
fn a_name_without_its_port_is_near() {
    let mut service = annotated(&[]);
    service.place.name = "grafana".to_owned();
    let told = explained(&service);
    expect![[r"
        near     grafana: its name, but it has none of the usual ports
        excluded result: it is taken for nothing
    "]]
    .assert_eq(&told);
}

#[test]
fn what_is_nothing_that_is_known_is_told_briefly() {
    let told = explained(&of_the_table("shop/orders"));
    expect![[r"
        excluded result: it is taken for nothing
    "]]
    .assert_eq(&told);
    let told = explained(&of_the_table("elsewhere/prometheus"));
    expect![[r"
        excluded every Service: it is an ExternalName: a name for any address, inside the cluster or not
        matched  prometheus: label app.kubernetes.io/component=server app.kubernetes.io/name=prometheus
        matched  prometheus: name prometheus with port 9090
        excluded result: it is taken for nothing
    "]].assert_eq(&told);
    let told = explained(&of_the_table("private/grafana"));
    expect![[r"
        excluded every Service: its owner says so with the annotation tacklebox.dev/discover
        matched  grafana: label app.kubernetes.io/name=grafana
        matched  grafana: selector app.kubernetes.io/name=grafana
        matched  grafana: name grafana with port 3000
        excluded result: it is taken for nothing
    "]]
    .assert_eq(&told);
}

#[test]
fn ports_that_cannot_be_asked_are_told() {
    let told = explained(&of_the_table("grafana/grafana-headless"));
    expect![[r"
        matched  grafana: label app.kubernetes.io/name=grafana
        matched  grafana: selector app.kubernetes.io/name=grafana
        excluded ports: none of its ports can be asked: UDP, gRPC, metrics and the like are left out
        excluded result: it is taken for nothing
    "]]
    .assert_eq(&told);
}

#[test]
fn annotations_that_have_no_effect_are_told_without_their_values() {
    let annotations = [
        ("kubernaut.io/toolset", "true"),
        ("kubernaut.io/toolset-type", "{{ evil }}"),
        ("kubernaut.io/toolset-endpoint", "http://evil.example"),
        ("kubernaut.io/toolset-health-path", "http://evil.example"),
        ("kubernaut.io/toolset-name", "evil\nname"),
        ("tacklebox.dev/port", "1"),
        ("tacklebox.dev/path", "/../evil"),
    ];
    let told = explained(&annotated(&annotations));
    expect![[r"
        matched  annotation kubernaut.io/toolset: its owner wants it found
        ignored  annotation kubernaut.io/toolset-type: it is no product that is known, so this is listed as custom
        ignored  annotation tacklebox.dev/port: not taken: the Service has no such TCP port
        ignored  annotation tacklebox.dev/path: not taken: a path begins with `/` and has up to 200 letters, digits and `._~/-`, and neither `..` nor `//`
        ignored  annotation kubernaut.io/toolset-health-path: not taken: it must be a path, and never a URL
        ignored  annotation kubernaut.io/toolset-name: not taken: no DNS label
        ignored  annotation kubernaut.io/toolset-endpoint: not taken: an address never comes from an annotation
        matched  result: it is taken for custom (certain)
    "]].assert_eq(&told);
}
