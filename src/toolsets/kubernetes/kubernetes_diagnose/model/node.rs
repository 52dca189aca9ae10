use std::fmt;

use serde::Deserialize;

use super::{Condition, Labels, Meta, condition};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Node {
    pub(crate) metadata: Meta,
    pub(crate) spec: NodeSpec,
    pub(crate) status: NodeStatus,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct NodeSpec {
    pub(crate) unschedulable: bool,
    pub(crate) taints: Vec<Taint>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Taint {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) effect: String,
}

impl Taint {
    /// Whether pods that do not tolerate it are not put there.
    pub(crate) fn keeps_away(&self) -> bool {
        matches!(self.effect.as_str(), "NoSchedule" | "NoExecute")
    }
}

/// `gpu=yes`
impl fmt::Display for Taint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value.as_str() {
            "" => out.write_str(&self.key),
            value => write!(out, "{}={value}", self.key),
        }
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct NodeStatus {
    pub(crate) conditions: Vec<Condition>,
    pub(crate) allocatable: Labels,
}

impl Node {
    pub(crate) fn is_ready(&self) -> bool {
        condition(&self.status.conditions, "Ready", "True").is_some()
    }

    /// `DiskPressure` and the like, when they hold.
    pub(crate) fn pressures(&self) -> impl Iterator<Item = &Condition> {
        self.status
            .conditions
            .iter()
            .filter(|it| it.kind.ends_with("Pressure") && it.status == "True")
    }
}
