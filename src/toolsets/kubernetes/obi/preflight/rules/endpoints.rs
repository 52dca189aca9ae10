//! Where telemetry goes: whether a pod of OBI would find somebody there.

use super::Asked;
use crate::{
    obi::{
        config::{Destination, Protocol},
        host::{Check, Outcome},
    },
    toolsets::kubernetes::obi::{
        preflight::snapshot::{Named, Service, ServicePort, Target},
        variables::SOME_ADDRESS,
    },
};

pub(super) fn checks(asked: &Asked<'_>) -> Vec<Check> {
    asked.seen.targets.iter().map(|it| endpoint(asked, it)).collect()
}

/// `metrics to otel-collector.observability.svc:4317`
fn told(destination: &Destination) -> String {
    let Destination { signal, host, port, .. } = destination;
    format!("{signal} to {host}:{port}")
}

fn endpoint(asked: &Asked<'_>, target: &Target) -> Check {
    let destination = &target.destination;
    let told = told(destination);
    if destination.host == SOME_ADDRESS {
        let why = "a collector has to listen on every node, at the node's own address";
        let fix = "see that a collector runs on each node with hostNetwork or hostPort";
        let found = format!("{} to port {} of the node", destination.signal, destination.port);
        return check(Outcome::CannotTell, found, why, fix);
    }
    if is_loopback(&destination.host) {
        return loopback(asked, &told);
    }
    let Some(named) = &target.service else {
        let why = "whether anybody listens outside of the cluster cannot be seen from here";
        let found = format!("{told}, outside of the cluster");
        return check(Outcome::CannotTell, found, why, "see that nodes may connect to it");
    };
    let whole = format!("{}.{}", named.name, named.namespace);
    match &named.found {
        Err(error) => {
            check(Outcome::CannotTell, format!("{told}: {error}"), NOBODY, "look yourself")
        }
        Ok(None) if named.is_sure => {
            let found = format!(
                "{told}: there is no Service {} in namespace {}",
                named.name, named.namespace
            );
            check(
                Outcome::Failed,
                found,
                NOBODY,
                "name a Service that is there: http://NAME.NAMESPACE:4317",
            )
        }
        Ok(None) => {
            let found =
                format!("{told}: no Service is called so; it may be a name outside of the cluster");
            check(Outcome::CannotTell, found, NOBODY, "write a Service as NAME.NAMESPACE.svc")
        }
        Ok(Some(service)) => of_service(destination, named, service, &whole),
    }
}

const NOBODY: &str =
    "what is sent where nobody listens is lost, and traces are lost without a word";

fn check(outcome: Outcome, found: String, why: &str, fix: &str) -> Check {
    Check::new("endpoint", outcome, found, why, fix).required(false)
}

fn loopback(asked: &Asked<'_>, told: &str) -> Check {
    if asked.plan.host_network.needed {
        let why = "OBI has the network of its node: a collector has to listen on every node";
        let fix = "see that a collector runs on each node with hostNetwork or hostPort";
        return check(Outcome::CannotTell, told.to_owned(), why, fix);
    }
    let why = "in a pod localhost is the pod itself, and nobody listens there";
    let fix = "write the name of a Service: http://otel-collector.observability:4317";
    check(Outcome::Failed, told.to_owned(), why, fix).required(true)
}

pub(crate) fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    let is_address =
        host.parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback() || it.is_unspecified());
    is_address || host == "localhost" || host.ends_with(".localhost")
}

fn of_service(destination: &Destination, named: &Named, service: &Service, whole: &str) -> Check {
    let told = told(destination);
    if service.spec.kind == "ExternalName" {
        let found = format!("{told}: Service {whole} is a name outside of the cluster");
        return check(Outcome::CannotTell, found, NOBODY, "see that nodes may connect to it");
    }
    let Some(port) = service.spec.ports.iter().find(|it| it.port == destination.port) else {
        let ports: Vec<String> = service.spec.ports.iter().map(ServicePort::told).collect();
        let found = format!("{told}: Service {whole} has ports {}", ports.join(", "));
        return check(
            Outcome::Failed,
            found,
            NOBODY,
            "write one of its ports: 4317 is for grpc, 4318 for http",
        );
    };
    if let Some(spoken) = port.protocol().filter(|it| *it != destination.protocol) {
        let found = format!(
            "{told} by {}, and port {} of Service {whole} speaks {spoken}",
            destination.protocol,
            port.told()
        );
        let fix = format!("write protocol: {spoken}, or another port");
        return check(
            Outcome::Failed,
            found,
            "nothing arrives where another protocol is spoken",
            &fix,
        );
    }
    let (outcome, found) = match &named.is_served {
        Ok(true) => (Outcome::Passed, told),
        Ok(false) => (Outcome::Failed, format!("{told}: nothing is ready behind Service {whole}")),
        Err(error) => (Outcome::CannotTell, format!("{told}: {error}")),
    };
    check(outcome, found, NOBODY, "see why its pods are not ready: kubernetes_diagnose")
}

impl ServicePort {
    /// `4317 (otlp)`
    fn told(&self) -> String {
        match self.name.as_str() {
            "" => self.port.to_string(),
            name => format!("{} ({name})", self.port),
        }
    }

    /// As far as its name says; the usual numbers of ports OBI's own rules know.
    fn protocol(&self) -> Option<Protocol> {
        let says = |word: &str| self.name.contains(word) || self.app_protocol.contains(word);
        match (says("grpc"), says("http")) {
            (true, _) => Some(Protocol::Grpc),
            (false, true) => Some(Protocol::Http),
            (false, false) => None,
        }
    }
}
