//! What in a pod's status speaks against its ever starting, and for how long it has to.

use std::time::Duration;

use serde_json::Value;

use crate::toolsets::kubernetes::{field::text, kubernetes_diagnose::word};

/// Why a container waits, and for how many seconds that may pass by itself: a `ConfigMap` may come a moment after those who need it.
const REASONS: [(&str, u64); 8] = [
    ("ImagePullBackOff", 0),
    ("ErrImageNeverPull", 0),
    ("InvalidImageName", 0),
    ("ImageInspectError", 10),
    ("CreateContainerConfigError", 10),
    ("CreateContainerError", 10),
    ("RunContainerError", 10),
    ("CrashLoopBackOff", 15),
];
/// A container that has ended so often ends again.
const SURE_RESTARTS: i64 = 2;
/// An autoscaler may bring a node, and an old pod may make room.
const UNSCHEDULABLE: Duration = Duration::from_secs(30);

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Suspicion {
    pub(super) why: String,
    pub(super) patience: Duration,
}

/// Of a pod that is to stay.
pub(super) fn suspicion(pod: &Value) -> Option<Suspicion> {
    if pod.pointer("/metadata/deletionTimestamp").is_some() {
        return None;
    }
    statuses(pod).find_map(of_container).or_else(|| unschedulable(pod))
}

fn statuses(pod: &Value) -> impl Iterator<Item = &Value> {
    let of = |name: &str| pod.pointer(name).and_then(Value::as_array).into_iter().flatten();
    of("/status/initContainerStatuses").chain(of("/status/containerStatuses"))
}

fn of_container(status: &Value) -> Option<Suspicion> {
    let waits = text(status, "/state/waiting/reason");
    let (reason, seconds) = REASONS.iter().find(|it| it.0 == waits)?;
    let restarts = status.get("restartCount").and_then(Value::as_i64).unwrap_or_default();
    let is_sure = *reason == "CrashLoopBackOff" && restarts >= SURE_RESTARTS;
    let again = if *reason == "CrashLoopBackOff" {
        format!(" after {restarts} restarts")
    } else {
        String::new()
    };
    Some(Suspicion {
        why: format!("container {} is in {reason}{again}", word(text(status, "/name"))),
        patience: Duration::from_secs(if is_sure { 0 } else { *seconds }),
    })
}

fn unschedulable(pod: &Value) -> Option<Suspicion> {
    let conditions = pod.pointer("/status/conditions").and_then(Value::as_array);
    let placed = conditions.into_iter().flatten().find(|it| text(it, "/type") == "PodScheduled")?;
    (text(placed, "/status") == "False")
        .then(|| Suspicion { why: "no node takes it".to_owned(), patience: UNSCHEDULABLE })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(pod: &Value) -> Option<(String, u64)> {
        suspicion(pod).map(|it| (it.why, it.patience.as_secs()))
    }

    fn waiting(reason: &str, restarts: i64) -> Value {
        json!({"status": {"initContainerStatuses": [{"name": "init", "state": {"terminated": {}}}],
            "containerStatuses": [{"name": "main", "restartCount": restarts, "state": {"waiting": {"reason": reason}}}]}})
    }

    #[test]
    fn what_passes_by_itself_is_given_time_and_the_rest_is_not() {
        let cases = [
            (waiting("ContainerCreating", 0), None),
            (waiting("ImagePullBackOff", 0), Some(("container main is in ImagePullBackOff", 0))),
            (
                waiting("CreateContainerConfigError", 0),
                Some(("container main is in CreateContainerConfigError", 10)),
            ),
            (
                waiting("CrashLoopBackOff", 1),
                Some(("container main is in CrashLoopBackOff after 1 restarts", 15)),
            ),
            (
                waiting("CrashLoopBackOff", 5),
                Some(("container main is in CrashLoopBackOff after 5 restarts", 0)),
            ),
            (
                json!({"status": {"conditions": [{"type": "PodScheduled", "status": "False"}]}}),
                Some(("no node takes it", 30)),
            ),
        ];
        for (pod, expected) in cases {
            let expected = expected.map(|(why, seconds)| (why.to_owned(), seconds));
            assert_eq!(told(&pod), expected, "{pod}");
        }
    }

    #[test]
    fn a_pod_that_leaves_is_not_waited_for() {
        let mut pod = waiting("ImagePullBackOff", 0);
        pod["metadata"] = json!({"deletionTimestamp": "2026-01-01T00:00:00Z"});
        assert_eq!(told(&pod), None);
    }
}
