//! Keys that obi-mcp had for OBI and OBI does not have. It ignores them without a word, so a file that holds them does not
//! do what it says.

use serde_json::{Map, Value, json, map::Entry};

use super::notes::Notes;
use crate::tree::{Node, Place};

type Settings = Map<String, Value>;

/// Where a file shows that it was written for obi-mcp.
pub(super) fn trace(tree: &Node) -> Option<Place> {
    let obi = tree.get("obi")?;
    let of_obi = obi.key_place("export").or_else(|| obi.key_place("exporter"));
    of_obi.or_else(|| obi.get("network")?.key_place("allowed_attributes"))
}

/// Puts OBI's real keys in the place of obi-mcp's.
pub(super) fn translate(obi: &mut Settings, notes: &mut Notes) {
    let before = notes.count();
    for name in ["export", "exporter"] {
        if let Some(export) = obi.shift_remove(name) {
            self::export(obi, &format!("obi.{name}"), export, notes);
        }
    }
    if let Some(Value::Object(network)) = obi.shift_remove("network") {
        self::network(obi, network, notes);
    }
    if let Some(Value::Object(kubernetes)) = obi.shift_remove("kubernetes") {
        self::kubernetes(obi, kubernetes, notes);
    }
    if notes.count() > before {
        advise_to_select(obi, notes);
    }
}

/// Without a selector OBI instruments nothing.
fn advise_to_select(obi: &Settings, notes: &mut Notes) {
    let selectors = ["discovery", "open_port", "executable_path", "target_pids"];
    if !selectors.iter().any(|it| obi.contains_key(*it)) {
        notes.say("obi selects no process, so that OBI looks at network flows at most: add obi.discovery.instrument, such as [{open_ports: \"8080\"}]".to_owned());
    }
}

/// One endpoint for both signals became one each.
fn export(obi: &mut Settings, old: &str, export: Value, notes: &mut Notes) {
    let Value::Object(export) = export else {
        return notes.left_out(old, "it is not a section");
    };
    for (kind, settings) in export {
        let place = format!("{old}.{kind}");
        match settings {
            Value::Object(settings) if kind == "otlp" => otlp(obi, &place, settings, notes),
            _ => notes.left_out(&place, "OBI has no such key"),
        }
    }
}

fn otlp(obi: &mut Settings, old: &str, settings: Settings, notes: &mut Notes) {
    for (key, value) in settings {
        let place = format!("{old}.{key}");
        let value = match key.as_str() {
            "endpoint" => endpoint(value, &place, notes),
            "protocol" => protocol(value, &place, notes),
            _ => {
                notes.left_out(
                    &place,
                    "OBI takes it from the environment, such as OTEL_EXPORTER_OTLP_HEADERS",
                );
                continue;
            }
        };
        let mut new = Vec::new();
        for signal in ["otel_traces_export", "otel_metrics_export"] {
            if let Entry::Vacant(vacant) = inside(obi, &[signal]).entry(key.clone()) {
                vacant.insert(value.clone());
                new.push(format!("obi.{signal}.{key}"));
            }
        }
        match new.join(" and ") {
            new if new.is_empty() => notes.left_out(&place, "both signals have their own"),
            new => notes.moved(&place, &new),
        }
    }
}

/// OBI refuses an endpoint without a scheme.
fn endpoint(value: Value, place: &str, notes: &mut Notes) -> Value {
    match value.as_str() {
        Some(text) if !text.contains("://") => {
            notes.say(format!(
                "{place} has http:// before it now, without which OBI does not take it"
            ));
            Value::String(format!("http://{text}"))
        }
        _ => value,
    }
}

/// OBI knows grpc, http/protobuf and http/json.
fn protocol(value: Value, place: &str, notes: &mut Notes) -> Value {
    if value.as_str() != Some("http") {
        return value;
    }
    notes.say(format!("{place}: http is called http/protobuf"));
    Value::String("http/protobuf".to_owned())
}

fn network(obi: &mut Settings, mut network: Settings, notes: &mut Notes) {
    if let Some(attributes) = network.shift_remove("allowed_attributes") {
        allowed_attributes(obi, &attributes, notes);
    }
    if let Some(enable) = network.shift_remove("enable") {
        enable_network(obi, &enable, notes);
    }
    if !network.is_empty() {
        obi.insert("network".to_owned(), network.into());
    }
}

/// The key still works, and OBI calls it deprecated.
fn enable_network(obi: &mut Settings, enable: &Value, notes: &mut Notes) {
    if enable != &Value::Bool(true) {
        return notes.left_out(
            "obi.network.enable",
            "it was not true, and network metrics are off by default",
        );
    }
    let features =
        inside(obi, &["metrics"]).entry("features").or_insert_with(|| json!(["application"]));
    if let Value::Array(features) = features
        && !features.iter().any(|it| it == "network")
    {
        features.push("network".into());
    }
    notes.moved("obi.network.enable", "network in obi.metrics.features");
}

/// OBI chooses attributes by metric.
fn allowed_attributes(obi: &mut Settings, attributes: &Value, notes: &mut Notes) {
    let place = "obi.network.allowed_attributes";
    let Value::Array(attributes) = attributes else {
        return notes.left_out(place, "it is not a list");
    };
    for old in attributes.iter().filter_map(Value::as_str) {
        let metric = metric_of(old);
        let name = current_name(old);
        let include = inside(obi, &["attributes", "select", metric]).entry("include");
        if let Value::Array(include) = include.or_insert_with(|| json!([]))
            && !include.iter().any(|it| it == name)
        {
            include.push(name.into());
        }
        let new = format!("{name} in obi.attributes.select.{metric}.include");
        notes.moved(&format!("{old} in {place}"), &new);
    }
}

/// Attributes of network flows, and else of HTTP requests.
fn metric_of(attribute: &str) -> &'static str {
    let of_flows = ["src", "dst", "k8s.src", "k8s.dst", "iface", "direction", "transport"];
    if of_flows.iter().any(|it| attribute.starts_with(it)) {
        "obi_network_flow_bytes"
    } else {
        "http_server_request_duration"
    }
}

/// The names that OpenTelemetry's stable HTTP conventions gave to older ones.
fn current_name(attribute: &str) -> &str {
    match attribute {
        "http.method" => "http.request.method",
        "http.status_code" => "http.response.status_code",
        "http.url" => "url.full",
        "http.target" => "url.path",
        "http.scheme" => "url.scheme",
        "net.host.name" => "server.address",
        "net.host.port" => "server.port",
        other => other,
    }
}

/// What obi-mcp wanted to know about the cluster; the tools make the rest themselves.
fn kubernetes(obi: &mut Settings, kubernetes: Settings, notes: &mut Notes) {
    for (key, value) in kubernetes {
        let place = format!("obi.kubernetes.{key}");
        match (key.as_str(), value) {
            ("metadata_enable" | "metadataEnable", Value::Bool(enable)) => {
                inside(obi, &["attributes", "kubernetes"])
                    .insert("enable".to_owned(), enable.to_string().into());
                notes.moved(&place, "obi.attributes.kubernetes.enable");
            }
            _ => notes
                .left_out(&place, "the deploying tool makes the service account and its rights"),
        }
    }
}

/// The section behind those keys, made where there is none.
fn inside<'a>(settings: &'a mut Settings, keys: &[&str]) -> &'a mut Settings {
    let Some((key, rest)) = keys.split_first() else { return settings };
    let section = settings.entry(*key).or_insert_with(|| json!({}));
    if !section.is_object() {
        *section = json!({});
    }
    inside(section.as_object_mut().expect("it was made a section just now"), rest)
}
