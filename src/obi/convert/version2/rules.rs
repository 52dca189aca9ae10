//! Selectors as rules: what is left out comes first, and of what is chosen the last selector comes first, since it counted last.

use serde_json::{Map, Value, json};

use super::{Moving, Step, get, put, take};
use crate::obi::config::LEFT_OUT;

/// What OBI leaves out by itself.
const OBI_AND_COLLECTORS: &str = "{*/obi,obi,*otelcol,*otelcol-contrib,*otelcol-contrib[!/]*}";

impl Moving {
    pub(super) fn rules(&mut self) {
        let mut rules = self.selectors("discovery.exclude_instrument", "exclude");
        let mut chosen = self.selectors("discovery.instrument", "include");
        self.open_port(&mut chosen);
        let is_needed = !rules.is_empty() || !chosen.is_empty();
        self.exclusions(&mut rules);
        self.telemetry(&mut rules);
        chosen.reverse();
        rules.append(&mut chosen);
        if is_needed {
            put(&mut self.obi, "capture.rules", rules);
        }
    }

    /// A selector counts for more, and this is then nothing.
    fn open_port(&mut self, chosen: &mut Vec<Value>) {
        let path = "open_port";
        let Some(ports) = take(&mut self.old, path).filter(|it| !it.is_null()) else { return };
        if !chosen.is_empty() {
            let why = "discovery.instrument counts for more, and it does nothing beside that";
            return self.steps.push(Step::left_out(path, why));
        }
        if ports.is_array() {
            return self.refused.push(path.to_owned());
        }
        let ports = ports.as_str().map_or_else(|| ports.to_string(), str::to_owned);
        chosen.push(json!({"action": "include", "match": {"process": {"open_ports": ports}}}));
        self.moved(path, &["extensions.obi.capture.rules"], "");
    }

    fn exclusions(&mut self, rules: &mut Vec<Value>) {
        let path = "discovery.default_exclude_instrument";
        if get(&self.old, path).is_some() {
            return rules.extend(self.selectors(path, "exclude"));
        }
        let collectors = json!({"process": {"exe_path_glob": [OBI_AND_COLLECTORS]}});
        rules.push(
            json!({"action": "exclude", "name": "exclude-obi-and-collectors", "match": collectors}),
        );
        let namespaces = json!({"kubernetes": {"namespace_glob": LEFT_OUT}});
        rules.push(
            json!({"action": "exclude", "name": "exclude-system-namespaces", "match": namespaces}),
        );
    }

    /// Whoever sends telemetry is left alone, unless that was turned off.
    fn telemetry(&mut self, rules: &mut Vec<Value>) {
        let path = "discovery.exclude_otel_instrumented_services";
        let is_off = take(&mut self.old, path) == Some(Value::Bool(false));
        let port =
            take(&mut self.old, "discovery.default_otlp_grpc_port").unwrap_or_else(|| 4317.into());
        if !is_off {
            let exports =
                json!({"process": {"exports_otlp": {"port": port, "protocol": "protobuf"}}});
            rules.push(
                json!({"action": "exclude", "name": "exclude-otlp-exporters", "match": exports}),
            );
        }
    }

    fn selectors(&mut self, path: &str, action: &str) -> Vec<Value> {
        let Some(Value::Array(selectors)) = take(&mut self.old, path) else { return Vec::new() };
        let has = |key: &str| selectors.iter().filter(|it| it.get(key).is_some()).count();
        // Of several selectors each added what the others did not say, which one rule that wins cannot.
        let is_mixed = action == "include" && ![0, selectors.len()].contains(&has("exports"));
        if is_mixed {
            self.refused.push(format!("{path}[].exports"));
        }
        let mut rules = Vec::new();
        for (index, selector) in selectors.iter().enumerate() {
            let place = format!("{path}[{index}]");
            rules.extend(self.rule(&place, selector.as_object(), action));
        }
        if !rules.is_empty() {
            self.moved(path, &["extensions.obi.capture.rules"], "");
        }
        rules
    }

    fn rule(
        &mut self,
        place: &str,
        selector: Option<&Map<String, Value>>,
        action: &str,
    ) -> Option<Value> {
        let mut rule = Map::from_iter([("action".to_owned(), action.into())]);
        for (key, value) in selector? {
            let text = || value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            match key.as_str() {
                "open_ports" if !value.is_array() => {
                    put(&mut rule, "match.process.open_ports", text());
                }
                "exe_path" => put(&mut rule, "match.process.exe_path_glob", json!([text()])),
                "k8s_namespace" => {
                    put(&mut rule, "match.kubernetes.namespace_glob", json!([text()]));
                }
                "exports" if action == "include" => match exports(value) {
                    Some(exports) => put(&mut rule, "refine.exports", exports),
                    None => self.refused.push(format!("{place}.exports")),
                },
                _ => self.refused.push(format!("{place}.{key}")),
            }
        }
        Some(rule.into())
    }
}

/// Version 2 knows two signals.
fn exports(value: &Value) -> Option<Value> {
    let signals: Vec<&str> = value.as_array()?.iter().filter_map(Value::as_str).collect();
    let has = |it: &str| signals.contains(&it);
    (!has("logs")).then(|| json!({"traces": has("traces"), "metrics": has("metrics")}))
}
