use serde::{Deserialize, de::IgnoredAny};

use super::{LabelSelector, Labels, Meta, Port};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Service {
    pub(crate) metadata: Meta,
    pub(crate) spec: ServiceSpec,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ServiceSpec {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// Without one, somebody else writes the endpoints.
    pub(crate) selector: Labels,
    pub(crate) ports: Vec<ServicePort>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ServicePort {
    pub(crate) name: String,
    pub(crate) port: u16,
    target_port: Option<Port>,
}

impl Service {
    /// Only another name for something outside.
    pub(crate) fn is_external(&self) -> bool {
        self.spec.kind == "ExternalName"
    }

    /// Whether its endpoints are what somebody wrote, and not the pods that it selects.
    pub(crate) fn is_manual(&self) -> bool {
        self.spec.selector.is_empty() && !self.is_external()
    }
}

impl ServicePort {
    /// Where it leads: to its own number unless it says otherwise.
    pub(crate) fn target(&self) -> Port {
        self.target_port.clone().unwrap_or(Port::Number(self.port))
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Ingress {
    pub(crate) metadata: Meta,
    pub(crate) spec: IngressSpec,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct IngressSpec {
    default_backend: Option<BackendSource>,
    pub(crate) tls: Vec<Tls>,
    rules: Vec<IngressRule>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Tls {
    pub(crate) secret_name: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct IngressRule {
    http: Http,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Http {
    paths: Vec<IngressPath>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct IngressPath {
    backend: BackendSource,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct BackendSource {
    service: Option<Backend>,
}

/// The Service behind a path, and its port.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Backend {
    pub(crate) name: String,
    port: BackendPort,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct BackendPort {
    name: Option<String>,
    number: Option<u16>,
}

impl Backend {
    pub(crate) fn port(&self) -> Port {
        match &self.port.name {
            Some(name) => Port::Name(name.clone()),
            None => Port::Number(self.port.number.unwrap_or_default()),
        }
    }
}

impl Ingress {
    /// Each Service and port that it leads to, once.
    pub(crate) fn backends(&self) -> Vec<&Backend> {
        let paths = self.spec.rules.iter().flat_map(|it| &it.http.paths).map(|it| &it.backend);
        let sources = self.spec.default_backend.iter().chain(paths);
        let mut backends: Vec<&Backend> = Vec::new();
        for backend in sources.filter_map(|it| it.service.as_ref()) {
            if !backends.contains(&backend) {
                backends.push(backend);
            }
        }
        backends
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct NetworkPolicy {
    pub(crate) metadata: Meta,
    pub(crate) spec: NetworkPolicySpec,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NetworkPolicySpec {
    pub(crate) pod_selector: LabelSelector,
    pub(crate) policy_types: Vec<String>,
    egress: Vec<IgnoredAny>,
}

impl NetworkPolicy {
    /// Whether it selects pods for what leaves them, and lets nothing leave.
    pub(crate) fn denies_egress(&self) -> bool {
        self.spec.policy_types.iter().any(|it| it == "Egress") && self.spec.egress.is_empty()
    }
}
