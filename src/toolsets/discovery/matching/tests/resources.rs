//! Where operators' own resources say that something lies.

use std::{collections::BTreeSet, fmt::Write};

use expect_test::expect;
use serde_json::{Value, json};

use super::services;
use crate::toolsets::discovery::{
    matching::{CustomResources, Detectors, Kind},
    service::{Place, Service},
};

fn of_the_table(place: &str) -> Service {
    let services = services(include_str!("services.yaml"));
    services.into_iter().find(|it| it.place.to_string() == place).unwrap()
}

/// `monitoring Prometheus.monitoring.coreos.com/main`
fn resource(named: &str, spec: &Value) -> (Kind, Place, Value) {
    let (namespace, named) = named.split_once(' ').unwrap();
    let (kind, name) = named.split_once('/').unwrap();
    let place = Place { namespace: namespace.to_owned(), name: name.to_owned() };
    (Kind::try_from(kind.to_owned()).unwrap(), place, json!({ "spec": spec }))
}

fn known(
    detectors: &Detectors,
    all: impl IntoIterator<Item = (Kind, Place, Value)>,
) -> CustomResources {
    let pointers = detectors.resources();
    let mut known = CustomResources::default();
    for (kind, place, resource) in all {
        let texts = Kind::texts(&pointers[&kind], &resource);
        known.put(&kind, place, texts);
    }
    known
}

/// The paths that are asked below, and what the resource has to do with it.
fn located(service: &Service, resource: (Kind, Place, Value)) -> String {
    let detectors = Detectors::embedded();
    let known = known(&detectors, [resource]);
    let finding = detectors.find(service, &known).unwrap();
    let prefixes: BTreeSet<String> =
        finding.endpoints.iter().map(|it| format!("{:?}", it.prefix)).collect();
    let prefixes: Vec<String> = prefixes.into_iter().collect();
    let reasons = detectors.explain(service, &known);
    let reasons = reasons.iter().filter(|it| it.rule.contains('/') && it.rule.contains('.'));
    let reasons: String = reasons.fold(String::new(), |told, it| format!("{told}\n    {it}"));
    let said = finding.matched_by.iter().any(|it| it.contains(" says "));
    format!("{}{reasons}{}", prefixes.join(" "), if said { " (taken)" } else { "" })
}

