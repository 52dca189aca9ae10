use jiff::Timestamp;
use serde::Deserialize;

use super::{Condition, Meta, PodSpec, condition};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Pod {
    pub(crate) metadata: Meta,
    pub(crate) spec: PodSpec,
    pub(crate) status: PodStatus,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PodStatus {
    pub(crate) phase: String,
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) container_statuses: Vec<ContainerStatus>,
    pub(crate) init_container_statuses: Vec<ContainerStatus>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ContainerStatus {
    pub(crate) name: String,
    pub(crate) ready: bool,
    pub(crate) restart_count: u32,
    pub(crate) state: State,
    pub(crate) last_state: State,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    pub(crate) waiting: Option<Waiting>,
    pub(crate) running: Option<Running>,
    pub(crate) terminated: Option<Terminated>,
}

/// Why it waits; the message is the kubelet's, with words of others in it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Waiting {
    pub(crate) reason: String,
    pub(crate) message: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Running {}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Terminated {
    pub(crate) reason: String,
    pub(crate) exit_code: i32,
    /// What the container or its runtime had to say: untrusted.
    pub(crate) message: String,
    pub(crate) finished_at: Option<Timestamp>,
}

impl Pod {
    pub(crate) fn is_condition(&self, kind: &str, status: &str) -> bool {
        self.condition(kind, status).is_some()
    }

    pub(crate) fn condition(&self, kind: &str, status: &str) -> Option<&Condition> {
        condition(&self.status.conditions, kind, status)
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.is_condition("Ready", "True")
    }

    pub(crate) fn is_deleted(&self) -> bool {
        self.metadata.deletion_timestamp.is_some()
    }

    /// It ran to its end, well or badly, and will not run again.
    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.status.phase.as_str(), "Succeeded" | "Failed")
    }

    /// It should be serving, and is not.
    pub(crate) fn is_troubled(&self) -> bool {
        !self.has_ended() && !self.is_ready()
    }

    /// A node has been found for it.
    pub(crate) fn is_placed(&self) -> bool {
        !self.spec.node_name.is_empty()
    }

    /// Every status of a container, those of init containers first, as they run.
    pub(crate) fn statuses(&self) -> impl Iterator<Item = &ContainerStatus> {
        self.status.init_container_statuses.iter().chain(&self.status.container_statuses)
    }

    /// The status of every container that waits, with the reason.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = (&ContainerStatus, &Waiting)> {
        self.statuses().filter_map(|it| Some((it, it.state.waiting.as_ref()?)))
    }
}

impl ContainerStatus {
    /// How its last run ended, if one has.
    pub(crate) fn last_end(&self) -> Option<&Terminated> {
        self.state.terminated.as_ref().or(self.last_state.terminated.as_ref())
    }

    /// It ends again and again, or has ended and is not started again.
    pub(crate) fn crashes(&self) -> bool {
        if let Some(end) = &self.state.terminated {
            return end.exit_code != 0;
        }
        let backs_off =
            self.state.waiting.as_ref().is_some_and(|it| it.reason == "CrashLoopBackOff");
        let between_ends = self.state.running.is_some()
            && self.restart_count > 0
            && !self.ready
            && self.last_state.terminated.is_some();
        backs_off || between_ends
    }
}
