//! The kernel killed a container for using more memory than its limit.

use super::{
    Rule,
    crash::{self, Crash},
    crash_loop::with_words,
    seen::seen,
};
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding, word},
    model::Pod,
    snapshot::Snapshot,
};

pub(super) const RULE: Rule = Rule { name: "out_of_memory", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let killed = seen(snapshot, |pod| {
        crash::first(snapshot, pod, Crash::OutOfMemory).map(|it| it.name.as_str())
    });
    let tell = |it: &super::seen::Seen<'_, &str>| {
        let pod = it.pod()?;
        let container = pod.statuses().find(|status| status.name == it.what)?;
        let restarts = container.restart_count;
        let problem = format!(
            "container {} is killed for want of memory (OOMKilled), {}, {restarts} restarts{}",
            it.what,
            limit(pod, it.what),
            it.count()
        );
        let finding = Finding::sure(it.subject.clone(), problem);
        let finding = with_words(snapshot, finding, pod, container);
        Some(finding.next(Call::fields(&it.pod_name(), &["spec.containers[*].resources"])))
    };
    killed.iter().filter_map(tell).collect()
}

fn limit(pod: &Pod, container: &str) -> String {
    let limit = pod.spec.container(container).and_then(|it| it.resources.limits.get("memory"));
    limit.map_or_else(
        || "without a limit of its own: the node had no more".to_owned(),
        |it| format!("limit {}", word(it)),
    )
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    #[test]
    fn the_limit_that_was_passed_is_told() {
        let objects = "
kind: Pod
metadata: {name: web-1}
spec: {containers: [{name: app, resources: {limits: {memory: 64Mi}}}]}
status:
  phase: Running
  containerStatuses:
  - name: app
    restartCount: 3
    state: {waiting: {reason: CrashLoopBackOff}}
    lastState: {terminated: {reason: OOMKilled, exitCode: 137}}
";
        expect![[r"
            [sure] pod/web-1: container app is killed for want of memory (OOMKilled), limit 64Mi, 3 restarts
        "]]
        .assert_eq(&says(&RULE, objects));
    }
}
