//! Services as they are found.

use std::sync::Arc;

pub(in super::super) use super::super::super::{
    detector::{Detector, Toolset},
    finding::{Confidence, Endpoint, Finding, Found, Health, Scheme},
    service::Place,
};
use super::super::{Credential, Secret, Settings, Variable};

pub(in super::super) fn found(
    (product, title): (&str, &str),
    toolset: Toolset,
    (namespace, name): (&str, &str),
    port: u16,
) -> Found {
    let scheme = Scheme::Http;
    let endpoint = Endpoint { scheme, service_port: port, port, prefix: String::new() };
    Found {
        finding: Finding {
            place: place(namespace, name),
            detector: Arc::new(Detector {
                product: product.to_owned(),
                title: title.to_owned(),
                toolset,
                ..Detector::default()
            }),
            confidence: Confidence::High,
            matched_by: vec!["label app={{ env.SECRET }}".to_owned()],
            endpoints: vec![endpoint.clone()],
        },
        endpoint,
        health: Health::Ready { version: Some("1.2.3".to_owned()), open: true },
    }
}

pub(in super::super) fn prometheus(namespace: &str, name: &str) -> Found {
    found(("prometheus", "Prometheus"), Toolset::Prometheus, (namespace, name), 9090)
}

pub(in super::super) fn thanos(namespace: &str, name: &str) -> Found {
    found(("thanos", "Thanos"), Toolset::Prometheus, (namespace, name), 9090)
}

pub(in super::super) fn mimir(namespace: &str, name: &str) -> Found {
    let found = found(("mimir", "Mimir"), Toolset::Prometheus, (namespace, name), 80);
    below("/prometheus", found)
}

pub(in super::super) fn victoria_metrics(namespace: &str, name: &str) -> Found {
    let product = ("victoria-metrics", "VictoriaMetrics");
    below("/select/0/prometheus", found(product, Toolset::Prometheus, (namespace, name), 8481))
}

pub(in super::super) fn grafana(namespace: &str, name: &str) -> Found {
    found(("grafana", "Grafana"), Toolset::Grafana, (namespace, name), 80)
}

pub(in super::super) fn loki(namespace: &str, name: &str) -> Found {
    found(("loki", "Loki"), Toolset::Loki, (namespace, name), 3100)
}

pub(in super::super) fn tempo(namespace: &str, name: &str) -> Found {
    found(("tempo", "Tempo"), Toolset::Tempo, (namespace, name), 3200)
}

pub(in super::super) fn elasticsearch(namespace: &str, name: &str) -> Found {
    let product = ("elasticsearch", "Elasticsearch");
    encrypted(found(product, Toolset::Elasticsearch, (namespace, name), 9200))
}

pub(in super::super) fn opensearch(namespace: &str, name: &str) -> Found {
    let product = ("opensearch", "OpenSearch");
    encrypted(found(product, Toolset::Elasticsearch, (namespace, name), 9200))
}

pub(in super::super) fn jaeger(namespace: &str, name: &str) -> Found {
    let toolset = Toolset::Http {
        paths: vec!["/api/services".to_owned(), "/api/traces/*".to_owned()],
        health: "/api/services".to_owned(),
    };
    found(("jaeger", "Jaeger"), toolset, (namespace, name), 16686)
}

pub(in super::super) fn mcp(namespace: &str, name: &str) -> Found {
    below("/mcp", found(("mcp", "MCP server"), Toolset::Mcp, (namespace, name), 8000))
}

pub(in super::super) fn collector(namespace: &str, name: &str) -> Found {
    let product = ("otel-collector", "OpenTelemetry Collector");
    found(product, Toolset::None, (namespace, name), 4318)
}

pub(in super::super) fn below(prefix: &str, found: Found) -> Found {
    let endpoint = Endpoint { prefix: prefix.to_owned(), ..found.endpoint };
    Found { endpoint, ..found }
}

pub(in super::super) fn encrypted(found: Found) -> Found {
    let endpoint = Endpoint { scheme: Scheme::Https, ..found.endpoint };
    Found { endpoint, ..found }
}

pub(in super::super) fn closed(found: Found) -> Found {
    Found { health: Health::AuthRequired, ..found }
}

/// One of each kind; some of them ask for credentials.
pub(in super::super) fn everything() -> Vec<Found> {
    vec![
        prometheus("monitoring", "prometheus"),
        thanos("monitoring", "thanos-query"),
        mimir("monitoring", "mimir-gateway"),
        victoria_metrics("monitoring", "vmselect"),
        closed(grafana("monitoring", "grafana")),
        closed(loki("logging", "loki")),
        tempo("tracing", "tempo"),
        closed(elasticsearch("logging", "main-es-http")),
        below("/jaeger", jaeger("tracing", "jaeger-query")),
        mcp("agents", "argocd-mcp"),
        collector("tracing", "collector"),
    ]
}

pub(in super::super) fn variable(name: &str) -> Variable {
    Variable::new(name).unwrap()
}

pub(in super::super) fn place(namespace: &str, name: &str) -> Place {
    Place { namespace: namespace.to_owned(), name: name.to_owned() }
}

pub(in super::super) fn credential(namespace: &str, name: &str, secret: Secret) -> Credential {
    Credential { service: place(namespace, name), secret, tenant: None }
}

/// For all that ask for them in [`everything`], and some that do not.
pub(in super::super) fn credentials() -> Settings {
    let key = |name: &str| Secret::ApiKey(variable(name));
    let password =
        Secret::Password { username: variable("ES_USER"), password: variable("ES_PASSWORD") };
    let tenant = Credential {
        tenant: Some(variable("LOKI_TENANT")),
        ..credential("logging", "loki", Secret::None)
    };
    Settings {
        credentials: vec![
            credential("monitoring", "grafana", key("GRAFANA_API_KEY")),
            credential("logging", "main-es-http", password),
            credential("tracing", "jaeger-query", Secret::Header(variable("JAEGER_AUTHORIZATION"))),
            tenant,
            credential("agents", "argocd-mcp", key("MCP_TOKEN")),
        ],
        unverified: vec![place("logging", "main-es-http")],
        ..Settings::default()
    }
}
