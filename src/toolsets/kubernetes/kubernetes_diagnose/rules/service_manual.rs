//! A Service without a selector, for which nobody has written endpoints, or none that is ready.

use super::Rule;
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding},
    model::{Named, Service},
    snapshot::Snapshot,
    subject::{Kind, Subject},
};

pub(super) const RULE: Rule = Rule { name: "service_manual", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    if !snapshot.slices.is_complete() {
        return Vec::new();
    }
    let manual = snapshot.services.iter().filter(|it| it.is_manual());
    manual.filter_map(|it| tell(snapshot, it)).collect()
}

fn tell(snapshot: &Snapshot, service: &Service) -> Option<Finding> {
    let endpoints: Vec<bool> = snapshot.endpoints_of(service).collect();
    if endpoints.iter().any(|it| *it) {
        return None;
    }
    let problem = match endpoints.len() {
        0 => "has no selector, and nobody has written endpoints for it".to_owned(),
        1 => {
            "has no selector, and the one endpoint that was written for it is not ready".to_owned()
        }
        many => {
            format!(
                "has no selector, and none of the {many} endpoints that were written for it is ready"
            )
        }
    };
    let subject = Subject::new(Kind::Service, service.name());
    let arguments = serde_json::json!({
        "resource": "endpointslices",
        "label_selector": format!("kubernetes.io/service-name={}", service.name()),
    });
    Some(Finding::sure(subject, problem).next(Call { tool: "kubectl_get", arguments }))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    const SERVICE: &str =
        "{kind: Service, metadata: {name: db}, spec: {ports: [{port: 5432}]}}\n---\n";

    fn slice(endpoints: &str) -> String {
        format!(
            "{SERVICE}{{kind: EndpointSlice, metadata: {{name: db-1, labels: {{kubernetes.io/service-name: db}}}}, endpoints: {endpoints}}}"
        )
    }

    #[test]
    fn one_that_nobody_wrote_endpoints_for_leads_nowhere() {
        expect![[r"
            [sure] svc/db: has no selector, and nobody has written endpoints for it
        "]]
        .assert_eq(&says(&RULE, SERVICE));
        assert_eq!(says(&RULE, &slice("null")), says(&RULE, SERVICE));
    }

    #[test]
    fn endpoints_that_are_not_ready_are_told_and_one_that_does_not_say_is_ready() {
        expect![[r"
            [sure] svc/db: has no selector, and the one endpoint that was written for it is not ready
        "]]
        .assert_eq(&says(&RULE, &slice("[{addresses: [10.0.0.1], conditions: {ready: false}}]")));
        assert_eq!(
            says(&RULE, &slice("[{conditions: {ready: false}}, {addresses: [10.0.0.1]}]")),
            ""
        );
    }

    #[test]
    fn another_name_for_something_outside_needs_no_endpoints() {
        let external = "{kind: Service, metadata: {name: db}, spec: {type: ExternalName}}";
        assert_eq!(says(&RULE, external), "");
    }
}
