//! What a configuration and an environment come to.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Ports are those of the one who runs it, and say nothing about which run it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ports {
    pub(crate) prometheus: Option<u16>,
    pub(crate) internal: Option<u16>,
    pub(crate) health: Option<u16>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Effective {
    /// Without ports; the text itself where it is no YAML.
    pub(crate) value: Value,
    pub(crate) ports: Ports,
}

const PROMETHEUS: &[&str] = &["prometheus_export", "port"];
const INTERNAL: &[&str] = &["internal_metrics", "prometheus", "port"];
const HEALTH: &[&str] = &["health_check", "port"];

/// Variables count for more than the file.
const VARIABLES: [(&str, &[&str]); 6] = [
    ("OTEL_EBPF_PROMETHEUS_PORT", PROMETHEUS),
    ("OTEL_EBPF_INTERNAL_METRICS_PROMETHEUS_PORT", INTERNAL),
    ("OTEL_EBPF_INTERNAL_METRICS_EXPORTER", &["internal_metrics", "exporter"]),
    ("OTEL_EBPF_HEALTH_CHECK_PORT", HEALTH),
    ("OTEL_EBPF_OPEN_PORT", &["open_port"]),
    ("OTEL_EBPF_TRACE_PRINTER", &["trace_printer"]),
];

impl Effective {
    pub(crate) fn of(text: &str, variables: &BTreeMap<String, String>) -> Self {
        let Ok(mut value) = serde_saphyr::from_str::<Value>(text) else {
            return Self { value: json!(text), ports: Ports::default() };
        };
        for (name, path) in VARIABLES {
            if let Some(given) = variables.get(name) {
                let given = given.parse::<u16>().map_or_else(|_| json!(given), |it| json!(it));
                put(&mut value, path, given);
            }
        }
        let mut port = |path| take(&mut value, path);
        let (prometheus, internal, health) = (port(PROMETHEUS), port(INTERNAL), port(HEALTH));
        // As a document of version 2 has it.
        let prometheus = prometheus.or_else(|| any(&mut value));
        let ports = Ports { prometheus, internal, health };
        Self { value, ports }
    }
}

fn put(value: &mut Value, path: &[&str], given: Value) {
    if value.is_null() {
        *value = json!({});
    }
    match path {
        [] => *value = given,
        [first, rest @ ..] => {
            if let Some(fields) = value.as_object_mut() {
                put(fields.entry(*first).or_insert(Value::Null), rest, given);
            }
        }
    }
}

/// The port there, in whose place only stands that there is one.
fn take(value: &mut Value, path: &[&str]) -> Option<u16> {
    let place = path.iter().try_fold(value, |value, key| value.get_mut(key))?;
    let port = u16::try_from(place.as_u64()?).ok()?;
    *place = json!("a port");
    Some(port)
}

/// The port that is left, wherever it is.
fn any(value: &mut Value) -> Option<u16> {
    match value {
        Value::Object(fields) => {
            let port = fields.get("port").and_then(Value::as_u64);
            if let Some(port) = port {
                fields.insert("port".to_owned(), json!("a port"));
                return u16::try_from(port).ok();
            }
            fields.values_mut().find_map(any)
        }
        Value::Array(items) => items.iter_mut().find_map(any),
        _ => None,
    }
}
