//! Exporters as OpenTelemetry's own providers, beside what is OBI's.

use serde_json::{Map, Value, json};

use super::{Moving, put, take};
use crate::obi::config::seconds;

impl Moving {
    pub(super) fn exporters(&mut self) {
        self.traces();
        let mut readers = Vec::new();
        self.metrics(&mut readers);
        self.prometheus(&mut readers);
        if !readers.is_empty() {
            put(&mut self.top, "meter_provider.readers", readers);
        }
    }

    fn traces(&mut self) {
        let Some(exporter) = self.exporter("otel_traces_export", "tracer_provider.processors")
        else {
            return;
        };
        let mut batch = Map::from_iter([("exporter".to_owned(), exporter)]);
        for (old, new) in
            [("batch_max_size", "max_export_batch_size"), ("queue_size", "max_queue_size")]
        {
            if let Some(value) = take(&mut self.old, &format!("otel_traces_export.{old}")) {
                batch.insert(new.to_owned(), value);
            }
        }
        if let Some(delay) = self.milliseconds("otel_traces_export.batch_timeout") {
            batch.insert("schedule_delay".to_owned(), delay);
        }
        put(&mut self.top, "tracer_provider.processors", json!([{"batch": batch}]));
    }

    fn metrics(&mut self, readers: &mut Vec<Value>) {
        let Some(exporter) = self.exporter("otel_metrics_export", "meter_provider.readers") else {
            return;
        };
        let interval =
            self.milliseconds("otel_metrics_export.interval").unwrap_or_else(|| 60_000.into());
        readers.push(json!({"periodic": {"interval": interval, "exporter": exporter}}));
    }

    fn prometheus(&mut self, readers: &mut Vec<Value>) {
        let path = "prometheus_export.port";
        let Some(port) = take(&mut self.old, path).filter(|it| *it != json!(0)) else { return };
        readers.push(json!({"pull": {"exporter": {"prometheus/development": {"port": port}}}}));
        self.moved(path, &["meter_provider.readers"], "");
    }

    /// Who gets a signal, and in which protocol: what was guessed is written down.
    fn exporter(&mut self, signal: &str, place: &str) -> Option<Value> {
        let (endpoint, protocol) = (format!("{signal}.endpoint"), format!("{signal}.protocol"));
        let text = take(&mut self.old, &endpoint)?.as_str()?.to_owned();
        let said = take(&mut self.old, &protocol);
        let said = said.as_ref().and_then(Value::as_str).filter(|it| !it.is_empty());
        let said = said.map(str::to_owned);
        let is_grpc = said.as_deref().map_or_else(|| speaks_grpc(&text), |it| it == "grpc");
        self.moved(&endpoint, &[place], "");
        if said.is_some() {
            self.moved(&protocol, &[place], "");
        }
        let exporter = match said.as_deref() {
            _ if is_grpc && text.starts_with("http://") => {
                json!({"otlp_grpc": {"endpoint": text, "tls": {"insecure": true}}})
            }
            _ if is_grpc => json!({"otlp_grpc": {"endpoint": text}}),
            Some("debug") => {
                self.refused.push(protocol);
                return None;
            }
            Some("http/json") => json!({"otlp_http": {"endpoint": text, "encoding": "json"}}),
            _ => json!({"otlp_http": {"endpoint": text, "encoding": "protobuf"}}),
        };
        Some(exporter)
    }

    /// OpenTelemetry counts in milliseconds.
    fn milliseconds(&mut self, path: &str) -> Option<Value> {
        let text = take(&mut self.old, path)?;
        let number = text.as_str().and_then(seconds).map(|it| (it * 1000.0).round());
        let whole = number.and_then(|it| format!("{it}").parse::<u64>().ok());
        if whole.is_none() {
            self.refused.push(path.to_owned());
        }
        whole.map(Value::from)
    }
}

/// As OBI guesses it: by how the port ends.
fn speaks_grpc(endpoint: &str) -> bool {
    let authority = endpoint.split("://").nth(1).unwrap_or(endpoint);
    authority.split('/').next().unwrap_or_default().ends_with("4317")
}
