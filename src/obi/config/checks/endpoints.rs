//! Where telemetry goes: whether OBI can make an address of it, and speaks what is spoken there.

use super::{
    super::{
        endpoint::{Destination, Endpoint, Protocol, without_password},
        finding::{
            Finding,
            Severity::{self, Error, Warning},
        },
        kind::advice,
    },
    Subject,
    enabled::Enabled,
};

/// The endpoint of every signal that has none of its own.
const COMMON: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// The two signals fail differently: without metrics OBI ends, and without traces it goes on, without a word in its exit.
struct Signal {
    name: &'static str,
    endpoint: &'static str,
    protocol: &'static str,
    own_protocol: &'static str,
    protocols: &'static [&'static str],
    failure: (Severity, &'static str),
}

const SIGNALS: [Signal; 2] = [
    Signal {
        name: "metrics",
        endpoint: "otel_metrics_export.endpoint",
        protocol: "otel_metrics_export.protocol",
        own_protocol: "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
        protocols: &["grpc", "http/protobuf", "http/json"],
        failure: (Error, "OBI ends two seconds after its start"),
    },
    Signal {
        name: "traces",
        endpoint: "otel_traces_export.endpoint",
        protocol: "otel_traces_export.protocol",
        own_protocol: "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
        protocols: &["grpc", "http/protobuf", "http/json", "debug"],
        failure: (Warning, "OBI runs on without traces, and only its log says so"),
    },
];

pub(super) fn endpoints(subject: &Subject<'_>) -> Vec<Finding> {
    SIGNALS.iter().flat_map(|it| Sending { signal: it, subject }.findings()).collect()
}

/// Those that can be made sense of.
pub(in crate::obi::config) fn destinations(subject: &Subject<'_>) -> Vec<Destination> {
    SIGNALS.iter().filter_map(|it| Sending { signal: it, subject }.destination()).collect()
}

/// A signal that may be sent.
struct Sending<'a> {
    signal: &'a Signal,
    subject: &'a Subject<'a>,
}

impl Sending<'_> {
    fn findings(&self) -> Vec<Finding> {
        let Some(text) = self.endpoint() else { return self.idle_protocol().into_iter().collect() };
        let (severity, consequence) = self.signal.failure;
        let unknown = self.unknown_protocol();
        let endpoint = match text.parse::<Endpoint>() {
            Ok(endpoint) => endpoint,
            Err(wrong) => {
                let problem = format!("{}: {consequence}", wrong.what);
                let bad = self.about_endpoint((severity, "bad-endpoint"), problem, wrong.fix);
                return std::iter::once(bad).chain(unknown).collect();
            }
        };
        let protocol = unknown.or_else(|| self.protocol(&endpoint));
        self.no_host(&text, &endpoint).into_iter().chain(protocol).collect()
    }

    /// Where the signal goes, if it goes anywhere.
    fn endpoint(&self) -> Option<String> {
        if self.signal.name == "traces" && !Enabled::of(self.subject).application {
            return None;
        }
        let common = || self.subject.environment.text(COMMON).map(str::to_owned);
        self.subject.text(self.signal.endpoint).or_else(common)
    }

    fn destination(&self) -> Option<Destination> {
        let text = self.endpoint()?;
        let endpoint = text.parse::<Endpoint>().ok().filter(|it| !it.host.is_empty())?;
        let is_encrypted = text.starts_with("https://");
        let usual = if is_encrypted { 443 } else { 80 };
        let grpc = self
            .said()
            .map_or_else(|| endpoint.guessed() == Some(Protocol::Grpc), |it| it == "grpc");
        (!text.starts_with("unix:")).then(|| Destination {
            signal: self.signal.name,
            port: endpoint.port.unwrap_or(usual),
            protocol: if grpc { Protocol::Grpc } else { Protocol::Http },
            host: endpoint.host,
            is_encrypted,
        })
    }

    fn no_host(&self, text: &str, endpoint: &Endpoint) -> Option<Finding> {
        endpoint.host.is_empty().then(|| {
            let (name, text) = (self.signal.name, without_password(text));
            let problem = format!("{text} has no host: {name} go nowhere, and OBI says nothing");
            let fix = "name the host: http://collector:4318";
            self.about_endpoint((Warning, "no-host"), problem, fix)
        })
    }

    fn said(&self) -> Option<String> {
        let own = self.subject.environment.text(self.signal.own_protocol).map(str::to_owned);
        own.or_else(|| self.subject.text(self.signal.protocol))
    }

    fn unknown_protocol(&self) -> Option<Finding> {
        let said = self.said().filter(|it| !self.signal.protocols.contains(&&**it))?;
        let (severity, consequence) = self.signal.failure;
        let problem = format!("{said} is no protocol that is known: {consequence}");
        let fix = advice(&said, self.signal.protocols);
        Some(self.about_protocol((severity, "wrong-value"), problem, fix))
    }

    /// What is written and does not count.
    fn idle_protocol(&self) -> Option<Finding> {
        let said = self.said().filter(|it| !self.signal.protocols.contains(&&**it))?;
        let problem = format!(
            "{said} is no protocol that is known, and nothing is sent that would be spoken in it"
        );
        let fix = advice(&said, self.signal.protocols);
        Some(self.about_protocol((Warning, "wrong-value"), problem, fix))
    }

    /// What is spoken at the usual ports is known.
    fn protocol(&self, endpoint: &Endpoint) -> Option<Finding> {
        let port = endpoint.port?;
        let Some(said) = self.said() else {
            let guessed = endpoint.guessed()?;
            let problem = format!(
                "nothing says which protocol is spoken at port {port}: OBI takes {guessed}"
            );
            let fix = format!("write {}: grpc or http/protobuf", self.signal.protocol);
            return (!endpoint.is_usual())
                .then(|| self.about_endpoint((Warning, "guessed-protocol"), problem, fix));
        };
        let usual = endpoint.usual()?;
        if (said == "grpc") == (usual == Protocol::Grpc) {
            return None;
        }
        let problem =
            format!("port {port} speaks {usual}, and {said} is spoken to it: nothing arrives");
        let fix = format!(
            "write protocol: {usual}, or the other port: 4317 for grpc, 4318 for http/protobuf"
        );
        Some(self.about_protocol((Warning, "wrong-protocol"), problem, fix))
    }

    fn about_endpoint(
        &self,
        kind: (Severity, &'static str),
        problem: String,
        fix: impl Into<String>,
    ) -> Finding {
        if self.subject.text(self.signal.endpoint).is_some() {
            return self.subject.about_setting(self.signal.endpoint, kind, problem, fix);
        }
        Subject::about_variable(COMMON, kind, problem, fix)
    }

    fn about_protocol(
        &self,
        kind: (Severity, &'static str),
        problem: String,
        fix: String,
    ) -> Finding {
        if self.subject.environment.text(self.signal.own_protocol).is_some() {
            return Subject::about_variable(self.signal.own_protocol, kind, problem, fix);
        }
        self.subject.about_setting(self.signal.protocol, kind, problem, fix)
    }
}
