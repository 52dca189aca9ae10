//! What a pod, or the template of a workload, is to be.

use serde::Deserialize;

use super::{Labels, Name, Port, Taint};
use crate::toolsets::kubernetes::kubernetes_diagnose::mention::Hosts;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PodSpec {
    pub(crate) node_name: String,
    pub(crate) service_account_name: String,
    pub(crate) node_selector: Labels,
    pub(crate) tolerations: Vec<Toleration>,
    pub(crate) containers: Vec<Container>,
    pub(crate) init_containers: Vec<Container>,
    pub(crate) volumes: Vec<PodVolume>,
    pub(crate) image_pull_secrets: Vec<Name>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Toleration {
    key: String,
    operator: String,
    value: String,
    effect: String,
}

impl Toleration {
    /// By the scheduler's rule: an empty key or effect is any.
    pub(crate) fn tolerates(&self, taint: &Taint) -> bool {
        let exists = self.operator == "Exists";
        (self.effect.is_empty() || self.effect == taint.effect)
            && (self.key == taint.key || self.key.is_empty() && exists)
            && (exists || self.value == taint.value)
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Container {
    pub(crate) name: String,
    pub(crate) image: String,
    pub(crate) command: Vec<String>,
    pub(crate) ports: Vec<ContainerPort>,
    pub(crate) env: Vec<Variable>,
    pub(crate) env_from: Vec<VariableSource>,
    pub(crate) readiness_probe: Option<Probe>,
    pub(crate) liveness_probe: Option<Probe>,
    pub(crate) startup_probe: Option<Probe>,
    pub(crate) resources: Resources,
    /// `Always` makes an init container a sidecar.
    pub(crate) restart_policy: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Resources {
    pub(crate) limits: Labels,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ContainerPort {
    pub(crate) name: String,
    pub(crate) container_port: u16,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Variable {
    #[serde(rename = "value")]
    pub(crate) hosts: Hosts,
    pub(crate) value_from: Option<ValueSource>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ValueSource {
    pub(crate) config_map_key_ref: Option<KeyReference>,
    pub(crate) secret_key_ref: Option<KeyReference>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct KeyReference {
    pub(crate) name: String,
    pub(crate) key: String,
    pub(crate) optional: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct VariableSource {
    pub(crate) config_map_ref: Option<KeyReference>,
    pub(crate) secret_ref: Option<KeyReference>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Probe {
    http_get: Option<ProbePort>,
    tcp_socket: Option<ProbePort>,
}

impl Probe {
    /// The port that it asks, if it asks one.
    pub(crate) fn port(&self) -> Option<&Port> {
        self.http_get.as_ref().or(self.tcp_socket.as_ref()).map(|it| &it.port)
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct ProbePort {
    port: Port,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PodVolume {
    pub(crate) name: String,
    pub(crate) persistent_volume_claim: Option<ClaimSource>,
    pub(crate) config_map: Option<FileSource>,
    pub(crate) secret: Option<SecretSource>,
    pub(crate) projected: Option<Projected>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ClaimSource {
    pub(crate) claim_name: String,
}

/// A `ConfigMap` volume, or either kind in a projected one.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FileSource {
    pub(crate) name: String,
    pub(crate) optional: bool,
    pub(crate) items: Vec<FileItem>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct SecretSource {
    pub(crate) secret_name: String,
    pub(crate) optional: bool,
    pub(crate) items: Vec<FileItem>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FileItem {
    pub(crate) key: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Projected {
    pub(crate) sources: Vec<ProjectedSource>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ProjectedSource {
    pub(crate) config_map: Option<FileSource>,
    pub(crate) secret: Option<FileSource>,
}

impl PodSpec {
    pub(crate) fn all_containers(&self) -> impl Iterator<Item = &Container> {
        self.init_containers.iter().chain(&self.containers)
    }

    pub(crate) fn container(&self, name: &str) -> Option<&Container> {
        self.all_containers().find(|it| it.name == name)
    }

    /// Containers that run as long as the pod does: their ports can be served.
    pub(crate) fn serving(&self) -> impl Iterator<Item = &Container> {
        let sidecars = self.init_containers.iter().filter(|it| it.restart_policy == "Always");
        sidecars.chain(&self.containers)
    }

    pub(crate) fn claims(&self) -> impl Iterator<Item = &str> {
        let claims = self.volumes.iter().filter_map(|it| it.persistent_volume_claim.as_ref());
        claims.map(|it| it.claim_name.as_str())
    }
}
