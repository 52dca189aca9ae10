use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Duration, Size, Variable, paths::expand, text};

/// How clients reach the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// The address that is served over HTTP; null serves stdio only.
    #[schemars(with = "Option<text::Address>")]
    pub http: Option<SocketAddr>,
    /// Host headers that are let in, beside the addresses that are always this server's.
    #[schemars(with = "Vec<text::Host>")]
    pub allowed_hosts: Vec<String>,
    /// Origins whose web pages may call; none by default.
    #[schemars(with = "Vec<text::Origin>")]
    pub allowed_origins: Vec<String>,
    /// Lets an address beyond this machine be served to callers that nobody has authenticated.
    pub allow_unauthenticated: bool,
    /// Bearer tokens, each with the name of its holder. With any, a caller without one is turned away.
    pub tokens: Vec<Token>,
    /// Who else knows callers by their tokens.
    pub auth: Auth,
    /// The file that holds the key under which a call that asks a person goes on; replicas share it. Null makes one at every start.
    #[schemars(with = "Option<text::Path>")]
    pub state_key_file: Option<PathBuf>,
    /// The longest request body.
    pub max_body: Size,
    /// How many sessions may be open at once.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_sessions: usize,
    /// How long a session may be silent before it is closed.
    pub session_idle: Duration,
    /// How long a stopping server waits for calls under way.
    pub shutdown_grace: Duration,
    /// What each caller may ask over plain HTTP, under /api/v1.
    pub rest: Rest,
    /// The address of the Prometheus metrics; null serves none. Only with HTTP.
    #[schemars(with = "Option<text::Address>")]
    pub metrics: Option<SocketAddr>,
}

/// Who knows callers by their tokens, beside this file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Auth {
    /// The cluster of the server's own kubeconfig or pod, which reviews every token that is not among server.tokens.
    pub kubernetes: KubernetesAuth,
}

/// A cluster that reviews tokens. The server needs the right to create tokenreviews and subjectaccessreviews there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct KubernetesAuth {
    /// Whether the cluster is asked.
    pub enabled: bool,
    /// For whom tokens have to be made; one of them is enough. Empty takes tokens that are good for the cluster itself.
    #[schemars(with = "Vec<text::Name>")]
    pub audiences: Vec<String>,
    /// What a caller has to be allowed to get in the cluster.
    pub resource: Reviewed,
}

/// An object; who may get it may call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Reviewed {
    /// Its API group, empty for the core group.
    pub group: String,
    /// The plural of its kind.
    #[schemars(with = "text::Name")]
    pub resource: String,
    /// Where it is.
    #[schemars(with = "text::Namespace")]
    pub namespace: String,
    /// Its name. It need not be there.
    #[schemars(with = "text::Name")]
    pub name: String,
}

impl Default for KubernetesAuth {
    fn default() -> Self {
        let audiences = vec!["tacklebox".to_owned()];
        Self { enabled: false, audiences, resource: Reviewed::default() }
    }
}

impl Default for Reviewed {
    fn default() -> Self {
        Self {
            group: String::new(),
            resource: "configmaps".to_owned(),
            namespace: "kubernaut-system".to_owned(),
            name: "holmesgpt-toolset".to_owned(),
        }
    }
}

/// How often one caller may ask over plain HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Rest {
    /// Requests a second, in the long run.
    #[schemars(range(min = 1, max = 100_000))]
    pub requests_per_second: u32,
    /// Requests that may come at once.
    #[schemars(range(min = 1, max = 100_000))]
    pub burst: u32,
}

impl Default for Rest {
    fn default() -> Self {
        Self { requests_per_second: 100, burst: 150 }
    }
}

/// A bearer token and whose it is: in a file, or in an environment variable, never in this file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Who calls with it, as policies and the audit log name them, and a cluster that is asked in their name.
    #[schemars(with = "text::Name")]
    pub name: String,
    /// The groups that they are in for such a cluster (toolsets.kubernetes.identity: impersonate).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<text::Group>")]
    pub groups: Vec<String>,
    /// The file that holds the token; read again when it changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<text::Path>")]
    pub file: Option<PathBuf>,
    /// The environment variable that holds the token, instead of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Variable>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            http: None,
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            allow_unauthenticated: false,
            tokens: Vec::new(),
            auth: Auth::default(),
            state_key_file: None,
            max_body: Size::mebibytes(4),
            max_sessions: 1000,
            session_idle: Duration::from_secs(300),
            shutdown_grace: Duration::from_secs(10),
            rest: Rest::default(),
            metrics: Some(SocketAddr::from(([127, 0, 0, 1], 9090))),
        }
    }
}

impl Server {
    /// Whether serving that address would let in callers from other machines that nobody has authenticated, and nobody has said that this is meant.
    pub fn exposes(&self, address: SocketAddr) -> bool {
        !address.ip().to_canonical().is_loopback()
            && self.tokens.is_empty()
            && !self.auth.kubernetes.enabled
            && !self.allow_unauthenticated
    }

    pub(super) fn expand(&mut self, home: &Path) {
        self.tokens.iter_mut().filter_map(|it| it.file.as_mut()).for_each(|it| expand(it, home));
        self.state_key_file.iter_mut().for_each(|it| expand(it, home));
    }
}
