//! Pod Security, a webhook or an admission policy refuses the pods of a workload.

use super::{
    Rule,
    refused::{Refusal, part, refused},
};
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding, word},
    snapshot::Snapshot,
};

pub(super) const RULE: Rule = Rule { name: "admission", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let kinds = [Refusal::PodSecurity, Refusal::Policy, Refusal::WebhookDown, Refusal::Other];
    let each = kinds.into_iter().flat_map(|kind| {
        refused(snapshot, kind).into_iter().map(move |it| tell(snapshot, kind, &it))
    });
    each.collect()
}

fn tell(snapshot: &Snapshot, kind: Refusal, refused: &super::refused::Refused<'_>) -> Finding {
    let message = refused.message;
    let webhook = || part(message, "webhook \"", &['"']).map(word).unwrap_or_default();
    match kind {
        Refusal::PodSecurity => {
            let level = part(message, "violates PodSecurity \"", &['"']).map(word);
            let level = level.unwrap_or_default();
            let namespace =
                Call::fields(&format!("ns/{}", snapshot.namespace), &["metadata.labels"]);
            refused.finding(&format!("they violate Pod Security {level}")).next(namespace)
        }
        Refusal::Policy if message.contains("ValidatingAdmissionPolicy") => {
            let name = part(message, "ValidatingAdmissionPolicy '", &['\'']).map(word);
            let name = name.unwrap_or_default();
            let next = Call::get(&format!("validatingadmissionpolicies/{name}"));
            refused.finding(&format!("ValidatingAdmissionPolicy {name} denies them")).next(next)
        }
        Refusal::Policy => {
            let next = Call::get("validatingwebhookconfigurations");
            refused.finding(&format!("admission webhook {} denies them", webhook())).next(next)
        }
        Refusal::WebhookDown => {
            let next = Call::get("validatingwebhookconfigurations,mutatingwebhookconfigurations");
            refused.finding(&format!("admission webhook {} does not answer", webhook())).next(next)
        }
        _ => refused.finding("the API server refuses them"),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::testing::says, *};

    fn event(message: &str) -> String {
        format!(
            "
kind: Event
involvedObject: {{kind: StatefulSet, name: db}}
reason: FailedCreate
message: '{message}'
"
        )
    }

    #[test]
    fn whoever_refuses_is_named() {
        let cases = [
            (
                r#"violates PodSecurity "restricted:latest": x"#,
                "they violate Pod Security restricted:latest",
            ),
            (
                r#"admission webhook "a.example" denied the request: no"#,
                "admission webhook a.example denies them",
            ),
            (
                r#"failed calling webhook "a.example": timeout"#,
                "admission webhook a.example does not answer",
            ),
            ("something new", "the API server refuses them"),
        ];
        for (message, told) in cases {
            let said = says(&RULE, &event(message));
            assert!(said.contains(&format!("sts/db: gets no new pods: {told}")), "{said}");
        }
        let policy =
            event("ValidatingAdmissionPolicy ''small'' with binding ''b'' denied request: x");
        assert!(says(&RULE, &policy).contains("ValidatingAdmissionPolicy small denies them"));
    }
}
