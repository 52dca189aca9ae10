//! Keys and variables that obi-mcp had for OBI and OBI does not have. It ignores them without a word, so that a file that holds
//! them does not do what it says.

use serde_json::{Map, Value, json, map::Entry};

use super::{
    sections::{inside, put},
    step::Step,
};
use crate::{
    obi::config::{Environment, misnomer},
    tree::{Node, Place},
};

type Settings = Map<String, Value>;

const SIGNALS: [&str; 2] = ["otel_traces_export", "otel_metrics_export"];
/// Any of them chooses processes.
const SELECTORS: [&str; 4] = ["discovery", "open_port", "executable_path", "target_pids"];

/// Where a configuration of OBI shows that obi-mcp made it up.
pub fn invented(obi: &Node) -> Option<Place> {
    let exports = ["export", "exporter"].into_iter().find_map(|it| obi.key_place(it));
    exports.or_else(|| obi.get("network")?.key_place("allowed_attributes"))
}

/// Puts OBI's real keys in the place of invented ones. `before` stands before every path: `obi.`, where the settings lie in a larger
/// file.
pub fn from_invented(settings: &mut Settings, before: &str) -> Vec<Step> {
    let mut translation = Translation { settings, before, steps: Vec::new() };
    translation.exports();
    translation.network();
    translation.kubernetes();
    translation.steps
}

/// Whether anything chooses a process: without that OBI looks at network flows at most.
pub fn selects(settings: &Settings) -> bool {
    SELECTORS.iter().any(|it| settings.contains_key(*it))
}

/// OBI's real variables in the place of invented ones. All others stay.
pub fn from_invented_variables(environment: &Environment) -> (Environment, Vec<Step>) {
    let mut steps = Vec::new();
    let mut variable = |name: &str| {
        let value = environment.get(name).unwrap_or_default().to_owned();
        let Some(real) = misnomer(&format!("${name}")) else { return (name.to_owned(), value) };
        let (value, why) = match name {
            "OBI_OTLP_ENDPOINT" => with_scheme(value),
            _ => (value, String::new()),
        };
        steps.push(Step::moved(format!("${name}"), vec![format!("${real}")], why));
        (real.to_owned(), value)
    };
    let variables: Vec<(String, String)> = environment.names().map(&mut variable).collect();
    (variables.into_iter().collect(), steps)
}

struct Translation<'a> {
    settings: &'a mut Settings,
    before: &'a str,
    steps: Vec<Step>,
}

impl Translation<'_> {
    fn path(&self, path: &str) -> String {
        format!("{}{path}", self.before)
    }

    fn moved(&mut self, from: &str, to: &[String], why: impl Into<String>) {
        let to = to.iter().map(|it| self.path(it)).collect();
        let step = Step::moved(self.path(from), to, why);
        self.steps.push(step);
    }

    fn left_out(&mut self, from: &str, why: &str) {
        let step = Step::left_out(self.path(from), why);
        self.steps.push(step);
    }

    /// One endpoint for both signals became one each.
    fn exports(&mut self) {
        for name in ["export", "exporter"] {
            match self.settings.shift_remove(name) {
                None => {}
                Some(Value::Object(kinds)) => {
                    for (kind, settings) in kinds {
                        self.export(name, &kind, settings);
                    }
                }
                Some(_) => self.left_out(name, "it is not a section"),
            }
        }
    }

    fn export(&mut self, name: &str, kind: &str, settings: Value) {
        let place = format!("{name}.{kind}");
        match settings {
            Value::Object(settings) if kind == "otlp" => {
                for (key, value) in settings {
                    self.otlp(&place, &key, value);
                }
            }
            _ => self.left_out(&place, "OBI has no such key"),
        }
    }

    fn otlp(&mut self, place: &str, key: &str, value: Value) {
        let place = format!("{place}.{key}");
        let (value, why) = match (key, value) {
            ("endpoint", Value::String(text)) => {
                let (text, why) = with_scheme(text);
                (Value::String(text), why)
            }
            ("protocol", Value::String(text)) if text == "http" => {
                ("http/protobuf".into(), "http is called http/protobuf".to_owned())
            }
            ("endpoint" | "protocol", value) => (value, String::new()),
            _ => {
                let why = "OBI takes it from the environment, such as OTEL_EXPORTER_OTLP_HEADERS";
                return self.left_out(&place, why);
            }
        };
        let mut new = Vec::new();
        for signal in SIGNALS {
            if let Entry::Vacant(vacant) = inside(self.settings, &[signal]).entry(key) {
                vacant.insert(value.clone());
                new.push(format!("{signal}.{key}"));
            }
        }
        if new.is_empty() {
            return self.left_out(&place, "both signals have their own");
        }
        self.moved(&place, &new, why);
    }

    fn network(&mut self) {
        let Some(Value::Object(mut network)) = self.settings.shift_remove("network") else {
            return;
        };
        if let Some(attributes) = network.shift_remove("allowed_attributes") {
            self.allowed_attributes(&attributes);
        }
        if let Some(enable) = network.shift_remove("enable") {
            self.enable_network(&enable);
        }
        if !network.is_empty() {
            self.settings.insert("network".to_owned(), network.into());
        }
    }

    /// The key still works, and OBI calls it deprecated.
    fn enable_network(&mut self, enable: &Value) {
        if enable != &Value::Bool(true) {
            let why = "it was not true, and network metrics are off by default";
            return self.left_out("network.enable", why);
        }
        let features = inside(self.settings, &["metrics"]);
        let features = features.entry("features").or_insert_with(|| json!(["application"]));
        if let Value::Array(features) = features
            && !features.iter().any(|it| it == "network")
        {
            features.push("network".into());
        }
        let to = format!("network in {}", self.path("metrics.features"));
        self.steps.push(Step::moved(self.path("network.enable"), vec![to], ""));
    }

    /// OBI chooses attributes by metric.
    fn allowed_attributes(&mut self, attributes: &Value) {
        let place = "network.allowed_attributes";
        let Value::Array(attributes) = attributes else {
            return self.left_out(place, "it is not a list");
        };
        for old in attributes.iter().filter_map(Value::as_str) {
            let (metric, name) = (metric_of(old), current_name(old));
            let include = inside(self.settings, &["attributes", "select", metric]).entry("include");
            if let Value::Array(include) = include.or_insert_with(|| json!([]))
                && !include.iter().any(|it| it == name)
            {
                include.push(name.into());
            }
            let to = self.path(&format!("attributes.select.{metric}.include"));
            let from = format!("{old} in {}", self.path(place));
            self.steps.push(Step::moved(from, vec![format!("{name} in {to}")], ""));
        }
    }

    /// What obi-mcp wanted to know about the cluster; whoever deploys OBI makes the rest.
    fn kubernetes(&mut self) {
        let Some(Value::Object(kubernetes)) = self.settings.shift_remove("kubernetes") else {
            return;
        };
        for (key, value) in kubernetes {
            let place = format!("kubernetes.{key}");
            let to = "attributes.kubernetes.enable";
            match (key.as_str(), value) {
                ("metadata_enable" | "metadataEnable", Value::Bool(enable)) => {
                    put(self.settings, to, enable.to_string());
                    self.moved(&place, &[to.to_owned()], "");
                }
                _ => self.left_out(
                    &place,
                    "the deploying tool makes the service account and its rights",
                ),
            }
        }
    }
}

