//! A `NetworkPolicy` selects pods that are in trouble: it may be why they cannot reach or be reached.

use super::{
    Rule,
    seen::{Seen, seen},
};
use crate::toolsets::kubernetes::{
    few::few,
    kubernetes_diagnose::{
        finding::{Call, Finding},
        model::{Named, NetworkPolicy, Pod},
        snapshot::Snapshot,
    },
};

pub(super) const RULE: Rule = Rule { name: "network_policy", look };

/// How programs tell that nobody answers, not even the name server.
const UNREACHED: [&str; 6] = [
    "timed out",
    "i/o timeout",
    "etimedout",
    "deadline exceeded",
    "temporary failure in name resolution",
    "eai_again",
];

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
    selected.iter().filter_map(|it| tell(snapshot, it)).collect()
}

fn tell(snapshot: &Snapshot, selected: &Seen<'_, Vec<&str>>) -> Option<Finding> {
    let (names, count) = (&selected.what, selected.count());
    let policies = || snapshot.network_policies.iter().filter(|it| names.contains(&it.name()));
    let next = Call::fields("networkpolicies", &["spec"]);
    let subject = selected.subject.clone();
    let line = unreached(snapshot, selected.pod()?);
    if let Some(line) = line.filter(|_| policies().all(NetworkPolicy::denies_egress)) {
        let problem = format!(
            "NetworkPolicy {} lets nothing out of it, and its log tells of somebody whom it does not reach{count}",
            few(names, 3)
        );
        return Some(Finding::likely(subject, problem).said(&format!("log: {line}")).next(next));
    }
    let mut types: Vec<&str> =
        policies().flat_map(|it| &it.spec.policy_types).map(String::as_str).collect();
    types.sort_unstable();
    types.dedup();
    let problem = format!(
        "NetworkPolicy {} limits its {}{count}",
        few(names, 3),
        types.join(" and ").to_lowercase()
    );
    Some(Finding::possible(subject, problem).next(next))
}

/// The last line of a container's log that tells of packets that got no answer.
fn unreached<'a>(snapshot: &'a Snapshot, pod: &Pod) -> Option<&'a str> {
    let containers = pod.spec.all_containers();
    let mut lines = containers.flat_map(|it| snapshot.log(pod, &it.name).iter().rev());
    lines
        .find(|it| UNREACHED.iter().any(|mark| it.to_lowercase().contains(mark)))
        .map(String::as_str)
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
    #[test]
    fn one_that_lets_nothing_out_of_a_pod_that_reaches_nobody_is_the_likely_cause() {
        let objects = "
{kind: NetworkPolicy, metadata: {name: deny}, spec: {podSelector: {}, policyTypes: [Ingress, Egress]}}
---
{kind: Pod, metadata: {name: web-1}, spec: {containers: [{name: app}]}, status: {phase: Running}}
---
{kind: Log, pod: web-1, container: app, lines: ['dial tcp 10.0.0.1:5432: i/o timeout', 'retrying']}
";
        expect![[r"
            [likely] pod/web-1: NetworkPolicy deny lets nothing out of it, and its log tells of somebody whom it does not reach
              log: dial tcp 10.0.0.1:5432: i/o timeout
        "]]
        .assert_eq(&says(&RULE, objects));
        let open = objects.replace("policyTypes", "egress: [{}], policyTypes");
        expect![[r"
            [possible] pod/web-1: NetworkPolicy deny limits its egress and ingress
        "]]
        .assert_eq(&says(&RULE, &open));
    }
}
