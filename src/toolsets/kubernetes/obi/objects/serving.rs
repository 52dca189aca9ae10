//! Where Prometheus finds what OBI measures.

use serde_json::{Value, json};

use super::{AGENT, base, place, put};
use crate::{
    obi::plan::{Plan, Port, Purpose},
    toolsets::kubernetes::obi::wanted::Wanted,
};

pub(super) fn objects(wanted: &Wanted, plan: &Plan) -> Vec<Value> {
    let metrics = plan.port(Purpose::Metrics);
    let internal = plan.port(Purpose::InternalMetrics);
    let metrics_service =
        || base(include_str!("../../../../../manifests/obi/service-metrics.yaml"));
    let internal_service =
        || base(include_str!("../../../../../manifests/obi/service-internal-metrics.yaml"));
    let mut objects: Vec<Value> = Vec::new();
    objects.extend(metrics.map(|it| service(metrics_service(), it, wanted)));
    objects.extend(internal.map(|it| service(internal_service(), it, wanted)));
    if wanted.monitor && !objects.is_empty() {
        objects.push(monitor(wanted, metrics, internal));
    }
    objects
}

fn service(mut service: Value, port: &Port, wanted: &Wanted) -> Value {
    place(&mut service, wanted, AGENT);
    put(&mut service, "/spec/ports/0/port", json!(port.port));
    put(&mut service, "/spec/ports/0/targetPort", json!(port.port));
    // For a Prometheus that goes by annotations. Beside a ServiceMonitor it would ask twice.
    if !wanted.monitor {
        let annotations = json!({
            "prometheus.io/scrape": "true",
            "prometheus.io/port": port.port.to_string(),
            "prometheus.io/path": port.path,
        });
        put(&mut service, "/metadata/annotations", annotations);
    }
    service
}

fn monitor(wanted: &Wanted, metrics: Option<&Port>, internal: Option<&Port>) -> Value {
    let mut monitor = base(include_str!("../../../../../manifests/obi/servicemonitor.yaml"));
    place(&mut monitor, wanted, AGENT);
    if let Some(Value::Array(endpoints)) = monitor.pointer_mut("/spec/endpoints") {
        endpoints.retain_mut(|endpoint| {
            let port = match endpoint.get("port").and_then(Value::as_str) {
                Some("metrics") => metrics,
                _ => internal,
            };
            if let Some(port) = port {
                put(endpoint, "/path", json!(port.path));
            }
            port.is_some()
        });
    }
    monitor
}