/// OBI refuses an endpoint without a scheme.
fn with_scheme(text: String) -> (String, String) {
    if text.is_empty() || text.contains("://") {
        return (text, String::new());
    }
    let why = "it has http:// before it now, without which OBI does not take it";
    (format!("http://{text}"), why.to_owned())
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
    crate::obi::config::renamed_attribute(attribute).unwrap_or(attribute)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::obi::config::{Release, Severity, check};

    fn translated(mut settings: Value) -> (Value, Vec<String>) {
        let fields = settings.as_object_mut().unwrap();
        let steps = from_invented(fields, "");
        (settings, steps.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_documented_sample_becomes_what_it_means_and_each_key_is_told() {
        let (new, steps) = translated(json!({
            "network": {"enable": true, "allowed_attributes": ["http.method", "src.name"], "cidrs": ["10.0.0.0/8"]},
            "export": {"otlp": {"endpoint": "localhost:4317", "protocol": "grpc", "headers": {"a": "b"}}},
        }));
        assert_eq!(
            new,
            json!({
                "otel_traces_export": {"endpoint": "http://localhost:4317", "protocol": "grpc"},
                "otel_metrics_export": {"endpoint": "http://localhost:4317", "protocol": "grpc"},
                "attributes": {"select": {
                    "http_server_request_duration": {"include": ["http.request.method"]},
                    "obi_network_flow_bytes": {"include": ["src.name"]},
                }},
                "metrics": {"features": ["application", "network"]},
                "network": {"cidrs": ["10.0.0.0/8"]},
            })
        );
        assert_eq!(
            steps,
            [
                "export.otlp.endpoint is now otel_traces_export.endpoint and otel_metrics_export.endpoint: it has http:// before it now, without which OBI does not take it",
                "export.otlp.protocol is now otel_traces_export.protocol and otel_metrics_export.protocol",
                "export.otlp.headers is left out: OBI takes it from the environment, such as OTEL_EXPORTER_OTLP_HEADERS",
                "http.method in network.allowed_attributes is now http.request.method in attributes.select.http_server_request_duration.include",
                "src.name in network.allowed_attributes is now src.name in attributes.select.obi_network_flow_bytes.include",
                "network.enable is now network in metrics.features",
            ]
        );
    }

    #[test]
    fn what_comes_out_is_a_configuration_of_which_there_is_nothing_to_say() {
        let (new, _) = translated(json!({
            "network": {"enable": true, "allowed_attributes": ["http.status_code"]},
            "exporter": {"otlp": {"endpoint": "localhost:4318", "protocol": "http"}},
            "discovery": {"instrument": [{"open_ports": "8080"}]},
        }));
        let report = check(&new.to_string(), &Environment::default(), Release::KNOWN);
        assert!(report.severity().is_none_or(|it| it == Severity::Note), "{:#?}", report.findings);
    }

    #[test]
    fn a_configuration_of_obis_own_stays_as_it_is() {
        let own =
            json!({"discovery": {"instrument": [{"open_ports": "80"}]}, "trace_printer": "text"});
        assert_eq!(translated(own.clone()), (own, Vec::new()));
    }

    #[test]
    fn invented_variables_are_told_as_the_real_ones() {
        let old =
            [("OBI_CONFIG_PATH", "/c"), ("OBI_OTLP_ENDPOINT", "collector:4318"), ("HOME", "/")];
        let (new, steps) = from_invented_variables(&old.into_iter().collect());
        let real = [
            ("HOME", "/"),
            ("OTEL_EBPF_CONFIG_PATH", "/c"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"),
        ];
        assert_eq!(new, real.into_iter().collect());
        assert_eq!(steps.len(), 2);
    }
}