#[test]
fn a_resource_that_may_not_be_read_is_told_with_the_right_that_it_takes() {
    let detectors = Detectors::embedded();
    let kind = Kind::try_from("Prometheus.monitoring.coreos.com".to_owned()).unwrap();
    let told = |namespace: Option<&str>, service: &str| {
        let mut known = CustomResources::default();
        known.may_not_be_read(&kind, namespace, "prometheuses.monitoring.coreos.com".to_owned());
        let reasons = detectors.explain(&of_the_table(service), &known);
        let reasons = reasons.iter().filter(|it| it.text.contains("right"));
        reasons.map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let service = "monitoring/kps-kube-prometheus-stack-prometheus";
    expect!["note     Prometheus.monitoring.coreos.com: cannot be read, so that the path which it says is only guessed: it takes the right to list and watch prometheuses.monitoring.coreos.com (in namespace monitoring at least)"].assert_eq(&told(None, service));
    assert_eq!(told(Some("monitoring"), service), told(None, service));
    assert_eq!(told(Some("shop"), service), "");
    assert_eq!(told(None, "monitoring/kps-kube-prometheus-stack-alertmanager"), "");
    assert_eq!(told(None, "shop/orders"), "");
}

const PROMETHEUS: &str =
    "monitoring Prometheus.monitoring.coreos.com/kps-kube-prometheus-stack-prometheus";
const ALERTMANAGER: &str =
    "monitoring Alertmanager.monitoring.coreos.com/kps-kube-prometheus-stack-alertmanager";

#[test]
fn every_operator_that_is_known_says_where_its_product_lies() {
    let sub_path = |root_url: &str, from: &str| json!({ "config": { "server": { "root_url": root_url, "serve_from_sub_path": from } } });
    let templated = "%(protocol)s://%(domain)s:%(http_port)s/grafana/";
    let flag = json!({ "extraArgs": { "http.pathPrefix": "/vm" } });
    let prefix = json!({ "routePrefix": "/prom/" });
    let grafana = "grafana-operated Grafana.grafana.integreatly.org/dash";
    let jaeger = "jaeger-operated Jaeger.jaegertracing.io/simple";
    let places = [
        ("kps-kube-prometheus-stack-prometheus", PROMETHEUS, prefix.clone()),
        ("prometheus-operated", PROMETHEUS, prefix.clone()),
        ("kps-kube-prometheus-stack-alertmanager", ALERTMANAGER, prefix.clone()),
        (
            "vmalertmanager-main",
            "vm-operated VMAlertmanager.operator.victoriametrics.com/main",
            prefix,
        ),
        ("vmsingle-main", "vm-operated VMSingle.operator.victoriametrics.com/main", flag.clone()),
        (
            "vmselect-demo",
            "vm-operated VMCluster.operator.victoriametrics.com/demo",
            json!({ "vmselect": flag }),
        ),
        ("dash-service", grafana, sub_path("https://example.com/dash", "true")),
        ("dash-service", grafana, sub_path(templated, "true")),
        ("dash-service", grafana, sub_path(templated, "false")),
        ("dash-service", grafana, sub_path("https://example.com", "true")),
        (
            "simple-query",
            jaeger,
            json!({ "allInOne": { "options": { "query.base-path": "/traces" } } }),
        ),
        (
            "simple-query",
            jaeger,
            json!({ "query": { "options": { "query": { "base-path": "/traces" } } } }),
        ),
        (
            "kiali",
            "mesh-operated Kiali.kiali.io/mesh",
            json!({ "server": { "web_root": "/mesh" } }),
        ),
    ];
    let mut table = String::new();
    for (service, named, spec) in places {
        let (namespace, _) = named.split_once(' ').unwrap();
        let located =
            located(&of_the_table(&format!("{namespace}/{service}")), resource(named, &spec));
        writeln!(table, "{service}: {located}").unwrap();
    }
    expect![[r#"
        kps-kube-prometheus-stack-prometheus: "/prom"
            matched  Prometheus.monitoring.coreos.com/kps-kube-prometheus-stack-prometheus: says that it lies below /prom (taken)
        prometheus-operated: "/prom"
            matched  Prometheus.monitoring.coreos.com/kps-kube-prometheus-stack-prometheus: says that it lies below /prom (taken)
        kps-kube-prometheus-stack-alertmanager: "/prom"
            matched  Alertmanager.monitoring.coreos.com/kps-kube-prometheus-stack-alertmanager: says that it lies below /prom (taken)
        vmalertmanager-main: "/prom"
            matched  VMAlertmanager.operator.victoriametrics.com/main: says that it lies below /prom (taken)
        vmsingle-main: "/vm"
            matched  VMSingle.operator.victoriametrics.com/main: says that it lies below /vm (taken)
        vmselect-demo: "/vm/select/0/prometheus"
            matched  VMCluster.operator.victoriametrics.com/demo: says that it lies below /vm/select/0/prometheus (taken)
        dash-service: "/dash"
            matched  Grafana.grafana.integreatly.org/dash: says that it lies below /dash (taken)
        dash-service: "/grafana"
            matched  Grafana.grafana.integreatly.org/dash: says that it lies below /grafana (taken)
        dash-service: "" "/grafana"
        dash-service: ""
            matched  Grafana.grafana.integreatly.org/dash: says that it lies at the root (taken)
        simple-query: "/traces"
            matched  Jaeger.jaegertracing.io/simple: says that it lies below /traces (taken)
        simple-query: "/traces"
            matched  Jaeger.jaegertracing.io/simple: says that it lies below /traces (taken)
        kiali: "/mesh"
            matched  Kiali.kiali.io/mesh: says that it lies below /mesh (taken)
    "#]].assert_eq(&table);
}

/// What is in a resource and is no path, and what says nothing.
#[test]
fn only_a_plain_path_is_taken_and_nothing_else_of_a_resource_is_ever_told() {
    let prefixes = [
        json!("/prom"),
        json!("/"),
        json!(""),
        json!(null),
        json!("prom"),
        json!("/../prom"),
        json!("//evil"),
        json!("/prom?x=1"),
        json!("/{{ EVIL }}"),
        json!("/a\nEVIL"),
        json!("http://evil.example/%2e%2e/"),
        json!("/".repeat(400)),
        json!(7),
        json!({ "EVIL": "/prom" }),
    ];
    let service = of_the_table("monitoring/kps-kube-prometheus-stack-prometheus");
    let told = prefixes.map(|it| {
        let said: String = it.to_string().chars().take(32).collect();
        let told = located(&service, resource(PROMETHEUS, &json!({ "routePrefix": it })));
        format!("{said}: {}", told.replace("kps-kube-prometheus-stack-prometheus", "main"))
    });
    expect![[r#"
        "/prom": "/prom"
            matched  Prometheus.monitoring.coreos.com/main: says that it lies below /prom (taken)
        "/": ""
            matched  Prometheus.monitoring.coreos.com/main: says that it lies at the root (taken)
        "": "" "/prometheus"
        null: "" "/prometheus"
        "prom": "" "/prometheus"
            ignored  Prometheus.monitoring.coreos.com/main: /spec/routePrefix is not taken: a path begins with `/` and has up to 200 letters, digits and `._~/-`, and neither `..` nor `//`
        "/../prom": "" "/prometheus"
            ignored  Prometheus.monitoring.coreos.com/main: /spec/routePrefix is not taken: a path begins with `/` and has up to 200 letters, digits and `._~/-`, and neither `..` nor `//`
        "//evil": "" "/prometheus"
            ignored  Prometheus.monitoring.coreos.com/main: /spec/routePrefix is not taken: a path begins with `/` and has up to 200 letters, digits and `._~/-`, and neither `..` nor `//`
        "/prom?x=1": "" "/prometheus"
            ignored  Prometheus.monitoring.coreos.com/main: /spec/routePrefix is not taken: a path begins with `/` and has up to 200 letters, digits and `._~/-`, and neither `..` nor `//`
        "/{{ EVIL }}": "" "/prometheus"
            ignored  Prometheus.monitoring.coreos.com/main: /spec/routePrefix is not taken: a path begins with `/` and has up to 200 letters, digits and `._~/-`, and neither `..` nor `//`
        "/a\nEVIL": "" "/prometheus"
            ignored  Prometheus.monitoring.coreos.com/main: /spec/routePrefix is not taken: a path begins with `/` and has up to 200 letters, digits and `._~/-`, and neither `..` nor `//`
        "http://evil.example/%2e%2e/": "" "/prometheus"
            ignored  Prometheus.monitoring.coreos.com/main: /spec/routePrefix is not taken: a path begins with `/` and has up to 200 letters, digits and `._~/-`, and neither `..` nor `//`
        "///////////////////////////////: "" "/prometheus"
            ignored  Prometheus.monitoring.coreos.com/main: /spec/routePrefix is not taken: a path begins with `/` and has up to 200 letters, digits and `._~/-`, and neither `..` nor `//`
        7: "" "/prometheus"
            ignored  Prometheus.monitoring.coreos.com/main: /spec/routePrefix is not taken: a path begins with `/` and has up to 200 letters, digits and `._~/-`, and neither `..` nor `//`
        {"EVIL":"/prom"}: "" "/prometheus"
            ignored  Prometheus.monitoring.coreos.com/main: /spec/routePrefix is not taken: a path begins with `/` and has up to 200 letters, digits and `._~/-`, and neither `..` nor `//`"#]].assert_eq(&told.join("\n"));
}

#[test]
fn a_resource_of_another_name_or_namespace_or_kind_says_nothing() {
    let service = of_the_table("monitoring/kps-kube-prometheus-stack-prometheus");
    let others = [
        "monitoring Prometheus.monitoring.coreos.com/other",
        "shop Prometheus.monitoring.coreos.com/kps-kube-prometheus-stack-prometheus",
        "monitoring Alertmanager.monitoring.coreos.com/kps-kube-prometheus-stack-prometheus",
    ];
    for other in others {
        assert_eq!(
            located(&service, resource(other, &json!({ "routePrefix": "/prom" }))),
            r#""" "/prometheus""#
        );
    }
}

#[test]
fn an_annotation_of_its_owner_wins_over_a_resource() {
    let mut service = of_the_table("monitoring/kps-kube-prometheus-stack-prometheus");
    service.annotations.insert("tacklebox.dev/path".to_owned(), "/mine".to_owned());
    let told = located(&service, resource(PROMETHEUS, &json!({ "routePrefix": "/prom" })));
    expect![[r#"
        "/mine"
            ignored  Prometheus.monitoring.coreos.com/kps-kube-prometheus-stack-prometheus: says that it lies below /prom; an annotation says otherwise"#]].assert_eq(&told);
}

#[test]
fn an_operators_own_detector_names_resources_that_are_then_read_and_no_others_are() {
    let detector = "
product: quickwit
title: Quickwit
toolset: none
shapes:
  - owners: [Quickwit.example.dev]
    resources: [{kind: Quickwit.example.dev, prefix_at: [/spec/path], only_with: {/spec/isServed: \"true\"}}]
";
    let detectors = Detectors::embedded()
        .with([("q.yaml".to_owned(), detector.to_owned())].into_iter())
        .unwrap();
    let kinds: Vec<String> = detectors.resources().keys().map(ToString::to_string).collect();
    expect![[r"
        Quickwit.example.dev
        Grafana.grafana.integreatly.org
        Jaeger.jaegertracing.io
        Kiali.kiali.io
        Alertmanager.monitoring.coreos.com
        Prometheus.monitoring.coreos.com
        VMAlertmanager.operator.victoriametrics.com
        VMCluster.operator.victoriametrics.com
        VMSingle.operator.victoriametrics.com"]]
    .assert_eq(&kinds.join("\n"));
    let pointers =
        &detectors.resources()[&Kind::try_from("Quickwit.example.dev".to_owned()).unwrap()];
    let resource = json!({ "spec": { "path": "/q", "isServed": true, "password": "EVIL" } });
    let texts = Kind::texts(pointers, &resource);
    expect![[r#"{"/spec/isServed": Some("true"), "/spec/path": Some("/q")}"#]]
        .assert_eq(&format!("{texts:?}"));
}
