//! What leads to a Service, or to a port of one, that does not exist or that nobody is behind.

use crate::{
    nearest::nearest,
    toolsets::kubernetes::kubernetes_diagnose::{
        finding::{Call, Finding, word},
        model::{Named, Pod, Port, Service},
        snapshot::Snapshot,
        subject::Subject,
    },
};

/// What is wrong with a Service and port that `subject` leads to.
pub(super) fn backend(
    snapshot: &Snapshot,
    subject: &Subject,
    name: &str,
    port: &Port,
) -> Option<Finding> {
    let Some(service) = snapshot.services.named(name) else {
        return snapshot.services.lacks(name).then(|| missing(snapshot, subject, name));
    };
    let name = word(name);
    if !has(service, port) {
        let problem = format!("leads to port {port} of svc/{name}, which has {}", ports(service));
        return Some(Finding::sure(subject.clone(), problem).next(Call::get("services")));
    }
    is_dead(snapshot, service).then(|| {
        let problem = format!("leads to svc/{name}, which has no ready endpoint");
        Finding::sure(subject.clone(), problem).consequence()
    })
}

fn missing(snapshot: &Snapshot, subject: &Subject, name: &str) -> Finding {
    let known = snapshot.services.iter().map(Named::name);
    let hint = nearest(name, known).map(|it| format!("; there is {it}")).unwrap_or_default();
    let name = word(name);
    let problem = format!("leads to Service {name}, which does not exist{hint}");
    Finding::sure(subject.clone(), problem).next(Call::get("services"))
}

/// None of the pods that it selects, or of the endpoints that somebody wrote, is ready.
fn is_dead(snapshot: &Snapshot, service: &Service) -> bool {
    if service.is_external() {
        return false;
    }
    if service.spec.selector.is_empty() {
        return snapshot.slices.is_complete() && !snapshot.endpoints_of(service).any(|it| it);
    }
    snapshot.pods.is_complete() && !snapshot.pods_behind(service).any(Pod::is_ready)
}

fn has(service: &Service, port: &Port) -> bool {
    service.spec.ports.iter().any(|it| match port {
        Port::Number(number) => it.port == *number,
        Port::Name(name) => it.name == *name,
    })
}

fn ports(service: &Service) -> String {
    let ports = service.spec.ports.iter().map(|it| match it.name.as_str() {
        "" => it.port.to_string(),
        name => format!("{} ({name})", it.port),
    });
    let ports: Vec<String> = ports.take(8).collect();
    if ports.is_empty() { "none".to_owned() } else { ports.join(", ") }
}
