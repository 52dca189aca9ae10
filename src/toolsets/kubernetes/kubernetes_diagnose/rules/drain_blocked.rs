//! A node that cannot be emptied: budgets let none of the pods on it go.

use super::Rule;
use crate::toolsets::kubernetes::{
    few::few,
    kubernetes_diagnose::{
        finding::{Call, Finding},
        model::{Budget, Named, Pod},
        snapshot::Snapshot,
        subject::{Kind, Subject},
    },
};

pub(super) const RULE: Rule = Rule { name: "drain_blocked", look };

/// Budgets that are named.
const NAMED: usize = 3;

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let blocking: Vec<&Budget> = snapshot
        .node_budgets
        .iter()
        .filter(|budget| budget.status.disruptions_allowed == 0)
        .filter(|budget| snapshot.node_pods.iter().any(|pod| holds(budget, pod)))
        .collect();
    let (Some(node), Some(first)) = (snapshot.nodes.first(), blocking.first()) else {
        return Vec::new();
    };
    let told: Vec<String> = blocking.iter().map(|it| told(it)).collect();
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    let told = format!("PodDisruptionBudget {} lets no pod on it go", few(&told, NAMED));
    let subject = Subject::new(Kind::Node, node.name());
    let finding = if node.spec.unschedulable {
        Finding::sure(subject, format!("cannot be drained: {told}"))
    } else {
        Finding::possible(subject, format!("could not be drained: {told}"))
    };
    let arguments = serde_json::json!({
        "resource": format!("pdb/{}", first.name()), "namespace": first.metadata.namespace,
    });
    vec![finding.next(Call { tool: "kubectl_get", arguments })]
}

/// Whether an eviction of the pod would be refused. A drain passes over pods of a `DaemonSet` and of the node itself.
fn holds(budget: &Budget, pod: &Pod) -> bool {
    let is_passed_over = pod
        .metadata
        .controller()
        .is_some_and(|it| matches!(it.kind.as_str(), "DaemonSet" | "Node"));
    !is_passed_over
        && !pod.has_ended()
        && !pod.is_deleted()
        && pod.metadata.namespace == budget.metadata.namespace
        && budget.spec.selector.matches(&pod.metadata.labels)
}

/// `shop/web (1 of 1 healthy, wants 1)`
fn told(budget: &Budget) -> String {
    let status = &budget.status;
    format!(
        "{}/{} ({} of {} healthy, wants {})",
        budget.metadata.namespace,
        budget.name(),
        status.current_healthy,
        status.expected_pods,
        status.desired_healthy
    )
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{
        super::testing::{snapshot, told},
        *,
    };

    fn node(objects: &str) -> String {
        let mut snapshot = snapshot(objects);
        snapshot.node_pods = std::mem::take(&mut snapshot.pods);
        snapshot.node_budgets = std::mem::take(&mut snapshot.budgets);
        told(&RULE, &snapshot)
    }

    const NODE: &str = "
{kind: Node, metadata: {name: n1}, spec: {unschedulable: true}}
---
{kind: Pod, metadata: {name: web-1, namespace: shop, labels: {app: web}}, spec: {nodeName: n1}}
---
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec: {selector: {matchLabels: {app: web}}}
status: {disruptionsAllowed: 0, expectedPods: 1, currentHealthy: 1, desiredHealthy: 1}
";

    #[test]
    fn a_drain_waits_for_a_budget_that_lets_no_pod_go() {
        expect![[r"
            [sure] node/n1: cannot be drained: PodDisruptionBudget shop/web (1 of 1 healthy, wants 1) lets no pod on it go
        "]]
        .assert_eq(&node(NODE));
        expect![[r"
            [possible] node/n1: could not be drained: PodDisruptionBudget shop/web (1 of 1 healthy, wants 1) lets no pod on it go
        "]]
        .assert_eq(&node(&NODE.replace("unschedulable: true", "unschedulable: false")));
    }

    #[test]
    fn budgets_of_others_and_pods_that_a_drain_passes_over_hold_nothing() {
        assert_eq!(
            node(&NODE.replace("name: web, namespace: shop", "name: web, namespace: bank")),
            ""
        );
        assert_eq!(node(&NODE.replace("disruptionsAllowed: 0", "disruptionsAllowed: 1")), "");
        let owned = "labels: {app: web}, ownerReferences: [{kind: DaemonSet, name: web, controller: true}]}, spec";
        assert_eq!(node(&NODE.replace("labels: {app: web}}, spec", owned)), "");
    }
}
