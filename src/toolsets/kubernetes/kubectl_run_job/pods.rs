//! What the pods of a Job say about how it goes.

use std::time::Duration;

use serde_json::Value;

use crate::toolsets::kubernetes::{field::text, kubernetes_diagnose::word, one_line::one_line};

/// What does not get better by waiting for minutes, and for how many seconds it may be so: a `ConfigMap` may come a moment late.
const STUCK: [(&str, u64); 5] = [
    ("ImagePullBackOff", 0),
    ("InvalidImageName", 0),
    ("ErrImageNeverPull", 0),
    ("CreateContainerConfigError", 10),
    ("CreateContainerError", 10),
];

/// Why a pod will not begin if this stays so for that long.
pub(super) fn stuck(pod: &Value) -> Option<(String, Duration)> {
    statuses(pod).find_map(|it| {
        let (_, seconds) = STUCK.iter().find(|(reason, _)| *reason == waits_for(it))?;
        Some((waits(it), Duration::from_secs(*seconds)))
    })
}

/// How it is: `Running`, or what it waits for.
pub(super) fn state(pod: &Value) -> String {
    if let Some(waiting) = statuses(pod).find(|it| !waits_for(it).is_empty()) {
        return waits(waiting);
    }
    match unscheduled(pod) {
        Some(_) => "no node takes the pod".to_owned(),
        None => format!("the pod is {}", word(text(pod, "/status/phase"))),
    }
}

/// How its containers ended: `main: exit code 3 (Error)`.
pub(super) fn ended(pod: &Value) -> Vec<String> {
    let ended = |it: &Value| {
        let state = it.pointer("/state/terminated")?;
        let code = state.get("exitCode").and_then(Value::as_i64)?;
        let reason = text(state, "/reason");
        let reason = if reason.is_empty() { String::new() } else { format!(" ({})", word(reason)) };
        Some(format!("{}: exit code {code}{reason}", word(text(it, "/name"))))
    };
    statuses(pod).filter_map(ended).collect()
}

/// Sentences of the kubelet, the scheduler and the program itself, a line each.
pub(super) fn said(pod: &Value) -> Vec<String> {
    let messages = ["/state/waiting/message", "/state/terminated/message"];
    let of_container = |it: &Value| {
        let message = messages.iter().map(|at| text(it, at)).find(|it| !it.is_empty())?;
        Some(format!("{}: {}", text(it, "/name"), one_line(message.trim())))
    };
    let placing = unscheduled(pod).map(|it| one_line(text(it, "/message")).into_owned());
    statuses(pod).filter_map(of_container).chain(placing).collect()
}

fn waits(status: &Value) -> String {
    format!("container {} is in {}", word(text(status, "/name")), word(waits_for(status)))
}

fn waits_for(status: &Value) -> &str {
    text(status, "/state/waiting/reason")
}

fn unscheduled(pod: &Value) -> Option<&Value> {
    let conditions = pod.pointer("/status/conditions").and_then(Value::as_array);
    let placed = conditions.into_iter().flatten().find(|it| text(it, "/type") == "PodScheduled");
    placed.filter(|it| text(it, "/status") == "False")
}

fn statuses(pod: &Value) -> impl Iterator<Item = &Value> {
    let all = ["/status/initContainerStatuses", "/status/containerStatuses"];
    all.into_iter().filter_map(|it| pod.pointer(it)?.as_array()).flatten()
}
