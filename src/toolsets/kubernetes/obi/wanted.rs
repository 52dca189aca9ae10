//! What is to run in a cluster, with all that decides it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{image::Image, variables};
use crate::obi::{
    config::{Environment, Release},
    plan::{Plan, plan},
};

/// It is kept in the cluster with what was made of it, and read again by servers of later versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a wish by itself, and written so")]
pub(super) struct Wanted {
    pub(super) namespace: String,
    /// OBI's configuration, as it was given.
    pub(super) config: String,
    pub(super) image: Image,
    pub(super) privileged: bool,
    /// Without `CAP_`; none where it is privileged.
    #[serde(default)]
    pub(super) capabilities: Vec<String>,
    pub(super) resources: Resources,
    #[serde(default)]
    pub(super) tolerations: Vec<Value>,
    #[serde(default)]
    pub(super) node_selector: BTreeMap<String, String>,
    /// Where telemetry goes, where the configuration does not say it.
    #[serde(default)]
    pub(super) endpoint: Option<String>,
    /// Where the headers of OTLP are.
    #[serde(default)]
    pub(super) headers: Option<SecretKey>,
    /// Whether there are Services for its metrics, and a `ServiceMonitor`.
    #[serde(default)]
    pub(super) prometheus: bool,
    #[serde(default)]
    pub(super) monitor: bool,
    /// Whether metadata are read once for all nodes.
    #[serde(default)]
    pub(super) cache: bool,
    /// Whether `OpenShift` has to let its `ServiceAccount` in.
    #[serde(default)]
    pub(super) openshift: bool,
}

/// As Kubernetes writes them: `{"cpu": "100m", "memory": "512Mi"}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Resources {
    #[serde(default)]
    pub(super) requests: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) limits: BTreeMap<String, String>,
}

/// One value of a Secret in the same namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretKey {
    pub(super) name: String,
    pub(super) key: String,
}

impl Wanted {
    /// Of the image, as far as its tag says it.
    pub(super) fn release(&self) -> Release {
        self.image.release().unwrap_or(Release::KNOWN)
    }

    /// What OBI needs with that configuration; none where there is no configuration to be read.
    pub(super) fn plan(&self) -> Option<Plan> {
        plan(&self.config, &self.environment(), self.release())
    }

    /// What the container has beside the configuration, as far as OBI listens to it.
    pub(super) fn environment(&self) -> Environment {
        variables::environment(&variables::variables(self))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// One that instruments what listens at port 8080.
    pub(in super::super) fn wanted() -> Wanted {
        Wanted {
            namespace: "observability".to_owned(),
            config: "trace_printer: text\ndiscovery:\n  instrument:\n    - open_ports: \"8080\"\n"
                .to_owned(),
            image: Image::default(),
            privileged: true,
            capabilities: Vec::new(),
            resources: Resources::default(),
            tolerations: Vec::new(),
            node_selector: BTreeMap::new(),
            endpoint: None,
            headers: None,
            prometheus: false,
            monitor: false,
            cache: false,
            openshift: false,
        }
    }
}
