//! A `DaemonSet` that runs on no node.

use super::{Rule, service_endpoints::written};
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding},
    model::{Named, Workload, has_all},
    snapshot::Snapshot,
    subject::{Kind, Subject},
};

pub(super) const RULE: Rule = Rule { name: "daemon_set_gap", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let idle = snapshot.daemon_sets.iter().filter(|it| it.status.desired_number_scheduled == 0);
    idle.filter_map(|it| tell(snapshot, it)).collect()
}

fn tell(snapshot: &Snapshot, set: &Workload) -> Option<Finding> {
    if !snapshot.nodes.is_complete() || snapshot.nodes.is_empty() {
        return None;
    }
    let selector = &set.spec.template.spec.node_selector;
    let chosen = snapshot.nodes.iter().filter(|it| has_all(&it.metadata.labels, selector)).count();
    let of = snapshot.nodes.len();
    let problem = if chosen == 0 {
        format!("runs on no node: its node selector {} matches none of {of}", written(selector))
    } else {
        format!(
            "runs on no node: {chosen} of {of} match its node selector, and their taints or its affinity exclude them"
        )
    };
    let arguments =
        serde_json::json!({ "resource": "nodes", "columns": ["labels", "spec.taints"] });
    let next = Call { tool: "kubectl_get", arguments };
    Some(Finding::sure(Subject::new(Kind::DaemonSet, set.name()), problem).next(next))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    #[test]
    fn a_selector_that_no_node_has_is_told() {
        let objects = "
{kind: DaemonSet, metadata: {name: agent}, spec: {template: {spec: {nodeSelector: {disk: ssd}}}}}
---
{kind: Node, metadata: {name: n1}}
";
        expect![[r"
            [sure] ds/agent: runs on no node: its node selector disk=ssd matches none of 1
        "]]
        .assert_eq(&says(&RULE, objects));
    }
}
