//! A container runs, and its readiness or startup probe fails.

use super::{
    Rule,
    seen::{Seen, seen},
};
use crate::toolsets::kubernetes::kubernetes_diagnose::{
    finding::{Call, Finding},
    model::{Container, Pod, PodSpec, Port, Probe},
    snapshot::Snapshot,
};

pub(super) const RULE: Rule = Rule { name: "readiness", look };

/// Lines of its log that are shown.
const LINES: usize = 2;

fn look(snapshot: &Snapshot) -> Vec<Finding> {
    let unready = seen(snapshot, unready);
    unready.iter().filter_map(|it| tell(snapshot, it)).collect()
}

/// The first container that runs, has not crashed, and is not ready.
fn unready(pod: &Pod) -> Option<&str> {
    let is_lost = pod.is_deleted() || pod.condition("Ready", "Unknown").is_some();
    if pod.status.phase != "Running" || pod.is_ready() || is_lost {
        return None;
    }
    let mut statuses = pod.status.container_statuses.iter();
    let unready = statuses.find(|it| it.state.running.is_some() && !it.ready && !it.crashes());
    unready.map(|it| it.name.as_str())
}

fn tell(snapshot: &Snapshot, unready: &Seen<'_, &str>) -> Option<Finding> {
    let pod = unready.pod()?;
    let container = pod.spec.container(unready.what)?;
    let readiness = container.readiness_probe.as_ref();
    let probe = readiness.or(container.startup_probe.as_ref());
    let event = snapshot.event(pod, &["Unhealthy"]).filter(|it| it.may_concern(unready.what));
    let name = unready.what;
    let count = unready.count();
    let finding = match probe.and_then(|it| Some((it, strange_port(&pod.spec, it)?))) {
        Some((_, port)) => Finding::sure(
            unready.subject.clone(),
            format!(
                "container {name} is not ready: its probe asks port {port}, which no container has; {}{count}",
                ports(&pod.spec)
            ),
        ),
        // Sure to fail, and as likely for want of something else as for a fault of its own.
        None if event.is_some() => Finding::likely(
            unready.subject.clone(),
            format!("container {name} runs and is not ready: its {} fails{count}", kind(container)),
        ),
        None if probe.is_some() => Finding::likely(
            unready.subject.clone(),
            format!(
                "container {name} runs and is not ready: its {} has not succeeded{count}",
                kind(container)
            ),
        ),
        None => Finding::likely(
            unready.subject.clone(),
            format!(
                "container {name} runs and is not ready, though it has no readiness probe{count}"
            ),
        )
        .consequence(),
    };
    let logs = Call::logs(&format!("pod/{}", pod.metadata.name), name, false);
    Some(finding.event(event).log(snapshot.log(pod, name), LINES).next(logs))
}

fn kind(container: &Container) -> &'static str {
    if container.readiness_probe.is_some() { "readiness probe" } else { "startup probe" }
}

/// A port that the probe asks and no container declares. A number need not be declared, unless others are.
pub(super) fn strange_port<'a>(spec: &PodSpec, probe: &'a Probe) -> Option<&'a Port> {
    let port = probe.port()?;
    let mut declared = spec.serving().flat_map(|it| &it.ports).peekable();
    declared.peek()?;
    let is_declared = declared.any(|it| match port {
        Port::Number(number) => it.container_port == *number,
        Port::Name(name) => it.name == *name,
    });
    (!is_declared).then_some(port)
}

/// `the containers have 8080 (http), 9090`
pub(super) fn ports(spec: &PodSpec) -> String {
    let ports = spec.serving().flat_map(|it| &it.ports).map(|it| match it.name.as_str() {
        "" => it.container_port.to_string(),
        name => format!("{} ({name})", it.container_port),
    });
    let ports: Vec<String> = ports.take(8).collect();
    if ports.is_empty() {
        return "the containers declare no ports".to_owned();
    }
    format!("the containers have {}", ports.join(", "))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{super::testing::says, *};

    fn pod(probe: &str) -> String {
        format!(
            "
kind: Pod
metadata: {{name: web-1}}
spec: {{containers: [{{name: app, ports: [{{name: http, containerPort: 8080}}], readinessProbe: {probe}}}]}}
status:
  phase: Running
  containerStatuses: [{{name: app, ready: false, state: {{running: {{}}}}}}]
---
kind: Event
involvedObject: {{kind: Pod, name: web-1, fieldPath: 'spec.containers{{app}}'}}
reason: Unhealthy
message: 'Readiness probe failed: connection refused'
count: 9
"
        )
    }

    #[test]
    fn a_probe_of_a_port_that_nobody_has_is_the_cause() {
        expect![[r"
            [sure] pod/web-1: container app is not ready: its probe asks port 9090, which no container has; the containers have 8080 (http)
              event Unhealthy x9: Readiness probe failed: connection refused
        "]]
        .assert_eq(&says(&RULE, &pod("{httpGet: {port: 9090}}")));
    }

    #[test]
    fn a_probe_of_the_right_port_fails_for_reasons_of_the_program() {
        expect![[r"
            [likely] pod/web-1: container app runs and is not ready: its readiness probe fails
              event Unhealthy x9: Readiness probe failed: connection refused
        "]]
        .assert_eq(&says(&RULE, &pod("{httpGet: {port: http}}")));
    }
}
