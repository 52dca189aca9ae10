//! The configuration: one strict file, read into plain types. It knows nothing of the rest; `app` composes from it.
//!
//! A text goes this way: `parse` makes it a tree that knows its places, `explain` compares it with the schema that is generated
//! from the types below, `checks` looks for what no schema can say, and whatever is wrong is told at once, each with its line.

mod checks;
mod discovery;
mod duration;
mod environment;
mod explain;
mod globs;
mod load;
mod log;
mod migrate;
mod parse;
mod paths;
mod policy;
mod problem;
mod schema;
mod server;
mod size;
mod text;
mod toolsets;
mod unbuilt;
mod variable;
pub mod watch;

#[cfg(test)]
mod tests;

pub use self::{
    discovery::{Credential, Discovery, Layout, Probe, Publish, Reload, Via, When},
    duration::Duration,
    environment::Environment,
    globs::Globs,
    load::{Loaded, load},
    log::{Format, Level, Log},
    migrate::{Migrated, migrate},
    parse::parse,
    policy::{Audit, AuditSink, Confirm, Mode, Policy},
    problem::Problems,
    schema::schema,
    server::{Auth, KubernetesAuth, Rest, Reviewed, Server, Token},
    size::{NotASize, Size},
    toolsets::{Docker, Identity, Kubernetes, Local, Toolsets},
    variable::{NotAVariable, Variable},
};

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The configuration of Tacklebox. Every key may be left out; `config.example.yml` says what holds then.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "Tacklebox configuration")]
pub struct Config {
    /// Which toolsets there are, and what each works with.
    pub toolsets: Toolsets,
    /// Who may do what, how much of it, and for how long.
    pub policy: Policy,
    /// How clients reach the server.
    pub server: Server,
    /// What is written to the standard error stream.
    pub log: Log,
    /// OBI's own v1 configuration, shared by all toolsets; a call may change parts of it for itself.
    pub obi: Map<String, Value>,
}

impl Config {
    /// The same with every leading `~` replaced by the home directory. `obi` is left alone: its paths are on other machines.
    #[must_use]
    pub fn expanded(mut self, home: &Path) -> Self {
        self.toolsets.expand(home);
        self.policy.expand(home);
        self.server.expand(home);
        self
    }
}
