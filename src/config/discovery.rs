use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Duration, Globs, Variable, paths::expand, text};

/// Finds observability services in a cluster and publishes them as `HolmesGPT` toolsets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Discovery {
    /// Whether the toolset exists.
    pub enabled: bool,
    /// The contexts that are looked through; none means the current one.
    #[schemars(with = "Vec<text::Name>")]
    pub contexts: Vec<String>,
    /// How often everything is looked through anew; what changes is seen at once.
    pub interval: Duration,
    /// The namespaces that are looked through.
    pub namespaces: Globs,
    /// How services are asked what they are.
    pub probe: Probe,
    /// What stands behind a namespace in the names of services.
    #[schemars(with = "text::Domain")]
    pub domain: String,
    /// Files that say how more products are known, or known ones otherwise.
    #[schemars(with = "Vec<text::Path>")]
    pub detectors: Vec<PathBuf>,
    /// Credentials that `HolmesGPT` has, by the names of its environment variables.
    pub credentials: Vec<Credential>,
    /// Services, as namespace/name, whose certificates `HolmesGPT` does not check: those of a certificate authority that it does not know.
    #[schemars(with = "Vec<text::ServicePlace>")]
    pub insecure_skip_tls_verify: Vec<String>,
    /// Where the toolsets are published; null publishes nothing.
    pub publish: Option<Publish>,
}

/// How services are asked what they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Probe {
    /// Which way.
    pub via: Via,
    /// How long one may take to answer.
    pub timeout: Duration,
    /// How many are asked at once.
    #[schemars(range(min = 1, max = 100))]
    pub parallel: usize,
}

/// Which way services are asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// Directly when this server runs in the cluster, and otherwise through the API server.
    #[default]
    Auto,
    /// At their own addresses.
    Direct,
    /// Through the API server's service proxy.
    Proxy,
}

/// Credentials for services: what is written into a toolset are the names of variables, never values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// The service, as namespace/name.
    #[schemars(with = "text::ServicePlace")]
    pub service: String,
    /// The variable of `HolmesGPT` that holds an API key or a bearer token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<text::VariableName>")]
    pub api_key: Option<String>,
    /// The one that holds the name of a user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<text::VariableName>")]
    pub username: Option<String>,
    /// The one that holds that user's password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<text::VariableName>")]
    pub password: Option<String>,
    /// The one that holds a whole Authorization header, for what knows neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<text::VariableName>")]
    pub authorization: Option<String>,
    /// The one that holds the tenant, which is sent as X-Scope-OrgID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<text::VariableName>")]
    pub tenant: Option<String>,
}

/// The `ConfigMap` that `HolmesGPT` reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Publish {
    /// Its name.
    #[schemars(with = "text::ObjectName")]
    pub config_map: String,
    /// Its namespace.
    #[schemars(with = "text::Namespace")]
    pub namespace: String,
    /// Another `ConfigMap` of that namespace whose `overrides.yaml` counts; null takes that of the `ConfigMap` itself.
    #[schemars(with = "Option<text::ObjectName>")]
    pub overrides: Option<String>,
    /// When it is kept true without being asked to.
    pub when: When,
    /// Which keys it has.
    pub layout: Layout,
    /// The Lease by which replicas agree on the one that writes.
    #[schemars(with = "text::ObjectName")]
    pub lease: String,
    /// Where `HolmesGPT` is told to load its toolsets anew; null waits until it does so by itself.
    pub reload: Option<Reload>,
}

/// When the `ConfigMap` is kept true.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// By a server that runs in the cluster; elsewhere `publish_toolset` writes it once.
    #[default]
    InCluster,
    /// By this server, wherever it runs.
    Always,
    /// Only `publish_toolset` writes it.
    OnRequest,
}

/// Which keys the `ConfigMap` has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// `toolset.yaml`, which `HolmesGPT` loads.
    #[default]
    Holmes,
    /// What kubernaut writes.
    Kubernaut,
}

/// `HolmesGPT`'s administration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reload {
    /// Its address, without a path.
    #[schemars(with = "text::Origin")]
    pub url: String,
    /// The environment variable of this server that holds the bearer token for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Variable>,
}

impl Default for Discovery {
    fn default() -> Self {
        Self {
            enabled: false,
            contexts: Vec::new(),
            interval: Duration::from_secs(300),
            namespaces: Globs::default(),
            probe: Probe::default(),
            domain: "svc.cluster.local".to_owned(),
            detectors: Vec::new(),
            credentials: Vec::new(),
            insecure_skip_tls_verify: Vec::new(),
            publish: Some(Publish::default()),
        }
    }
}

impl Default for Probe {
    fn default() -> Self {
        Self { via: Via::Auto, timeout: Duration::from_secs(3), parallel: 16 }
    }
}

impl Default for Publish {
    fn default() -> Self {
        Self {
            config_map: "holmesgpt-toolset".to_owned(),
            namespace: "kubernaut-system".to_owned(),
            overrides: None,
            when: When::InCluster,
            layout: Layout::Holmes,
            lease: "tacklebox-discovery".to_owned(),
            reload: None,
        }
    }
}

impl Discovery {
    pub(super) fn expand(&mut self, home: &Path) {
        self.detectors.iter_mut().for_each(|it| expand(it, home));
    }
}
