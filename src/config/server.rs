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
    /// The address of the Prometheus metrics; null serves none. Only with HTTP.
    #[schemars(with = "Option<text::Address>")]
    pub metrics: Option<SocketAddr>,
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
            state_key_file: None,
            max_body: Size::mebibytes(4),
            max_sessions: 1000,
            session_idle: Duration::from_secs(300),
            shutdown_grace: Duration::from_secs(10),
            metrics: Some(SocketAddr::from(([127, 0, 0, 1], 9090))),
        }
    }
}

impl Server {
    /// Whether serving that address would let in callers from other machines that nobody has authenticated, and nobody has said that this is meant.
    pub fn exposes(&self, address: SocketAddr) -> bool {
        !address.ip().to_canonical().is_loopback()
            && self.tokens.is_empty()
            && !self.allow_unauthenticated
    }

    pub(super) fn expand(&mut self, home: &Path) {
        self.tokens.iter_mut().filter_map(|it| it.file.as_mut()).for_each(|it| expand(it, home));
        self.state_key_file.iter_mut().for_each(|it| expand(it, home));
    }
}
