//! An `HTTPRoute` that leads nowhere, is attached to nothing, or that its Gateway does not accept.

use super::{Rule, backend::backend};
use crate::{
    nearest::nearest,
    toolsets::kubernetes::kubernetes_diagnose::{
        finding::{Call, Finding, word},
        model::{Named, ParentStatus, Port, Route, condition},
        snapshot::Snapshot,
        subject::{Kind, Subject},
    },
};

pub(super) const RULE: Rule = Rule { name: "http_route", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    snapshot.routes.iter().flat_map(|it| tell(snapshot, it)).collect()
}

fn tell(snapshot: &Snapshot, route: &Route) -> Vec<Finding> {
    let subject = Subject::new(Kind::Route, route.name());
    let port = |it: Option<u16>| Port::Number(it.unwrap_or_default());
    let backends = route.backends().into_iter();
    let mut findings: Vec<Finding> =
        backends.filter_map(|it| backend(snapshot, &subject, &it.name, &port(it.port))).collect();
    let gateways = route.gateways().into_iter().map(|it| it.name.as_str());
    let missing = gateways.filter(|it| snapshot.gateways.lacks(it));
    findings.extend(missing.map(|it| without_gateway(snapshot, &subject, it)));
    let is_explained = !findings.is_empty();
    let refusals = route.status.parents.iter().flat_map(|it| refusals(&subject, it));
    // Where the reason was seen in the objects themselves, the controller only repeats it.
    findings.extend(refusals.map(|it| if is_explained { it.consequence() } else { it }));
    if findings.is_empty() && route.status.parents.is_empty() && !route.gateways().is_empty() {
        let problem = "no controller has answered for it: does that of its Gateway run?";
        findings.push(Finding::likely(subject, problem).next(Call::get("gateways,gatewayclasses")));
    }
    findings
}

fn without_gateway(snapshot: &Snapshot, subject: &Subject, name: &str) -> Finding {
    let known = snapshot.gateways.iter().map(Named::name);
    let hint = nearest(name, known).map(|it| format!("; there is {it}")).unwrap_or_default();
    let problem = format!("its Gateway {} does not exist{hint}", word(name));
    Finding::sure(subject.clone(), problem).next(Call::get("gateways"))
}

fn refusals(subject: &Subject, parent: &ParentStatus) -> Vec<Finding> {
    let gateway = word(&parent.parent_ref.name);
    let kinds = [
        ("Accepted", format!("Gateway {gateway} does not accept it")),
        ("ResolvedRefs", format!("Gateway {gateway} cannot resolve what it leads to")),
    ];
    let refusal = |(kind, problem): (&str, String)| {
        let refused = condition(&parent.conditions, kind, "False")?;
        let problem = format!("{problem}: {}", word(&refused.reason));
        let next = Call::fields(&subject.to_string(), &["spec", "status.parents"]);
        Some(Finding::sure(subject.clone(), problem).said(&refused.message).next(next))
    };
    kinds.into_iter().filter_map(refusal).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    fn objects(service: &str, port: &str, gateway: &str, conditions: &str) -> String {
        format!(
            "
kind: HTTPRoute
metadata: {{name: front}}
spec: {{parentRefs: [{{name: {gateway}}}], rules: [{{backendRefs: [{{name: {service}, port: {port}}}]}}]}}
status: {{parents: [{{parentRef: {{name: {gateway}}}, conditions: [{conditions}]}}]}}
---
{{kind: Service, metadata: {{name: web}}, spec: {{type: ExternalName, ports: [{{name: http, port: 80}}]}}}}
---
{{kind: Gateway, metadata: {{name: edge}}}}
"
        )
    }

    #[test]
    fn a_route_that_leads_to_nothing_is_told_with_what_there_is() {
        expect![[r"
            [sure] httproute/front: leads to Service wbe, which does not exist; there is web
        "]]
        .assert_eq(&says(&RULE, &objects("wbe", "80", "edge", "")));
        expect![[r"
            [sure] httproute/front: leads to port 8080 of svc/web, which has 80 (http)
        "]]
        .assert_eq(&says(&RULE, &objects("web", "8080", "edge", "")));
        expect![[r"
            [sure] httproute/front: its Gateway edg does not exist; there is edge
        "]]
        .assert_eq(&says(&RULE, &objects("web", "80", "edg", "")));
        assert_eq!(says(&RULE, &objects("web", "80", "edge", "")), "");
    }

    #[test]
    fn what_the_gateway_refuses_is_told_in_its_words_and_only_as_a_consequence_of_what_is_seen() {
        let refused = "{type: Accepted, status: 'False', reason: NotAllowedByListeners, message: no listener allows it}";
        expect![[r"
            [sure] httproute/front: Gateway edge does not accept it: NotAllowedByListeners
              no listener allows it
        "]]
        .assert_eq(&says(&RULE, &objects("web", "80", "edge", refused)));
        let unresolved = "{type: ResolvedRefs, status: 'False', reason: BackendNotFound}";
        expect![[r"
            [sure] httproute/front: leads to Service wbe, which does not exist; there is web
            > [sure] httproute/front: Gateway edge cannot resolve what it leads to: BackendNotFound
        "]]
        .assert_eq(&says(&RULE, &objects("wbe", "80", "edge", unresolved)));
    }

    #[test]
    fn a_route_that_no_controller_has_seen_is_likely_without_one() {
        let objects =
            objects("web", "80", "edge", "").replace("status: {parents", "other: {parents");
        expect![[r"
            [likely] httproute/front: no controller has answered for it: does that of its Gateway run?
        "]]
        .assert_eq(&says(&RULE, &objects));
    }

    #[test]
    fn what_is_in_another_namespace_cannot_be_missed() {
        let objects = objects("wbe, namespace: bank", "80", "edge", "");
        assert_eq!(says(&RULE, &objects), "");
    }
}
