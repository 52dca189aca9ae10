use serde::Deserialize;

use super::{Meta, nullable};

/// Names the Service that an `EndpointSlice` belongs to.
const SERVICE: &str = "kubernetes.io/service-name";

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EndpointSlice {
    pub(crate) metadata: Meta,
    #[serde(deserialize_with = "nullable")]
    pub(crate) endpoints: Vec<Endpoint>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Endpoint {
    conditions: Readiness,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Readiness {
    ready: Option<bool>,
}

impl EndpointSlice {
    pub(crate) fn is_of(&self, service: &str) -> bool {
        self.metadata.labels.get(SERVICE).is_some_and(|it| it == service)
    }
}

impl Endpoint {
    /// By the API's own rule, whoever does not say is ready.
    pub(crate) fn is_ready(&self) -> bool {
        self.conditions.ready.unwrap_or(true)
    }
}
