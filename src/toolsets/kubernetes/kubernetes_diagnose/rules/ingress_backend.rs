//! An Ingress leads to a Service, or a port of one, that does not exist.

use super::{Rule, backend::backend};
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::Finding,
    model::{Ingress, Named},
    snapshot::Snapshot,
    subject::{Kind, Subject},
};

pub(super) const RULE: Rule = Rule { name: "ingress_backend", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    snapshot.ingresses.iter().flat_map(|it| tell(snapshot, it)).collect()
}

fn tell(snapshot: &Snapshot, ingress: &Ingress) -> Vec<Finding> {
    let subject = Subject::new(Kind::Ingress, ingress.name());
    let backends = ingress.backends().into_iter();
    backends.filter_map(|it| backend(snapshot, &subject, &it.name, &it.port())).collect()
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
---
{{kind: EndpointSlice, metadata: {{labels: {{kubernetes.io/service-name: web}}}}, endpoints: [{{}}]}}
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
