//! An Ingress leads to a Service, or a port of one, that does not exist.

use super::Rule;
use crate::{
    nearest::nearest,
    toolsets::kubernetes::kubernetes_diagnose::{
        finding::{Call, Finding},
        model::{Named, Pod, Port, Service},
        snapshot::Snapshot,
        subject::{Kind, Subject},
    },
};

pub(super) const RULE: Rule = Rule { name: "ingress_backend", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ingress in snapshot.ingresses.iter() {
        let subject = Subject::new(Kind::Ingress, ingress.name());
        for backend in ingress.backends() {
            let name = backend.name.as_str();
            let problem = match snapshot.services.named(name) {
                None if snapshot.services.lacks(name) => {
                    let known = snapshot.services.iter().map(Named::name);
                    let hint = nearest(name, known).map(|it| format!("; there is {it}"));
                    format!(
                        "leads to Service {name}, which does not exist{}",
                        hint.unwrap_or_default()
                    )
                }
                Some(service) if !has(service, &backend.port()) => format!(
                    "leads to port {} of svc/{name}, which has {}",
                    backend.port(),
                    ports(service)
                ),
                Some(service) if is_dead(snapshot, service) => {
                    let problem = format!("leads to svc/{name}, which has no ready endpoint");
                    findings.push(Finding::sure(subject.clone(), problem).consequence());
                    continue;
                }
                _ => continue,
            };
            findings.push(Finding::sure(subject.clone(), problem).next(Call::get("services")));
        }
    }
    findings
}

/// None of the pods that it selects is ready.
fn is_dead(snapshot: &Snapshot, service: &Service) -> bool {
    snapshot.pods.is_complete()
        && !service.spec.selector.is_empty()
        && !snapshot.pods_behind(service).any(Pod::is_ready)
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

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    fn objects(service: &str, port: &str) -> String {
        format!(
            "
kind: Ingress
metadata: {{name: front}}
spec: {{rules: [{{http: {{paths: [{{backend: {{service: {{name: {service}, port: {{number: {port}}}}}}}}}]}}}}]}}
---
{{kind: Service, metadata: {{name: web}}, spec: {{ports: [{{name: http, port: 80}}]}}}}
"
        )
    }

    #[test]
    fn a_service_that_does_not_exist_is_told_with_the_nearest() {
        expect![[r"
            [sure] ingress/front: leads to Service wbe, which does not exist; there is web
        "]]
        .assert_eq(&says(&RULE, &objects("wbe", "80")));
    }

    #[test]
    fn a_service_without_a_ready_pod_is_a_consequence_of_something_else() {
        let objects =
            objects("web", "80").replace("spec: {ports", "spec: {selector: {app: web}, ports");
        expect![[r"
            > [sure] ingress/front: leads to svc/web, which has no ready endpoint
        "]]
        .assert_eq(&says(&RULE, &objects));
    }

    #[test]
    fn a_port_that_the_service_lacks_is_told_with_those_it_has() {
        expect![[r"
            [sure] ingress/front: leads to port 8080 of svc/web, which has 80 (http)
        "]]
        .assert_eq(&says(&RULE, &objects("web", "8080")));
        assert_eq!(says(&RULE, &objects("web", "80")), "");
    }
}
