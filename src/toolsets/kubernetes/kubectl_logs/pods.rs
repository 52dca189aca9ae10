//! Pods, read straight into what has to be known of them to read their logs.

use serde::{Deserialize, de::IgnoredAny};

use crate::toolsets::kubernetes::table::ListMeta;

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Pod {
    pub(super) metadata: Meta,
    pub(super) spec: Spec,
    pub(super) status: Status,
    /// With its namespace before it, where pods of several namespaces are read.
    #[serde(skip)]
    full_name: Option<String>,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Meta {
    pub(super) namespace: String,
    pub(super) name: String,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Named {
    pub(super) name: String,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Spec {
    pub(super) node_name: String,
    pub(super) containers: Vec<Named>,
    pub(super) init_containers: Vec<Named>,
    pub(super) ephemeral_containers: Vec<Named>,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Status {
    phase: String,
    /// Why the whole pod is as it is, such as `Evicted`.
    reason: String,
    conditions: Vec<Condition>,
    container_statuses: Vec<ContainerStatus>,
    init_container_statuses: Vec<ContainerStatus>,
    ephemeral_container_statuses: Vec<ContainerStatus>,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
struct Condition {
    r#type: String,
    status: String,
    reason: String,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ContainerStatus {
    name: String,
    restart_count: u32,
    state: State,
    last_state: State,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
struct State {
    waiting: Option<Reason>,
    running: Option<IgnoredAny>,
    terminated: Option<Terminated>,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
struct Reason {
    reason: String,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Terminated {
    exit_code: i32,
}

#[derive(Deserialize)]
pub(super) struct PodList {
    #[serde(default)]
    pub(super) metadata: ListMeta,
    #[serde(default)]
    pub(super) items: Vec<Pod>,
}

impl Pod {
    /// What it is called in the answer: `web-1`, or `shop/web-1` beside pods of other namespaces.
    pub(super) fn name(&self) -> &str {
        self.full_name.as_deref().unwrap_or(&self.metadata.name)
    }

    pub(super) fn among_namespaces(self) -> Self {
        let Meta { namespace, name } = &self.metadata;
        Self { full_name: Some(format!("{namespace}/{name}")), ..self }
    }

    /// In the order in which they start.
    pub(super) fn containers(&self) -> impl Iterator<Item = &str> {
        let Spec { containers, init_containers, ephemeral_containers, .. } = &self.spec;
        let all = init_containers.iter().chain(containers).chain(ephemeral_containers);
        all.map(|it| it.name.as_str())
    }

    /// An init container that has done its work has nothing more to say to somebody who did not ask for it.
    pub(super) fn is_done(&self, container: &str) -> bool {
        let is_init = self.spec.init_containers.iter().any(|it| it.name == container);
        let state = self.status_of(container).map(|it| &it.state);
        let ended = state.and_then(|it| it.terminated.as_ref());
        is_init && ended.is_some_and(|it| it.exit_code == 0)
    }

    /// Why a container cannot have written anything yet, or not in the run that is asked for.
    pub(super) fn silence(&self, container: &str, previous: bool) -> Option<String> {
        let Some(status) = self.status_of(container) else { return self.not_started() };
        let ran_before = status.last_state.terminated.is_some() || status.restart_count > 0;
        if previous {
            return (!ran_before).then(|| "no previous run".to_owned());
        }
        let waiting = status.state.waiting.as_ref().filter(|_| !ran_before)?;
        Some(format!("waiting: {}", named(&waiting.reason, "no reason given")))
    }

    /// What its state adds to the fact that it wrote nothing.
    pub(super) fn is_crashing(&self, container: &str) -> bool {
        let status = self.status_of(container);
        status.is_some_and(|it| it.state.running.is_none() && it.last_state.terminated.is_some())
    }

    fn not_started(&self) -> Option<String> {
        let Status { phase, reason, conditions, .. } = &self.status;
        let unscheduled =
            conditions.iter().find(|it| it.r#type == "PodScheduled" && it.status == "False");
        match unscheduled {
            Some(it) => Some(format!("not scheduled: {}", named(&it.reason, "no reason given"))),
            None if phase == "Pending" => Some(named(reason, "pending").to_owned()),
            None => None,
        }
    }

    fn status_of(&self, container: &str) -> Option<&ContainerStatus> {
        let Status {
            container_statuses,
            init_container_statuses,
            ephemeral_container_statuses,
            ..
        } = &self.status;
        let all = container_statuses.iter().chain(init_container_statuses);
        all.chain(ephemeral_container_statuses).find(|it| it.name == container)
    }
}

fn named<'a>(reason: &'a str, otherwise: &'a str) -> &'a str {
    if reason.is_empty() { otherwise } else { reason }
}
