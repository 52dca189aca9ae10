use std::{collections::BTreeMap, sync::LazyLock};

use proptest::{collection::btree_map, collection::vec, option, prelude::*, sample::select};

use super::without_twins;
use crate::toolsets::discovery::{
    matching::{CustomResources, Detectors},
    service::{Owner, Place, Port, Reach, Service},
};

/// Read once: it is asked of thousands of cases.
fn embedded() -> Detectors {
    static EMBEDDED: LazyLock<Detectors> = LazyLock::new(Detectors::embedded);
    EMBEDDED.clone()
}

/// What may stand in what ends in documents and before models.
fn is_safe(text: &str) -> bool {
    text.chars().all(|it| it.is_ascii_alphanumeric() || " .:/=_-".contains(it))
}

proptest! {
    #[test]
    fn nothing_of_a_service_or_a_resource_comes_through_that_means_more_than_itself(
        service in service(),
        resources in resources(),
    ) {
        let detectors = embedded();
        let Some(finding) = detectors.find(&service, &resources) else { return Ok(()) };
        for it in &finding.matched_by {
            // The one character more that a path may have.
            prop_assert!(is_safe(&it.replace('~', "")), "{it:?}");
        }
        prop_assert!((1..=6).contains(&finding.endpoints.len()));
        for it in &finding.endpoints {
            let url = it.url(&finding.place, "svc");
            prop_assert!(is_safe(&url.replace('~', "")), "{url:?}");
            prop_assert!(!url.contains("..") && url.matches("//").count() == 1, "{url:?}");
            prop_assert!(service.ports.iter().any(|port| port.is_tcp && port.number == it.service_port));
        }
        prop_assert_eq!(without_twins(vec![(&service, finding)]).len(), 1);
    }

    #[test]
    fn explaining_never_repeats_a_text_of_a_service_or_a_resource(
        service in service(),
        resources in resources(),
    ) {
        for it in embedded().explain(&service, &resources) {
            let told = it.to_string();
            prop_assert!(!told.contains("EVIL") && !told.contains('{') && !told.contains('\n'), "{told:?}");
        }
    }

    #[test]
    fn no_text_of_an_operators_makes_reading_detectors_panic(text in "\\PC*") {
        let _ = embedded().with([("a.yaml".to_owned(), text)].into_iter());
    }
}

/// Texts of all sorts, and those that discovery looks for, so that something is found at all.
fn text(known: &'static [&'static str]) -> impl Strategy<Value = String> {
    const EVIL: [&str; 8] = [
        "{{ EVIL }}",
        "EVIL\nEVIL",
        "../EVIL",
        "http://EVIL.example/",
        "EVIL\u{202e}",
        "${EVIL}",
        "{% EVIL %}",
        "/EVIL?#",
    ];
    prop_oneof![
        6 => select(known).prop_map(str::to_owned),
        2 => select(&EVIL[..]).prop_map(str::to_owned),
        1 => "\\PC{0,12}",
    ]
}

const NAMES: [&str; 8] = [
    "grafana",
    "prometheus",
    "x-grafana",
    "a-es-http",
    "simple-query",
    "loki",
    "kiali",
    "vmselect-a",
];
const KEYS: [&str; 10] = [
    "app",
    "component",
    "app.kubernetes.io/name",
    "app.kubernetes.io/component",
    "release",
    "self-monitor",
    "operated-prometheus",
    "kagent.dev/mcp-service",
    "common.k8s.elastic.co/type",
    "elasticsearch.k8s.elastic.co/cluster-name",
];
const VALUES: [&str; 12] = [
    "grafana",
    "prometheus",
    "server",
    "loki",
    "jaeger",
    "true",
    "elasticsearch",
    "kiali",
    "a-prometheus",
    "query",
    "thanos",
    "a",
];
const ANNOTATIONS: [&str; 12] = [
    "tacklebox.dev/discover",
    "tacklebox.dev/type",
    "tacklebox.dev/port",
    "tacklebox.dev/scheme",
    "tacklebox.dev/path",
    "kubernaut.io/toolset",
    "kubernaut.io/toolset-type",
    "kubernaut.io/toolset-name",
    "kubernaut.io/toolset-endpoint",
    "kubernaut.io/toolset-health-path",
    "kagent.dev/mcp-service-path",
    "kagent.dev/mcp-service-port",
];
const WISHES: [&str; 12] = [
    "true",
    "enabled",
    "grafana",
    "prometheus",
    "mcp",
    "custom",
    "80",
    "9090",
    "https",
    "/a/b",
    "/~a",
    "/",
];
const PORT_NAMES: [&str; 8] =
    ["http", "https", "web", "http-web", "grpc", "http-metrics", "service", "http-query"];

fn labels() -> impl Strategy<Value = BTreeMap<String, String>> {
    btree_map(text(&KEYS), text(&VALUES), 0..5)
}

fn port() -> impl Strategy<Value = Port> {
    let number = || prop_oneof![select(&[80u16, 443, 3000, 9090, 9200, 16686][..]), 1..=u16::MAX];
    let texts = (
        option::of(text(&PORT_NAMES)),
        option::of(text(&["http", "https", "grpc", "kgateway.dev/mcp"])),
        option::of(text(&PORT_NAMES)),
    );
    (texts, number(), option::of(number()), prop::bool::weighted(0.9)).prop_map(
        |((name, app_protocol, target_name), number, target, is_tcp)| Port {
            name,
            number,
            is_tcp,
            app_protocol,
            target,
            target_name,
        },
    )
}

fn owner() -> impl Strategy<Value = Owner> {
    let groups = &["monitoring.coreos.com", "elasticsearch.k8s.elastic.co", "jaegertracing.io"];
    let kinds = &["Prometheus", "Elasticsearch", "Jaeger"];
    (text(groups), text(kinds), text(&NAMES)).prop_map(|(group, kind, name)| Owner {
        group,
        kind,
        name,
    })
}

/// Of all kinds, each with some text or none wherever it is read.
fn resources() -> impl Strategy<Value = CustomResources> {
    let names = (text(&["shop", "monitoring"]), text(&NAMES));
    let one = (names, vec(option::of(text(&WISHES)), 4));
    vec(one, 0..6).prop_map(|all| {
        let mut resources = CustomResources::default();
        for ((namespace, name), texts) in all {
            for (kind, pointers) in embedded().resources() {
                let texts = pointers.into_iter().zip(texts.clone()).collect();
                let place = Place { namespace: namespace.clone(), name: name.clone() };
                resources.put(&kind, place, texts);
            }
        }
        resources
    })
}

fn service() -> impl Strategy<Value = Service> {
    let place = (text(&["shop", "monitoring"]), text(&NAMES))
        .prop_map(|(namespace, name)| Place { namespace, name });
    let reach = select(vec![
        Reach::ClusterIp("10.96.0.1".to_owned()),
        Reach::Headless,
        Reach::ExternalName,
    ]);
    let annotations = btree_map(text(&ANNOTATIONS), text(&WISHES), 0..4);
    let parts =
        (place, labels(), annotations, labels(), vec(port(), 0..4), reach, option::of(owner()));
    parts.prop_map(|(place, labels, annotations, selector, ports, reach, owner)| Service {
        place,
        labels,
        annotations,
        selector,
        ports,
        reach,
        owner,
    })
}
