//! A container never ran: its command is no program of the image, or may not be executed.

use super::{
    Rule,
    crash::{self, Crash},
    seen::seen,
};
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding, word},
    model::Pod,
    snapshot::Snapshot,
};

pub(super) const RULE: Rule = Rule { name: "bad_command", look };

const REASONS: [&str; 4] =
    ["RunContainerError", "CreateContainerError", "PostStartHookError", "StartError"];

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let failing = seen(snapshot, |pod| failing(snapshot, pod));
    let tell = |it: &super::seen::Seen<'_, &str>| {
        let pod = it.pod()?;
        let container = pod.statuses().find(|status| status.name == it.what)?;
        let spec = pod.spec.container(it.what)?;
        let command = match spec.command.first() {
            Some(program) => format!("its command {}", word(program)),
            None => "the image's own command".to_owned(),
        };
        let problem = format!(
            "container {} cannot be started: {command} cannot be run in {}{}",
            it.what,
            word(&spec.image),
            it.count()
        );
        let end = container.last_end().map_or("", |it| it.message.as_str());
        let waiting = container.state.waiting.as_ref().map_or("", |it| it.message.as_str());
        let fields = ["spec.containers[*].command", "spec.containers[*].image"];
        Some(
            Finding::sure(it.subject.clone(), problem)
                .said(if end.is_empty() { waiting } else { end })
                .event(snapshot.event(pod, &["Failed"]))
                .next(Call::fields(&it.pod_name(), &fields)),
        )
    };
    failing.iter().filter_map(tell).collect()
}

fn failing<'a>(snapshot: &Snapshot, pod: &'a Pod) -> Option<&'a str> {
    let mut waiting = pod.waiting().filter(|it| REASONS.contains(&it.1.reason.as_str()));
    let waiting = waiting.next().map(|it| it.0);
    waiting.or_else(|| crash::first(snapshot, pod, Crash::Command)).map(|it| it.name.as_str())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    #[test]
    fn a_program_that_is_not_there_is_named_with_the_image() {
        let objects = "
kind: Pod
metadata: {name: web-1}
spec: {containers: [{name: app, image: 'web:2', command: [/bin/serv]}]}
status:
  phase: Running
  containerStatuses:
  - name: app
    restartCount: 2
    state: {waiting: {reason: CrashLoopBackOff}}
    lastState: {terminated: {reason: StartError, exitCode: 128, message: 'exec: no such file or directory'}}
";
        expect![[r"
            [sure] pod/web-1: container app cannot be started: its command /bin/serv cannot be run in web:2
              exec: no such file or directory
        "]]
        .assert_eq(&says(&RULE, objects));
    }
}
