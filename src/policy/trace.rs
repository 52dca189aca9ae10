use std::collections::HashMap;

use async_trait::async_trait;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::{Instrument, Span, field::Empty, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::{Call, Next, Outcome, Policy, Subject, short::short};
use crate::output::Redactor;

/// Every answer over plain HTTP has it, whoever thought of it.
const REQUEST_ID: &str = "http.response.header.x-request-id";

/// A span for every call, with the attributes of OpenTelemetry's conventions for MCP, `GenAI` and HTTP, under the caller's own trace.
pub struct Trace {
    redactor: Redactor,
}

impl Trace {
    pub fn new(redactor: Redactor) -> Self {
        Self { redactor }
    }
}

#[async_trait]
impl Policy for Trace {
    async fn around(&self, call: Call, next: Next<'_>) -> Outcome {
        let span = span(&call.subject);
        if let Subject::Resource { uri, .. } | Subject::Subscription { uri, .. } = &call.subject {
            span.record("mcp.resource.uri", short(uri, &self.redactor));
        }
        if let Some(id) = &call.session.request_id {
            span.record(REQUEST_ID, short(id, &self.redactor));
        }
        if let Some(parent) = &call.session.trace_parent {
            adopt(&span, parent);
        }
        let outcome = next.run(call).instrument(span.clone()).await;
        if let Err(error) = &outcome {
            span.record("error.type", error.label());
            span.record("otel.status_code", "error");
            tracing::debug!(parent: &span, error = error.label(), "call failed");
        }
        outcome
    }
}

fn span(subject: &Subject) -> Span {
    let (method, name) = (subject.method(), subject.name());
    let span = info_span!(
        "call",
        otel.name = format!("{method} {name}"),
        otel.kind = "server",
        otel.status_code = Empty,
        mcp.method.name = method,
        mcp.resource.uri = Empty,
        gen_ai.operation.name = Empty,
        gen_ai.tool.name = Empty,
        gen_ai.prompt.name = Empty,
        http.request.method = Empty,
        http.route = Empty,
        { REQUEST_ID } = Empty,
        error.type = Empty,
    );
    match subject {
        Subject::Tool { .. } => {
            span.record("gen_ai.operation.name", "execute_tool");
            span.record("gen_ai.tool.name", name)
        }
        Subject::Prompt { .. } => span.record("gen_ai.prompt.name", name),
        Subject::Endpoint { .. } => {
            span.record("http.request.method", method);
            span.record("http.route", name)
        }
        _ => &span,
    };
    span
}

/// Puts the span under a W3C `traceparent`.
fn adopt(span: &Span, parent: &str) {
    let carrier = HashMap::from([("traceparent".to_owned(), parent.to_owned())]);
    // Without an exporter there is no OpenTelemetry layer, and so nothing to adopt.
    let _ = span.set_parent(TraceContextPropagator::new().extract(&carrier));
}
