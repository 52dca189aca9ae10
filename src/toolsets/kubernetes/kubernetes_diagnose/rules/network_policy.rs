//! A `NetworkPolicy` selects pods that are in trouble: it may be why they cannot reach or be reached.

use super::{Rule, seen::seen};
use crate::toolsets::kubernetes::{
    few::few,
    kubernetes_diagnose::{
        finding::{Call, Finding},
        model::Named,
        snapshot::Snapshot,
    },
};

pub(super) const RULE: Rule = Rule { name: "network_policy", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let selected = seen(snapshot, |pod| {
        if pod.status.phase != "Running" || pod.is_ready() || pod.is_deleted() {
            return None;
        }
        let policies = snapshot.network_policies.iter();
        let selects = policies.filter(|it| it.spec.pod_selector.matches(&pod.metadata.labels));
        let names: Vec<&str> = selects.map(Named::name).collect();
        (!names.is_empty()).then_some(names)
    });
    let tell = |it: &super::seen::Seen<'_, Vec<&str>>| {
        let names = &it.what;
        let all = snapshot.network_policies.iter();
        let types =
            all.filter(|it| names.contains(&it.name())).flat_map(|it| &it.spec.policy_types);
        let mut types: Vec<&str> = types.map(String::as_str).collect();
        types.sort_unstable();
        types.dedup();
        let problem = format!(
            "NetworkPolicy {} limits its {}{}",
            few(names, 3),
            types.join(" and ").to_lowercase(),
            it.count()
        );
        let next = Call::fields("networkpolicies", &["spec"]);
        Finding::possible(it.subject.clone(), problem).next(next)
    };
    selected.iter().map(tell).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    #[test]
    fn a_policy_that_selects_a_pod_in_trouble_is_a_possible_cause() {
        let objects = "
kind: NetworkPolicy
metadata: {name: deny}
spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress, Egress]}
---
{kind: Pod, metadata: {name: web-1, labels: {app: web}}, status: {phase: Running}}
---
{kind: Pod, metadata: {name: db-1, labels: {app: db}}, status: {phase: Running}}
";
        expect![[r"
            [possible] pod/web-1: NetworkPolicy deny limits its egress and ingress
        "]]
        .assert_eq(&says(&RULE, objects));
    }
}
