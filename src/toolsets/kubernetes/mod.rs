//! A Kubernetes cluster, or several: looking at what is there.

mod clients;
mod cluster;
mod discovery;
mod error;
mod few;
mod guard;
mod listing;
mod missing;
mod mistake;
mod path;
mod pattern;
mod selector;
mod settings;
mod table;
mod targets;
#[cfg(test)]
mod world;

mod kubectl_api_resources;
mod kubectl_get;
mod kubectl_version;
mod kubernetes_contexts;
mod kubernetes_diagnose;

pub use self::{
    clients::{Clients, NoCluster},
    cluster::{Cluster, Identity},
    discovery::{Catalog, Failed, Resource},
    guard::{BadPattern, Guard, Limits, Refusal},
    settings::{Environment, Settings},
};

use std::sync::Arc;

use async_trait::async_trait;

use self::{
    kubectl_api_resources::KubectlApiResources, kubectl_get::KubectlGet,
    kubectl_version::KubectlVersion, kubernetes_contexts::KubernetesContexts,
    kubernetes_diagnose::KubernetesDiagnose,
};
use super::{Health, Toolset};
use crate::output::Redactor;
use crate::tool::{BoundTool, Session, Tool, ToolError};

/// The clusters of the kubeconfig, or the one that this process runs in.
pub struct Kubernetes {
    clients: Arc<Clients>,
    redactor: Redactor,
}

impl Kubernetes {
    /// Reads no file and opens no connection; a pattern that means nothing is the only mistake that shows now.
    pub fn new(settings: Settings) -> Result<Self, BadPattern> {
        let redactor = settings.redactor.clone();
        Ok(Self { clients: Arc::new(Clients::new(settings)?), redactor })
    }

    fn bind<T: Tool<Context = Clients>>(&self) -> BoundTool {
        BoundTool::new::<T>(Arc::clone(&self.clients))
    }

    /// The cluster that calls without a context go to; any that works makes the toolset usable.
    async fn probe(&self) -> Result<(), ToolError> {
        let cluster = self.clients.cluster(None, &Session::detached()).await?;
        let version = kubectl_version::server_version(&cluster).await;
        version.map(drop).map_err(|error| kubectl_version::explain(&cluster, &error))
    }
}

#[async_trait]
impl Toolset for Kubernetes {
    fn name(&self) -> &'static str {
        "kubernetes"
    }

    fn purpose(&self) -> String {
        "Look at Kubernetes objects of any kind; start with kubectl_get.".to_owned()
    }

    fn tools(&self) -> Vec<BoundTool> {
        vec![
            self.bind::<KubectlGet>(),
            self.bind::<KubectlApiResources>(),
            self.bind::<KubectlVersion>(),
            self.bind::<KubernetesContexts>(),
            self.bind::<KubernetesDiagnose>(),
        ]
    }

    async fn health(&self) -> Health {
        match self.probe().await {
            Ok(()) => Health::Ready,
            Err(ToolError::Unavailable(reason)) => self.without_default(&reason),
            Err(other) => self.without_default(&other.to_string()),
        }
    }
}

impl Kubernetes {
    /// Other contexts may still work, and each call says for itself whether they do.
    fn without_default(&self, reason: &str) -> Health {
        // Health goes to the log and to `check`, past the rendering of answers.
        let reason = self.redactor.text(reason).into_owned();
        match self.clients.contexts() {
            Ok((contexts, _)) if contexts.len() > 1 => Health::Degraded(format!(
                "the default context does not work: {reason}; `context` can be one of {}",
                contexts.join(", ")
            )),
            _ => Health::Unavailable(reason),
        }
    }
}

#[cfg(test)]
mod tests;
