//! Where telemetry goes: whether OBI can make an address of it, and speaks what is spoken there.

use super::{
    super::{
        endpoint::{Endpoint, Protocol},
        finding::{
            Finding,
            Severity::{Error, Warning},
        },
    },
    Subject,
    enabled::Enabled,
};

/// The two signals fail differently: without metrics OBI ends, and without traces it goes on, without a word in its exit.
struct Signal {
    name: &'static str,
    endpoint: &'static str,
    protocol: &'static str,
    own_protocol: &'static str,
    failure: (super::super::finding::Severity, &'static str),
}

const SIGNALS: [Signal; 2] = [
    Signal {
        name: "metrics",
        endpoint: "otel_metrics_export.endpoint",
        protocol: "otel_metrics_export.protocol",
        own_protocol: "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
        failure: (Error, "OBI ends two seconds after its start"),
    },
    Signal {
        name: "traces",
        endpoint: "otel_traces_export.endpoint",
        protocol: "otel_traces_export.protocol",
        own_protocol: "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
        failure: (Warning, "OBI runs on without traces, and only its log says so"),
    },
];

pub(super) fn endpoints(subject: &Subject<'_>) -> Vec<Finding> {
    let enabled = Enabled::of(subject);
    let is_on = |it: &&Signal| match it.name {
        "metrics" => enabled.metrics,
        _ => enabled.traces && enabled.application,
    };
    SIGNALS.iter().filter(is_on).flat_map(|it| it.findings(subject)).collect()
}

impl Signal {
    fn findings(&self, subject: &Subject<'_>) -> Vec<Finding> {
        let Some(text) = subject.text(self.endpoint) else { return Vec::new() };
        let (severity, consequence) = self.failure;
        let endpoint = match text.parse::<Endpoint>() {
            Ok(endpoint) => endpoint,
            Err(wrong) => {
                let problem = format!("{}: {consequence}", wrong.what);
                return vec![subject.about_setting(
                    self.endpoint,
                    (severity, "bad-endpoint"),
                    problem,
                    wrong.fix,
                )];
            }
        };
        let mut findings: Vec<Finding> = endpoint
            .host
            .is_empty()
            .then(|| {
                let problem =
                    format!("{text} has no host: {} go nowhere, and OBI says nothing", self.name);
                subject.about_setting(
                    self.endpoint,
                    (Warning, "no-host"),
                    problem,
                    "name the host: http://collector:4318",
                )
            })
            .into_iter()
            .collect();
        findings.extend(self.protocol(subject, &endpoint));
        findings
    }

    /// What is spoken at the usual ports is known.
    fn protocol(&self, subject: &Subject<'_>, endpoint: &Endpoint) -> Option<Finding> {
        let own = subject.environment.text(self.own_protocol).map(str::to_owned);
        let said = own.or_else(|| subject.text(self.protocol));
        let Some(said) = said else {
            let guessed = endpoint.guessed()?;
            let problem = format!(
                "nothing says which protocol is spoken at port {}: OBI takes {guessed}",
                endpoint.port?
            );
            return (!endpoint.is_usual()).then(|| {
                subject.about_setting(
                    self.endpoint,
                    (Warning, "guessed-protocol"),
                    problem,
                    format!("write {}: grpc or http/protobuf", self.protocol),
                )
            });
        };
        let usual = endpoint.usual()?;
        let is_grpc = said == "grpc";
        if is_grpc == (usual == Protocol::Grpc) {
            return None;
        }
        let problem = format!(
            "port {} speaks {usual}, and {said} is spoken to it: nothing arrives",
            endpoint.port?
        );
        let fix = format!(
            "write protocol: {usual}, or the other port: 4317 for grpc, 4318 for http/protobuf"
        );
        Some(subject.about_setting(self.protocol, (Warning, "wrong-protocol"), problem, fix))
    }
}
