use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{discovery::Discovery, paths::expand, text};

/// Which toolsets there are, and what each works with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Toolsets {
    /// OBI on this host.
    pub local: Local,
    /// Kubernetes clusters, and OBI in them.
    pub kubernetes: Kubernetes,
    /// Finds observability services in a cluster and publishes them as `HolmesGPT` toolsets.
    pub discovery: Discovery,
    /// OBI in Docker.
    pub docker: Docker,
}

/// OBI on this host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Local {
    /// Whether the toolset exists.
    pub enabled: bool,
    /// The OBI program.
    #[schemars(with = "text::Path")]
    pub binary_path: PathBuf,
    /// Where OBI's configuration, log and process number are kept.
    #[schemars(with = "text::Path")]
    pub state_dir: PathBuf,
    /// Folders whose files a call may name as OBI's configuration; no other file of this host is read.
    #[schemars(with = "Vec<text::Path>")]
    pub config_dirs: Vec<PathBuf>,
}

/// Kubernetes clusters, and OBI in them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Kubernetes {
    /// Whether the toolset exists.
    pub enabled: bool,
    /// The kubeconfig; null means the usual rules: $KUBECONFIG, ~/.kube/config, then the pod's own service account.
    #[schemars(with = "Option<text::Path>")]
    pub kubeconfig: Option<PathBuf>,
    /// Globs of the contexts that may be used.
    #[schemars(with = "Vec<text::Glob>")]
    pub contexts: Vec<String>,
    /// Where OBI is deployed when a call names no namespace.
    #[schemars(with = "text::Namespace")]
    pub default_namespace: String,
    /// OBI's image when a call names none.
    #[schemars(with = "text::Image")]
    pub default_image: String,
    /// Who the cluster sees.
    pub identity: Identity,
}

/// Who the cluster sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// This server, whoever calls it.
    #[default]
    Server,
    /// The caller: this server impersonates the name and the groups of their token, so that the cluster's own RBAC decides.
    Impersonate,
}

/// OBI in Docker.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Docker {
    /// Whether the toolset exists.
    pub enabled: bool,
}

impl Default for Local {
    fn default() -> Self {
        Self {
            enabled: true,
            binary_path: "/usr/local/bin/obi".into(),
            state_dir: "~/.local/state/tacklebox/obi".into(),
            config_dirs: vec!["/etc/obi".into(), "~/.config/obi".into()],
        }
    }
}

impl Default for Kubernetes {
    fn default() -> Self {
        Self {
            enabled: true,
            kubeconfig: None,
            contexts: vec!["*".to_owned()],
            default_namespace: "observability".to_owned(),
            default_image: "docker.io/otel/ebpf-instrument:v0.13.0".to_owned(),
            identity: Identity::Server,
        }
    }
}

impl Toolsets {
    pub(super) fn expand(&mut self, home: &Path) {
        expand(&mut self.local.binary_path, home);
        expand(&mut self.local.state_dir, home);
        self.local.config_dirs.iter_mut().for_each(|it| expand(it, home));
        self.kubernetes.kubeconfig.iter_mut().for_each(|it| expand(it, home));
        self.discovery.expand(home);
    }
}
