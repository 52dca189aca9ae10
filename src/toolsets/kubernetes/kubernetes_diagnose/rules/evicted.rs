//! Pods that their node has thrown out.

use super::{Rule, seen::seen};
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding},
    model::Pod,
    snapshot::Snapshot,
    subject::{Kind, Subject},
};

pub(super) const RULE: Rule = Rule { name: "evicted", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let evicted = seen(snapshot, |pod| {
        let reason = pod.status.reason.as_str();
        (pod.status.phase == "Failed" && reason == "Evicted").then_some(reason)
    });
    let tell = |it: &super::seen::Seen<'_, &str>| {
        let pod = it.pod()?;
        let node = pod.spec.node_name.as_str();
        let next = Call::diagnose(&Subject::new(Kind::Node, node));
        let problem = format!("node {node} has evicted {} of its pods", it.pods.len());
        let has_others = snapshot.pods_of(&it.subject).any(Pod::is_ready);
        let finding = if has_others {
            Finding::possible(it.subject.clone(), problem)
        } else {
            Finding::sure(it.subject.clone(), problem)
        };
        Some(finding.said(&pod.status.message).next(next))
    };
    evicted.iter().filter_map(tell).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    #[test]
    fn an_eviction_is_told_with_the_nodes_words() {
        let objects = "
kind: Pod
metadata: {name: web-1}
spec: {nodeName: n1}
status: {phase: Failed, reason: Evicted, message: 'The node was low on resource: memory.'}
";
        expect![[r"
            [sure] pod/web-1: node n1 has evicted 1 of its pods
              The node was low on resource: memory.
        "]]
        .assert_eq(&says(&RULE, objects));
    }
}
