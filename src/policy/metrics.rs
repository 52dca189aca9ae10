use std::{sync::Arc, time::Instant};

use async_trait::async_trait;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

use super::{Call, Next, Outcome, Policy};

/// Counts and times every call, under the names of OpenTelemetry's conventions for MCP.
#[derive(Clone)]
pub struct Metrics(Arc<Families>);

struct Families {
    duration: Family<Labels, Histogram, fn() -> Histogram>,
    bytes: Family<Labels, Counter>,
    under_way: Gauge,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Labels {
    mcp_method_name: &'static str,
    /// The tool's or prompt's name, or the resource's template.
    name: String,
    /// Empty when the call was answered.
    error_type: &'static str,
}

impl Metrics {
    pub fn register(registry: &mut Registry) -> Self {
        let families = Families {
            duration: Family::new_with_constructor(seconds),
            bytes: Family::default(),
            under_way: Gauge::default(),
        };
        registry.register(
            "mcp_server_operation_duration_seconds",
            "How long calls took",
            families.duration.clone(),
        );
        registry.register(
            "tacklebox_answer_bytes",
            "How much was answered",
            families.bytes.clone(),
        );
        registry.register(
            "tacklebox_calls_under_way",
            "Calls that have not been answered yet",
            families.under_way.clone(),
        );
        Self(Arc::new(families))
    }
}

fn seconds() -> Histogram {
    Histogram::new([0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 60.0, 300.0])
}

#[async_trait]
impl Policy for Metrics {
    async fn around(&self, call: Call, next: Next<'_>) -> Outcome {
        let mut labels = Labels {
            mcp_method_name: call.subject.method(),
            name: call.subject.name().to_owned(),
            error_type: "",
        };
        let started = Instant::now();
        let _under_way = UnderWay::new(&self.0.under_way);
        let outcome = next.run(call).await;
        match &outcome {
            Ok(answer) => {
                let bytes = answer.bytes().try_into().unwrap_or(u64::MAX);
                self.0.bytes.get_or_create(&labels).inc_by(bytes);
            }
            Err(error) => labels.error_type = error.label(),
        }
        self.0.duration.get_or_create(&labels).observe(started.elapsed().as_secs_f64());
        outcome
    }
}

/// Counted back also when the call is cancelled.
struct UnderWay<'a>(&'a Gauge);

impl<'a> UnderWay<'a> {
    fn new(gauge: &'a Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}
