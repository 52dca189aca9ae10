//! A container ends again and again, for no reason that another rule knows.

use super::{
    Rule,
    crash::{self, Crash},
    seen::{Seen, seen},
};
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding},
    model::{ContainerStatus, Job, Pod},
    snapshot::Snapshot,
};

/// Lines of its log that are shown.
const LINES: usize = 4;

pub(super) const RULE: Rule = Rule { name: "crash_loop", look };

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let crashing = seen(snapshot, |pod| {
        // A Job that has failed has a rule of its own.
        if snapshot.job_of(pod).is_some_and(Job::has_ended) {
            return None;
        }
        let container = crash::first(snapshot, pod, Crash::Other)?;
        // Init containers have a rule of their own.
        let is_init = pod.status.init_container_statuses.iter().any(|it| it.name == container.name);
        (!is_init).then_some(container.name.as_str())
    });
    crashing.iter().filter_map(|it| tell(snapshot, it)).collect()
}

fn tell(snapshot: &Snapshot, crashing: &Seen<'_, &str>) -> Option<Finding> {
    let pod = crashing.pod()?;
    let name = crashing.what;
    let container = pod.statuses().find(|it| it.name == name)?;
    let problem = format!("container {name} {}{}", ended(container), crashing.count());
    let finding = Finding::sure(crashing.subject.clone(), problem);
    Some(with_words(snapshot, finding, pod, container))
}

/// `crashes: exit code 1, 5 restarts`
pub(super) fn ended(container: &ContainerStatus) -> String {
    let code = container.last_end().map_or_else(String::new, |it| match it.exit_code {
        137 => ": exit code 137 (killed)".to_owned(),
        139 => ": exit code 139 (segmentation fault)".to_owned(),
        143 => ": exit code 143 (terminated)".to_owned(),
        code => format!(": exit code {code}"),
    });
    match container.restart_count {
        0 => format!("ends{code}"),
        1 => format!("crashes{code}, 1 restart"),
        restarts => format!("crashes{code}, {restarts} restarts"),
    }
}

/// What the container said itself.
pub(super) fn with_words(
    snapshot: &Snapshot,
    finding: Finding,
    pod: &Pod,
    container: &ContainerStatus,
) -> Finding {
    let message = container.last_end().map_or("", |it| it.message.as_str());
    let previous = container.state.terminated.is_none();
    finding.said(message).log(snapshot.log(pod, &container.name), LINES).next(Call::logs(
        &format!("pod/{}", pod.metadata.name),
        &container.name,
        previous,
    ))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    #[test]
    fn a_container_that_crashes_is_told_with_its_code_and_last_words() {
        let objects = "
kind: Pod
metadata: {name: web-1}
status:
  phase: Running
  containerStatuses:
  - name: app
    restartCount: 5
    state: {waiting: {reason: CrashLoopBackOff}}
    lastState: {terminated: {reason: Error, exitCode: 1}}
---
{kind: Log, pod: web-1, container: app, lines: [starting, 'panic: no database']}
";
        expect![[r"
            [sure] pod/web-1: container app crashes: exit code 1, 5 restarts
              log: starting
              log: panic: no database
        "]]
        .assert_eq(&says(&RULE, objects));
    }

    #[test]
    fn a_container_that_restarted_once_and_runs_is_no_finding() {
        let objects = "
kind: Pod
metadata: {name: web-1}
status:
  phase: Running
  containerStatuses:
  - {name: app, ready: true, restartCount: 1, state: {running: {}}, lastState: {terminated: {exitCode: 1}}}
";
        assert_eq!(says(&RULE, objects), "");
    }
}
