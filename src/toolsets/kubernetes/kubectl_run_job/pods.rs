//! What the pods of a Job say about how it goes.

use serde_json::Value;

use crate::{
    output::clip,
    toolsets::kubernetes::{field::text, one_line::one_line},
};

/// What does not get better by waiting for minutes.
const STUCK: [&str; 5] = [
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "CreateContainerConfigError",
    "CreateContainerError",
];

/// In characters.
const LONGEST: usize = 400;

/// Why a pod will not begin, if that can be seen.
pub(super) fn stuck(pod: &Value) -> Option<String> {
    let waiting = statuses(pod).find(|it| STUCK.contains(&text(it, "/state/waiting/reason")))?;
    Some(waits(waiting))
}

/// How it is: `Running`, or what it waits for.
pub(super) fn state(pod: &Value) -> String {
    let waiting = statuses(pod).find(|it| it.pointer("/state/waiting").is_some());
    if let Some(waiting) = waiting {
        return waits(waiting);
    }
    let conditions = pod.pointer("/status/conditions").and_then(Value::as_array);
    let unscheduled = conditions
        .into_iter()
        .flatten()
        .find(|it| text(it, "/type") == "PodScheduled" && text(it, "/status") == "False");
    match unscheduled {
        Some(it) => format!("not scheduled: {}", said(text(it, "/message"))),
        None => text(pod, "/status/phase").to_owned(),
    }
}

/// How its containers ended: `main: exit code 3 (Error)`. What they say of it themselves is in their log, as words of others.
pub(super) fn ended(pod: &Value) -> Vec<String> {
    let terminated = |it: &Value| {
        let state = it.pointer("/state/terminated")?;
        let code = state.get("exitCode").and_then(Value::as_i64)?;
        let reason = text(state, "/reason");
        let reason = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
        Some(format!("{}: exit code {code}{reason}", text(it, "/name")))
    };
    statuses(pod).filter_map(terminated).collect()
}

fn waits(status: &Value) -> String {
    let (name, reason) = (text(status, "/name"), text(status, "/state/waiting/reason"));
    let message = said(text(status, "/state/waiting/message"));
    let message = if message.is_empty() { String::new() } else { format!(": {message}") };
    format!("container {name} waits, {reason}{message}")
}

/// A sentence of the kubelet or the scheduler, which may repeat what a registry wrote.
fn said(message: &str) -> String {
    let mut said = one_line(message).into_owned();
    clip(&mut said, LONGEST);
    said
}

fn statuses(pod: &Value) -> impl Iterator<Item = &Value> {
    let all = ["/status/initContainerStatuses", "/status/containerStatuses"];
    all.into_iter().filter_map(|it| pod.pointer(it)?.as_array()).flatten()
}
