//! An init container fails, so that the others never start.

use super::{
    Rule,
    crash::{self, Crash},
    crash_loop::{ended, with_words},
    seen::seen,
};
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::Finding, model::Pod, snapshot::Snapshot,
};

pub(super) const RULE: Rule = Rule { name: "init_container", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let failing = seen(snapshot, |pod| failing(snapshot, pod));
    let tell = |it: &super::seen::Seen<'_, &str>| {
        let pod = it.pod()?;
        let container = pod.statuses().find(|status| status.name == it.what)?;
        let problem = format!(
            "init container {} {}; the other containers wait for it{}",
            it.what,
            ended(container),
            it.count()
        );
        Some(with_words(snapshot, Finding::sure(it.subject.clone(), problem), pod, container))
    };
    failing.iter().filter_map(tell).collect()
}

fn failing<'a>(snapshot: &Snapshot, pod: &'a Pod) -> Option<&'a str> {
    let container = crash::first(snapshot, pod, Crash::Other)?;
    let mut init = pod.status.init_container_statuses.iter();
    init.any(|it| it.name == container.name).then_some(container.name.as_str())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    #[test]
    fn the_init_container_is_told_and_not_those_that_wait() {
        let objects = "
kind: Pod
metadata: {name: web-1}
status:
  phase: Pending
  initContainerStatuses:
  - {name: migrate, restartCount: 4, state: {waiting: {reason: CrashLoopBackOff}}, lastState: {terminated: {exitCode: 2}}}
  containerStatuses: [{name: app, state: {waiting: {reason: PodInitializing}}}]
";
        expect![[r"
            [sure] pod/web-1: init container migrate crashes: exit code 2, 4 restarts; the other containers wait for it
        "]]
        .assert_eq(&says(&RULE, objects));
    }
}
