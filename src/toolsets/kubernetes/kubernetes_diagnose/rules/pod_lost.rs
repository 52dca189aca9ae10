//! Pods whose node does not answer any more, and pods that should be gone.

use super::{Rule, seen::seen};
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding},
    model::Pod,
    snapshot::Snapshot,
    subject::{Kind, Subject},
};

pub(super) const RULE: Rule = Rule { name: "pod_lost", look };

/// Longer than that after its grace period, a pod should be gone.
const OVERDUE: i64 = 60;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Lost<'a> {
    /// Its node is not ready, or is gone.
    Unknown(&'a str),
    Terminating,
}

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let lost = seen(snapshot, |pod| lost(snapshot, pod));
    let tell = |it: &super::seen::Seen<'_, Lost<'_>>| {
        let next = Call::get(&it.pod_name());
        match it.what {
            Lost::Unknown(node) => {
                let is_gone = snapshot.nodes.lacks(node);
                let what =
                    if is_gone { "does not exist any more" } else { "does not answer for them" };
                let problem = format!("its node {node} {what}{}", it.count());
                let finding = Finding::sure(it.subject.clone(), problem);
                let next = Call::diagnose(&Subject::new(Kind::Node, node));
                // A node that is there has findings of its own.
                if is_gone { finding.next(next) } else { finding.consequence().next(next) }
            }
            Lost::Terminating => {
                let problem = format!(
                    "stays Terminating: its kubelet has not confirmed that it ended{}",
                    it.count()
                );
                Finding::likely(it.subject.clone(), problem).next(next)
            }
        }
    };
    lost.iter().map(tell).collect()
}

fn lost<'a>(snapshot: &Snapshot, pod: &'a Pod) -> Option<Lost<'a>> {
    let node = pod.spec.node_name.as_str();
    if pod.has_ended() || node.is_empty() {
        return None;
    }
    let is_silent = pod.condition("Ready", "Unknown").is_some()
        || matches!(pod.status.reason.as_str(), "NodeLost" | "NodeNotReady")
        || snapshot.nodes.named(node).is_some_and(|it| !it.is_ready());
    if is_silent || snapshot.nodes.lacks(node) {
        return Some(Lost::Unknown(node));
    }
    let deleted = pod.metadata.deletion_timestamp?;
    let is_overdue = snapshot.now.as_second() - deleted.as_second() > OVERDUE;
    (is_overdue && pod.metadata.finalizers.is_empty()).then_some(Lost::Terminating)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    #[test]
    fn a_pod_on_a_node_that_is_gone_is_lost() {
        let objects = "
{kind: Pod, metadata: {name: web-1}, spec: {nodeName: n9}, status: {phase: Running}}
---
{kind: Node, metadata: {name: n1}}
";
        expect![[r"
            [sure] pod/web-1: its node n9 does not exist any more
        "]]
        .assert_eq(&says(&RULE, objects));
    }

    #[test]
    fn a_pod_that_should_be_gone_is_told_and_one_that_is_just_ending_is_not() {
        let pod = |at: &str| {
            format!(
                "{{kind: Pod, metadata: {{name: a, deletionTimestamp: '2026-01-01T{at}Z'}}, spec: {{nodeName: n1}}, status: {{phase: Running}}}}\n---\n\
                 {{kind: Node, metadata: {{name: n1}}, status: {{conditions: [{{type: Ready, status: 'True'}}]}}}}"
            )
        };
        assert!(says(&RULE, &pod("11:50:00")).contains("stays Terminating"));
        assert_eq!(says(&RULE, &pod("11:59:30")), "");
    }
}
