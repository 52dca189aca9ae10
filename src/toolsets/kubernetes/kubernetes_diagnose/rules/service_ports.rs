//! A Service leads to a port that no container of its pods has.

use super::{Rule, readiness::ports};
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding},
    model::{Named, PodSpec, Port, Service, ServicePort},
    snapshot::Snapshot,
    subject::{Kind, Subject},
};

pub(super) const RULE: Rule = Rule { name: "service_ports", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let services = snapshot.services.iter();
    services
        .flat_map(|it| it.spec.ports.iter().filter_map(|port| tell(snapshot, it, port)))
        .collect()
}

fn tell(snapshot: &Snapshot, service: &Service, port: &ServicePort) -> Option<Finding> {
    let mut specs = snapshot.pods_behind(service).map(|it| &it.spec).peekable();
    let first = *specs.peek()?;
    let target = port.target();
    if specs.any(|it| has(it, &target)) {
        return None;
    }
    let declares_none = first.serving().all(|it| it.ports.is_empty());
    let subject = Subject::new(Kind::Service, service.name());
    let told = format!(
        "port {} leads to {target}, which no container of its pods has; {}",
        port.port,
        ports(first)
    );
    let finding = match target {
        Port::Name(_) => Finding::sure(subject, told),
        // Declaring ports is a courtesy: one that is not declared may still be served.
        Port::Number(_) if declares_none => return None,
        Port::Number(_) => Finding::likely(subject, told),
    };
    Some(finding.next(Call::fields(&format!("svc/{}", service.name()), &["spec.ports"])))
}

fn has(spec: &PodSpec, target: &Port) -> bool {
    spec.serving().flat_map(|it| &it.ports).any(|it| match target {
        Port::Number(number) => it.container_port == *number,
        Port::Name(name) => it.name == *name,
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    fn objects(target: &str, ports: &str) -> String {
        format!(
            "
kind: Service
metadata: {{name: web}}
spec: {{selector: {{app: web}}, ports: [{{port: 80, targetPort: {target}}}]}}
---
kind: Pod
metadata: {{name: web-1, labels: {{app: web}}}}
spec: {{containers: [{{name: app, ports: {ports}}}]}}
status: {{phase: Running}}
"
        )
    }

    const HTTP: &str = "[{name: http, containerPort: 8080}]";

    #[test]
    fn a_name_that_no_container_has_is_surely_wrong() {
        expect![[r"
            [sure] svc/web: port 80 leads to web, which no container of its pods has; the containers have 8080 (http)
        "]]
        .assert_eq(&says(&RULE, &objects("web", HTTP)));
    }

    #[test]
    fn a_number_that_is_not_declared_is_only_likely_wrong() {
        assert!(says(&RULE, &objects("3000", HTTP)).starts_with("[likely]"));
        assert_eq!(says(&RULE, &objects("3000", "[]")), "");
    }

    #[test]
    fn the_right_name_and_the_right_number_are_no_findings() {
        assert_eq!(says(&RULE, &objects("http", HTTP)), "");
        assert_eq!(says(&RULE, &objects("8080", HTTP)), "");
    }
}
