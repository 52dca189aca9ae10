//! A `PodDisruptionBudget` that lets no pod go, so that drains of nodes hang.

use super::Rule;
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding},
    model::{Budget, Named},
    snapshot::Snapshot,
    subject::{Kind, Subject},
};

pub(super) const RULE: Rule = Rule { name: "disruption_budget", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let blocking = snapshot
        .budgets
        .iter()
        .filter(|it| it.status.disruptions_allowed == 0 && it.status.expected_pods > 0);
    blocking.map(|it| tell(snapshot, it)).collect()
}

fn tell(snapshot: &Snapshot, budget: &Budget) -> Finding {
    let subject = Subject::new(Kind::Budget, budget.name());
    let status = &budget.status;
    let told = format!(
        "allows no disruption: {} of {} pods are healthy and it wants {}",
        status.current_healthy, status.expected_pods, status.desired_healthy
    );
    // Pods that are unhealthy have a cause of their own.
    if status.current_healthy < status.desired_healthy {
        return Finding::sure(subject, format!("{told}; drains of nodes wait")).consequence();
    }
    let selector = &budget.spec.selector;
    let chosen = snapshot.pods.iter().filter(|it| selector.matches(&it.metadata.labels));
    let cordoned = chosen.filter_map(|it| snapshot.nodes.named(&it.spec.node_name));
    let cordoned = cordoned.filter(|it| it.spec.unschedulable).map(Named::name).next();
    let next = Call::get(&format!("pdb/{}", budget.name()));
    match cordoned {
        Some(node) => {
            Finding::likely(subject, format!("{told}; the drain of node {node} waits for it"))
        }
        None => Finding::possible(subject, format!("{told}; a drain of a node would hang")),
    }
    .next(next)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    const BUDGET: &str = "
kind: PodDisruptionBudget
metadata: {name: web}
spec: {selector: {matchLabels: {app: web}}}
status: {disruptionsAllowed: 0, expectedPods: 1, currentHealthy: 1, desiredHealthy: 1}
---
{kind: Pod, metadata: {name: web-1, labels: {app: web}}, spec: {nodeName: n1}}
";

    #[test]
    fn a_budget_that_allows_nothing_is_possible_trouble() {
        expect![[r"
            [possible] pdb/web: allows no disruption: 1 of 1 pods are healthy and it wants 1; a drain of a node would hang
        "]]
        .assert_eq(&says(&RULE, BUDGET));
    }

    #[test]
    fn while_a_node_is_drained_it_is_likely_the_trouble() {
        let objects = format!(
            "{BUDGET}---\n{{kind: Node, metadata: {{name: n1}}, spec: {{unschedulable: true}}}}"
        );
        assert!(says(&RULE, &objects).contains("the drain of node n1 waits for it"));
    }
}
