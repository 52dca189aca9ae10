//! The pods of an OBI: how each is, and why, in words that are the same for all that have the same trouble.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use serde::Deserialize;

use super::{
    scheduling::Affinity,
    sets::{CONFIG_HASH, CONTAINER},
};
use crate::{
    obi::log::{Problem, problem},
    output::{clip, plain},
    toolsets::kubernetes::{error::ApiError, listing::Listing, table::ListMeta},
};

/// A pod on the wire is some ten kilobytes, and a few hundred bytes here.
const PAGE: usize = 500;
/// Of what others say, in characters.
const SAID: usize = 300;
const REASON: usize = 160;

#[derive(Debug, Clone)]
pub(in crate::toolsets::kubernetes::obi) struct Pod {
    pub(in crate::toolsets::kubernetes::obi) name: String,
    /// The one that it is for, whether it is there already or not.
    pub(in crate::toolsets::kubernetes::obi) node: String,
    pub(in crate::toolsets::kubernetes::obi) phase: Phase,
    /// In words; the same for all pods with the same trouble. Nothing where all is well.
    pub(in crate::toolsets::kubernetes::obi) why: String,
    /// What OBI said last, or whoever could not start it.
    pub(in crate::toolsets::kubernetes::obi) said: String,
    /// What that means.
    pub(in crate::toolsets::kubernetes::obi) problem: Option<&'static Problem>,
    pub(in crate::toolsets::kubernetes::obi) restarts: u32,
    /// Since when its OBI runs.
    pub(in crate::toolsets::kubernetes::obi) since: Option<Timestamp>,
    /// How its OBI ended, where it does not run.
    pub(super) ended: Option<Ended>,
    pub(in crate::toolsets::kubernetes::obi) image: String,
    /// Of the configuration that it was made with.
    pub(in crate::toolsets::kubernetes::obi) config_hash: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::toolsets::kubernetes::obi) enum Phase {
    /// OBI ended, and will be started again.
    Crashing,
    /// The same, for want of memory.
    OutOfMemory,
    /// Its image cannot be had.
    Image,
    /// The kubelet cannot make the container.
    Container,
    /// It was put away by its node.
    Failed,
    /// No node takes it, or its node has not begun.
    Pending,
    /// It runs, and does not say that it is ready.
    Unready,
    /// It is on its way out.
    Ending,
    Ready,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) exit: Option<i32>,
    pub(super) signal: Option<i32>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Wire {
    metadata: Meta,
    spec: Spec,
    status: Status,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Meta {
    name: String,
    annotations: Annotations,
    deletion_timestamp: Option<String>,
}

/// Others are not kept.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Annotations {
    #[serde(rename = "tacklebox.io/config-sha256")]
    config: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    node_name: String,
    affinity: Affinity,
    containers: Vec<Container>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Container {
    name: String,
    image: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    phase: String,
    reason: String,
    message: String,
    conditions: Vec<Condition>,
    container_statuses: Vec<ContainerStatus>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Condition {
    r#type: String,
    status: String,
    message: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ContainerStatus {
    name: String,
    ready: bool,
    restart_count: u32,
    state: State,
    last_state: State,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct State {
    waiting: Option<Waiting>,
    running: Option<Running>,
    terminated: Option<Terminated>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Waiting {
    reason: String,
    message: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Running {
    started_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Terminated {
    exit_code: Option<i32>,
    signal: Option<i32>,
    reason: String,
    message: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct List {
    metadata: ListMeta,
    items: Option<Vec<Wire>>,
}

/// All of them, page by page.
pub(super) async fn read(listing: &Listing<'_>) -> Result<Vec<Pod>, ApiError> {
    debug_assert_eq!(CONFIG_HASH, "tacklebox.io/config-sha256");
    let (mut pods, mut token) = (Vec::new(), None::<String>);
    loop {
        let list: List = listing.objects(token.as_deref(), PAGE).await?;
        pods.extend(list.items.unwrap_or_default().into_iter().map(Pod::from));
        token = Some(list.metadata.token).filter(|it| !it.is_empty());
        if token.is_none() {
            return Ok(pods);
        }
    }
}

impl From<Wire> for Pod {
    fn from(pod: Wire) -> Self {
        let Found { phase, why, said } = pod.found();
        let status = pod.container();
        let running = status.and_then(|it| it.state.running.as_ref());
        let ended = status.filter(|_| running.is_none()).and_then(|it| it.ended());
        let ended =
            ended.map(|it| Ended { exit: it.exit_code, signal: it.signal.filter(|it| *it > 0) });
        let node = match pod.spec.node_name.as_str() {
            "" => pod.spec.affinity.node().unwrap_or_default(),
            name => name,
        };
        let own = pod.spec.containers.iter().find(|it| it.name == CONTAINER);
        Self {
            node: node.to_owned(),
            problem: problem(&said),
            phase,
            why,
            said: shortened(&said, SAID),
            restarts: status.map_or(0, |it| it.restart_count),
            since: running.and_then(|it| it.started_at),
            ended,
            image: own
                .or_else(|| pod.spec.containers.first())
                .map(|it| it.image.clone())
                .unwrap_or_default(),
            config_hash: pod.metadata.annotations.config,
            name: pod.metadata.name,
        }
    }
}

struct Found {
    phase: Phase,
    why: String,
    said: String,
}

impl Found {
    fn new(phase: Phase, why: impl Into<String>, said: &str) -> Self {
        Self { phase, why: why.into(), said: said.to_owned() }
    }
}

impl Wire {
    /// That of OBI, or where it is called otherwise the first.
    fn container(&self) -> Option<&ContainerStatus> {
        let all = &self.status.container_statuses;
        all.iter().find(|it| it.name == CONTAINER).or_else(|| all.first())
    }

    fn found(&self) -> Found {
        if self.metadata.deletion_timestamp.is_some() {
            return Found::new(Phase::Ending, "on its way out", "");
        }
        if self.status.phase == "Failed" {
            let reason = named(&self.status.reason, "failed");
            let why = format!("its node has put it away ({})", shortened(reason, REASON));
            return Found::new(Phase::Failed, why, &self.status.message);
        }
        match self.container() {
            None => self.pending(),
            Some(status) => status.found().unwrap_or_else(|| status.unready()),
        }
    }

    fn pending(&self) -> Found {
        let unplaced = self
            .status
            .conditions
            .iter()
            .find(|it| it.r#type == "PodScheduled" && it.status == "False");
        let why = match unplaced {
            Some(it) => format!("its node does not take it: {}", shortage(&it.message)),
            None if self.spec.node_name.is_empty() => "not put on its node yet".to_owned(),
            None => "its node has not begun to start it".to_owned(),
        };
        Found::new(Phase::Pending, why, "")
    }
}

impl ContainerStatus {
    /// How it ended last.
    fn ended(&self) -> Option<&Terminated> {
        self.state.terminated.as_ref().or(self.last_state.terminated.as_ref())
    }

    fn unready(&self) -> Found {
        if self.ready {
            return Found::new(Phase::Ready, "", "");
        }
        let is_begun = self.state.running.is_some();
        let why =
            if is_begun { "it runs, and is not ready" } else { "its container is being made" };
        Found::new(if is_begun { Phase::Unready } else { Phase::Pending }, why, "")
    }

    /// Nothing where it runs, or is only about to.
    fn found(&self) -> Option<Found> {
        if self.state.running.is_some() {
            return None;
        }
        let waiting = self.state.waiting.clone().unwrap_or_default();
        let is_of_image = waiting.reason.contains("Image") || waiting.reason == "ErrImagePull";
        if is_of_image {
            let why = format!("its image cannot be had ({})", shortened(&waiting.reason, REASON));
            return Some(Found::new(Phase::Image, why, &waiting.message));
        }
        let is_of_container =
            ["CreateContainerConfigError", "CreateContainerError", "RunContainerError"]
                .contains(&waiting.reason.as_str());
        if is_of_container {
            let why = format!("its container cannot be made ({})", waiting.reason);
            return Some(Found::new(Phase::Container, why, &waiting.message));
        }
        let ended = self.ended()?;
        if ended.reason == "OOMKilled" {
            let why = "killed for want of memory (OOMKilled)";
            return Some(Found::new(Phase::OutOfMemory, why, &ended.message));
        }
        let how = ended.exit_code.map_or_else(String::new, |it| format!(" with exit code {it}"));
        let why = match problem(&ended.message) {
            Some(known) => format!("OBI ended{how}: {}", known.meaning),
            None => format!("OBI ended{how}"),
        };
        Some(Found::new(Phase::Crashing, why, &ended.message))
    }
}

fn named<'a>(reason: &'a str, otherwise: &'a str) -> &'a str {
    if reason.is_empty() { otherwise } else { reason }
}

/// On one line.
fn shortened(text: &str, most: usize) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|it| !it.is_empty()).collect();
    let mut text = plain(&lines.join(" ⏎ "));
    clip(&mut text, most);
    text
}

/// `0/5 nodes are available: 1 Insufficient memory, 4 node(s) didn't satisfy plugin(s) [NodeAffinity]. …`: a pod of a `DaemonSet` is for one
/// node, and what the others say is nothing to it.
fn shortage(message: &str) -> String {
    let after = message.split_once("available: ").map_or(message, |it| it.1);
    let reasons = after.split(". ").next().unwrap_or_default().trim_end_matches('.');
    let own = reasons
        .split(", ")
        .map(|it| it.trim_start_matches(|it: char| it.is_ascii_digit() || it == ' '));
    let own: Vec<&str> = own
        .filter(|it| !it.contains("NodeAffinity") && !it.contains("node affinity"))
        .filter(|it| !it.is_empty())
        .collect();
    shortened(named(&own.join(", "), "no reason given"), REASON)
}

impl fmt::Display for Phase {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Crashing => "crashing",
            Self::OutOfMemory => "out of memory",
            Self::Image => "no image",
            Self::Container => "no container",
            Self::Failed => "failed",
            Self::Pending => "pending",
            Self::Unready => "not ready",
            Self::Ending => "ending",
            Self::Ready => "ready",
        })
    }
}

/// Pods that are in the same state for the same reason.
#[derive(Debug, Clone)]
pub(in crate::toolsets::kubernetes::obi) struct Group<'a> {
    pub(in crate::toolsets::kubernetes::obi) phase: Phase,
    pub(in crate::toolsets::kubernetes::obi) why: &'a str,
    pub(in crate::toolsets::kubernetes::obi) pods: Vec<&'a Pod>,
}

/// The worst first, and of those as bad as each other the largest.
pub(super) fn groups(pods: &[Pod]) -> Vec<Group<'_>> {
    let mut groups: BTreeMap<(Phase, &str), Vec<&Pod>> = BTreeMap::new();
    for pod in pods {
        groups.entry((pod.phase, &pod.why)).or_default().push(pod);
    }
    let group = |((phase, why), pods)| Group { phase, why, pods };
    let mut groups: Vec<Group<'_>> = groups.into_iter().map(group).collect();
    groups.sort_by_key(|it| (it.phase, std::cmp::Reverse(it.pods.len())));
    groups
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json};

    use super::*;

    fn pod(status: &Value) -> Pod {
        let wire: Wire =
            from_value(json!({"metadata": {"name": "obi-x"}, "status": status})).unwrap();
        wire.into()
    }

    fn of_container(status: Value) -> Pod {
        let mut status = status;
        status["name"] = "obi".into();
        pod(&json!({"phase": "Running", "containerStatuses": [status]}))
    }

    fn told(pod: &Pod) -> String {
        format!("{}: {}", pod.phase, pod.why)
    }

    #[test]
    fn every_state_of_a_pod_has_its_reason() {
        let ended = |reason: &str, exit: i32, message: &str| json!({"terminated": {"reason": reason, "exitCode": exit, "message": message}});
        let waiting = |reason: &str| json!({"waiting": {"reason": reason, "message": "said"}});
        let running = json!({"running": {"startedAt": "2026-11-22T06:00:00Z"}});
        for (pod, expected) in [
            (of_container(json!({"state": running, "ready": true})), "ready: "),
            (
                of_container(json!({"state": running, "ready": false})),
                "not ready: it runs, and is not ready",
            ),
            (
                of_container(json!({"state": waiting("ContainerCreating")})),
                "pending: its container is being made",
            ),
            (
                of_container(json!({"state": waiting("ImagePullBackOff")})),
                "no image: its image cannot be had (ImagePullBackOff)",
            ),
            (
                of_container(json!({"state": waiting("CreateContainerConfigError")})),
                "no container: its container cannot be made (CreateContainerConfigError)",
            ),
            (
                of_container(
                    json!({"state": waiting("CrashLoopBackOff"), "lastState": ended("OOMKilled", 137, "")}),
                ),
                "out of memory: killed for want of memory (OOMKilled)",
            ),
            (
                of_container(
                    json!({"state": waiting("CrashLoopBackOff"), "lastState": ended("Error", 3, "?")}),
                ),
                "crashing: OBI ended with exit code 3",
            ),
            (
                pod(&json!({"phase": "Failed", "reason": "Evicted", "message": "low on memory"})),
                "failed: its node has put it away (Evicted)",
            ),
            (
                pod(
                    &json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "message":
                    "0/5 nodes are available: 1 Insufficient memory, 4 node(s) didn't satisfy plugin(s) [NodeAffinity]. preemption: 0/5"}]}),
                ),
                "pending: its node does not take it: Insufficient memory",
            ),
        ] {
            assert_eq!(told(&pod), expected);
        }
    }

    #[test]
    fn the_last_words_of_an_obi_that_crashes_are_understood() {
        let message = "time=2026-11-22T06:37:26.973Z level=ERROR msg=\"wrong configuration\" error=\"you need to define at least one exporter: trace_printer, otel_metrics_export, otel_traces_export or prometheus_export\"\n";
        let state = json!({"waiting": {"reason": "CrashLoopBackOff"}});
        let last = json!({"terminated": {"exitCode": 255, "message": message}});
        let pod = of_container(json!({"state": state, "lastState": last, "restartCount": 4}));
        assert_eq!(pod.phase, Phase::Crashing);
        assert!(pod.problem.is_some(), "{pod:?}");
        assert!(pod.why.starts_with("OBI ended with exit code 255: "), "{}", pod.why);
        assert!(pod.said.contains("at least one exporter"), "{}", pod.said);
        assert_eq!(pod.ended, Some(Ended { exit: Some(255), signal: None }));
    }
}
