//! A volume cannot be attached or mounted, for another reason than a missing `ConfigMap` or Secret; or a pod's sandbox
//! cannot be made.

use super::{Rule, seen::seen};
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding},
    snapshot::Snapshot,
};

pub(super) const RULE: Rule = Rule { name: "volume_mount", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let failing = seen(snapshot, |pod| {
        let is_starting = pod.is_placed() && pod.is_troubled() && pod.status.phase == "Pending";
        let reasons = ["FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox"];
        let event = snapshot.event(pod, &reasons).filter(|_| is_starting)?;
        // A ConfigMap or Secret that is missing has its own rule.
        let is_held = event.message.contains("configmap") || event.message.contains("secret ");
        (!is_held).then_some(event.reason.as_str())
    });
    let tell = |it: &super::seen::Seen<'_, &str>| {
        let pod = it.pod()?;
        let what = match it.what {
            "FailedAttachVolume" => "a volume cannot be attached to its node",
            "FailedMount" => "a volume cannot be mounted",
            _ => "its sandbox cannot be made: see the network plugin and the runtime of the node",
        };
        Some(
            Finding::likely(it.subject.clone(), format!("{what}{}", it.count()))
                .event(snapshot.event(pod, &[it.what]))
                .next(Call::fields(&it.pod_name(), &["spec.volumes", "spec.nodeName"])),
        )
    };
    failing.iter().filter_map(tell).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    #[test]
    fn a_volume_that_another_node_holds_is_told() {
        let objects = "
kind: Pod
metadata: {name: web-1}
spec: {nodeName: n1}
status: {phase: Pending, containerStatuses: [{name: app, state: {waiting: {reason: ContainerCreating}}}]}
---
kind: Event
involvedObject: {kind: Pod, name: web-1}
reason: FailedAttachVolume
message: Multi-Attach error
";
        expect![[r"
            [likely] pod/web-1: a volume cannot be attached to its node
              event FailedAttachVolume: Multi-Attach error
        "]]
        .assert_eq(&says(&RULE, objects));
    }
}
