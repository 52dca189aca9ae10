//! What the toolset is told when it is made.

use std::path::PathBuf;

use super::guard::Limits;
use crate::output::Redactor;

/// Everything that the configuration and the environment have to say; nothing else is read.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The one kubeconfig to use, whatever `KUBECONFIG` says.
    pub kubeconfig: Option<PathBuf>,
    /// Globs of the contexts that may be used.
    pub contexts: Vec<String>,
    pub limits: Limits,
    /// Whether a cluster is asked in the name of whoever calls, and not in the server's own.
    pub impersonates: bool,
    /// The one that renders the answers, so that what is projected from an object is redacted like the object.
    pub redactor: Redactor,
    pub environment: Environment,
}

/// The part of the process environment that concerns clusters.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// The files that `KUBECONFIG` lists, to be merged.
    pub kubeconfig: Vec<PathBuf>,
    /// `HOME`, for `~/.kube/config`.
    pub home: Option<PathBuf>,
    /// Whether `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT` are set.
    pub in_cluster: bool,
    /// `HTTPS_PROXY`.
    pub https_proxy: Option<String>,
    /// `NO_PROXY`.
    pub no_proxy: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            kubeconfig: None,
            contexts: vec!["*".to_owned()],
            limits: Limits::default(),
            impersonates: false,
            redactor: Redactor::new(),
            environment: Environment::default(),
        }
    }
}
