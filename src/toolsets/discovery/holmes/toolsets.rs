//! What HolmesGPT makes of each kind of service: a toolset of its own where it has one, and fixed requests where it has none.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    super::detector::Toolset,
    candidate::Candidate,
    credentials::Credential,
    words::{is_path, unique},
};

/// Entries of `toolsets` and of `mcp_servers`, and which of them each candidate is in.
#[derive(Debug, Default)]
pub(super) struct Entries {
    pub(super) toolsets: BTreeMap<String, Value>,
    pub(super) servers: BTreeMap<String, Value>,
    /// As many as candidates.
    pub(super) homes: Vec<Option<String>>,
}

impl Entries {
    /// `names` are the candidates' own.
    pub(super) fn of(candidates: &[Candidate<'_>], names: &[Option<String>]) -> Self {
        let mut entries = Self { homes: vec![None; candidates.len()], ..Self::default() };
        for family in FAMILIES {
            entries.family(&family, candidates);
        }
        for ((place, candidate), name) in candidates.iter().enumerate().zip(names) {
            let Some(name) = name.as_ref().filter(|_| !candidate.is_closed()) else { continue };
            match candidate.toolset() {
                Toolset::Http { paths, health } => {
                    let entry = requests(candidate, paths, health);
                    entries.toolsets.insert(name.clone(), entry);
                }
                Toolset::Mcp => {
                    entries.servers.insert(name.clone(), server(candidate));
                }
                _ => continue,
            }
            entries.settle(place, name);
        }
        entries
    }

    /// One toolset of HolmesGPT's own: with the one service, or with all of them as its instances.
    fn family(&mut self, family: &Family, candidates: &[Candidate<'_>]) {
        let members = candidates.iter().enumerate();
        let members: Vec<_> = members.filter(|(_, it)| family.takes(it)).collect();
        let plain = |it: &Candidate<'_>| format!("{}-{}", it.place().namespace, it.place().name);
        let plain: Vec<_> = members.iter().map(|(_, it)| (plain(it), it.place())).collect();
        let mut instances = Vec::new();
        for ((place, candidate), name) in members.iter().zip(unique(&plain)) {
            let Some(name) = name else { continue };
            let mut instance = Map::from_iter([("name".to_owned(), name.into())]);
            instance.append(&mut family.fields(candidate));
            instances.push(instance);
            if let Some(toolset) = family.toolsets.first() {
                self.settle(*place, toolset);
            }
        }
        let config: Value = match instances.as_mut_slice() {
            [] => return,
            [only] => {
                only.shift_remove("name");
                std::mem::take(only).into()
            }
            _ => json!({"instances": instances}),
        };
        for toolset in family.toolsets {
            let entry = if family.is_of_victoria_metrics(&members) {
                json!({"enabled": true, "subtype": "victoriametrics", "config": config})
            } else {
                json!({"enabled": true, "config": config})
            };
            self.toolsets.insert((*toolset).to_owned(), entry);
        }
    }

    fn settle(&mut self, place: usize, toolset: &str) {
        if let Some(home) = self.homes.get_mut(place) {
            *home = Some(toolset.to_owned());
        }
    }
}

/// Services that one of HolmesGPT's own toolsets, or two, are for.
struct Family {
    kind: Toolset,
    toolsets: &'static [&'static str],
    address: &'static str,
}

const FAMILIES: [Family; 5] = [
    Family {
        kind: Toolset::Prometheus,
        toolsets: &["prometheus/metrics"],
        address: "prometheus_url",
    },
    Family { kind: Toolset::Grafana, toolsets: &["grafana/dashboards"], address: "api_url" },
    Family { kind: Toolset::Loki, toolsets: &["grafana/loki"], address: "api_url" },
    Family { kind: Toolset::Tempo, toolsets: &["grafana/tempo"], address: "api_url" },
    Family {
        kind: Toolset::Elasticsearch,
        toolsets: &["elasticsearch/data", "elasticsearch/cluster"],
        address: "api_url",
    },
];

impl Family {
    fn takes(&self, candidate: &Candidate<'_>) -> bool {
        *candidate.toolset() == self.kind && !candidate.is_closed()
    }

    fn fields(&self, candidate: &Candidate<'_>) -> Map<String, Value> {
        let address = json!(candidate.url);
        let mut fields = Map::from_iter([(self.address.to_owned(), address)]);
        if let Some(credential) = candidate.credential() {
            fields.append(&mut match self.kind {
                Toolset::Prometheus => headers("additional_headers", credential.headers()),
                _ => credential.fields(),
            });
        }
        if candidate.is_encrypted() {
            fields.insert("verify_ssl".to_owned(), candidate.is_verified.into());
        }
        fields
    }

    /// The whole toolset has one subtype; it is told only if it is true of all.
    fn is_of_victoria_metrics(&self, members: &[(usize, &Candidate<'_>)]) -> bool {
        self.kind == Toolset::Prometheus
            && members.iter().all(|(_, it)| it.product() == "victoria-metrics")
    }
}

fn headers(field: &str, headers: Map<String, Value>) -> Map<String, Value> {
    let headers = Some(headers).filter(|it| !it.is_empty());
    headers.into_iter().map(|it| (field.to_owned(), it.into())).collect()
}

/// GET of some paths of one host, and of nothing else.
fn requests(candidate: &Candidate<'_>, paths: &[String], health: &str) -> Value {
    let prefix = candidate.prefix();
    let paths: Vec<String> = paths.iter().map(|it| format!("{prefix}{it}")).collect();
    debug_assert!(paths.iter().all(|it| is_path(it)), "a candidate's paths are checked");
    let credential = candidate.credential();
    let mut config = json!({
        "endpoints": [{
            "hosts": [candidate.host()],
            "paths": paths,
            "methods": ["GET"],
            "auth": credential.map_or_else(|| json!({"type": "none"}), Credential::auth),
            "health_check_url": format!("{}{health}", candidate.url),
        }],
        "verify_ssl": candidate.is_verified,
    });
    if let (Some(credential), Value::Object(config)) = (credential, &mut config) {
        config.append(&mut headers("default_headers", credential.tenant_header()));
    }
    json!({
        "type": "http",
        "enabled": true,
        "description": format!("Reads {}", described(candidate)),
        "config": config,
    })
}

/// A server that speaks MCP. HolmesGPT would take the older transport if it were not told.
fn server(candidate: &Candidate<'_>) -> Value {
    let mode = if candidate.prefix().ends_with("/sse") { "sse" } else { "streamable-http" };
    let mut config = Map::from_iter([
        ("url".to_owned(), json!(candidate.url)),
        ("mode".to_owned(), json!(mode)),
    ]);
    if let Some(credential) = candidate.credential() {
        config.append(&mut headers("headers", credential.headers()));
    }
    if candidate.is_encrypted() {
        config.insert("verify_ssl".to_owned(), candidate.is_verified.into());
    }
    json!({"enabled": true, "description": described(candidate), "config": config})
}

/// `Jaeger, the Service jaeger in namespace tracing`
pub(super) fn described(candidate: &Candidate<'_>) -> String {
    let place = candidate.place();
    let title = candidate.title();
    format!("{title}, the Service {} in namespace {}", place.name, place.namespace)
}
