use serde::Deserialize;

use super::{Labels, Meta};

/// A `PersistentVolumeClaim`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Claim {
    pub(crate) metadata: Meta,
    pub(crate) spec: ClaimSpec,
    pub(crate) status: Phase,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ClaimSpec {
    /// None: the default class; empty: no class at all.
    pub(crate) storage_class_name: Option<String>,
    pub(crate) volume_name: String,
    pub(crate) access_modes: Vec<String>,
    pub(crate) resources: Requests,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Requests {
    pub(crate) requests: Labels,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Phase {
    pub(crate) phase: String,
}

/// A `PersistentVolume`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Volume {
    pub(crate) metadata: Meta,
    pub(crate) spec: VolumeSpec,
    pub(crate) status: Phase,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct VolumeSpec {
    pub(crate) storage_class_name: String,
    pub(crate) access_modes: Vec<String>,
    pub(crate) capacity: Labels,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct StorageClass {
    pub(crate) metadata: Meta,
    pub(crate) provisioner: String,
    pub(crate) volume_binding_mode: String,
}

impl StorageClass {
    /// The volume is made, or chosen, when a pod that uses the claim has a node.
    pub(crate) fn waits_for_consumer(&self) -> bool {
        self.volume_binding_mode == "WaitForFirstConsumer"
    }

    /// Nobody makes volumes of it: they are there beforehand.
    pub(crate) fn provisions_nothing(&self) -> bool {
        self.provisioner == "kubernetes.io/no-provisioner"
    }
}
