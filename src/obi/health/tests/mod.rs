mod ended;
mod hostile;
mod running;
mod runs;
mod text;

use super::*;
use crate::obi::{
    config::{Environment, Release},
    log::{self, Line},
    plan::{Plan, plan},
};

const APPLICATION: &str = "discovery: {instrument: [{open_ports: \"8080\"}]}
otel_traces_export: {endpoint: \"http://collector:4318\"}
internal_metrics: {exporter: prometheus, prometheus: {port: 9465}}
health_check: {port: 9466}
";
const BOTH: &str = "discovery: {instrument: [{open_ports: \"8080\"}]}
metrics: {features: [application, network]}
prometheus_export: {port: 9464}
";
const HEALTHY: &str = "{\"schema_version\":1,\"now_unix_ns\":1,\"process_uptime_ns\":6919190516}";

fn planned(text: &str) -> Plan {
    plan(text, &Environment::default(), Release::KNOWN).unwrap()
}

fn lines(text: &str) -> Vec<Line> {
    log::read(text.as_bytes())
}

fn answered(body: &str) -> Answer {
    Answer::Some { status: 200, body: body.to_owned() }
}

fn names(verdict: &Verdict) -> Vec<&str> {
    verdict.reasons.iter().map(|it| it.name.as_str()).collect()
}
