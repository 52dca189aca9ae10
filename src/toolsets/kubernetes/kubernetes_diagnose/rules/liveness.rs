//! The kubelet kills a container again and again, because its liveness or startup probe fails.

use super::{
    Rule,
    crash::{self, Crash},
    readiness::{ports, strange_port},
    seen::seen,
};
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding},
    snapshot::Snapshot,
};

pub(super) const RULE: Rule = Rule { name: "liveness", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let killed =
        seen(snapshot, |pod| crash::first(snapshot, pod, Crash::Probe).map(|it| it.name.as_str()));
    let tell = |it: &super::seen::Seen<'_, &str>| {
        let pod = it.pod()?;
        let container = pod.spec.container(it.what)?;
        let restarts = pod.statuses().find(|status| status.name == it.what)?.restart_count;
        let probe = container.liveness_probe.as_ref().or(container.startup_probe.as_ref());
        let port = probe.and_then(|it| strange_port(&pod.spec, it));
        let port = port.map(|port| {
            format!(": it asks port {port}, which no container has; {}", ports(&pod.spec))
        });
        let problem = format!(
            "container {} is killed by its own liveness probe{}, {restarts} restarts{}",
            it.what,
            port.unwrap_or_default(),
            it.count()
        );
        Some(
            Finding::sure(it.subject.clone(), problem)
                .event(snapshot.event(pod, &["Unhealthy", "Killing"]))
                .next(Call::fields(&it.pod_name(), &["spec.containers[*].livenessProbe"])),
        )
    };
    killed.iter().filter_map(tell).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    #[test]
    fn a_container_that_the_kubelet_kills_is_not_told_to_crash() {
        let objects = "
kind: Pod
metadata: {name: web-1}
spec: {containers: [{name: app, livenessProbe: {tcpSocket: {port: 80}}}]}
status:
  phase: Running
  containerStatuses:
  - {name: app, restartCount: 7, state: {waiting: {reason: CrashLoopBackOff}}, lastState: {terminated: {exitCode: 137}}}
---
kind: Event
involvedObject: {kind: Pod, name: web-1, fieldPath: 'spec.containers{app}'}
reason: Unhealthy
message: 'Liveness probe failed: timeout'
";
        expect![[r"
            [sure] pod/web-1: container app is killed by its own liveness probe, 7 restarts
              event Unhealthy: Liveness probe failed: timeout
        "]]
        .assert_eq(&says(&RULE, objects));
        assert_eq!(says(&super::super::crash_loop::RULE, objects), "");
    }
}
