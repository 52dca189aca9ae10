//! OBI in a cluster: deployed, watched, changed, explained and removed, and nothing touched that Tacklebox did not make.
//!
//! A deployment goes this way: `wanted` is all that decides it, `objects` makes the objects of it, and these are tried, shown and applied as
//! any manifest is (`kubectl_apply`), as one apply set. The object that stands for the set holds the `record` of what was wanted, so
//! that any server can go on from it.

mod addresses;
mod asked;
mod bring;
mod configuration;
mod coverage;
mod deployed;
mod explaining;
mod forms;
mod ground;
mod image;
mod located;
mod objects;
mod pages;
mod pods;
mod preflight;
mod prompts;
mod record;
mod remove;
mod seen;
mod variables;
mod wanted;

mod obi_k8s_config;
mod obi_k8s_coverage;
mod obi_k8s_deploy;
mod obi_k8s_explain;
mod obi_k8s_logs;
mod obi_k8s_manifests;
mod obi_k8s_preflight;
mod obi_k8s_status;
mod obi_k8s_undeploy;
mod obi_k8s_update;
mod obi_k8s_upgrade;

pub(super) use self::{addresses::all as addresses, prompts::all as prompts};

use std::sync::Arc;

use serde_json::{Map, Value};

use self::{
    obi_k8s_config::ObiK8sConfig, obi_k8s_coverage::ObiK8sCoverage, obi_k8s_deploy::ObiK8sDeploy,
    obi_k8s_explain::ObiK8sExplain, obi_k8s_logs::ObiK8sLogs, obi_k8s_manifests::ObiK8sManifests,
    obi_k8s_preflight::ObiK8sPreflight, obi_k8s_status::ObiK8sStatus,
    obi_k8s_undeploy::ObiK8sUndeploy, obi_k8s_update::ObiK8sUpdate, obi_k8s_upgrade::ObiK8sUpgrade,
};
use super::{clients::Clients, cluster::Cluster};
use crate::tool::{BoundTool, Session, Tool, ToolError};

/// What holds where a call does not say it.
#[derive(Debug, Clone)]
pub struct Defaults {
    pub namespace: String,
    /// As a call would name it.
    pub image: String,
    /// OBI's configuration; empty for none.
    pub configuration: Map<String, Value>,
}

impl Default for Defaults {
    fn default() -> Self {
        let image = image::Image::default().as_str().to_owned();
        Self { namespace: "observability".to_owned(), image, configuration: Map::new() }
    }
}

/// What its tools work with.
pub(super) struct Obi {
    clients: Arc<Clients>,
    defaults: Defaults,
}

impl Obi {
    pub(super) fn new(clients: Arc<Clients>, defaults: Defaults) -> Self {
        Self { clients, defaults }
    }

    fn bind<T: Tool<Context = Clients>>(&self) -> BoundTool {
        BoundTool::new::<T>(Arc::clone(&self.clients))
    }

    async fn cluster(
        &self,
        context: Option<&str>,
        session: &Session,
    ) -> Result<Arc<Cluster>, ToolError> {
        self.clients.cluster(context, session).await
    }
}

pub(super) fn tools(obi: &Arc<Obi>) -> Vec<BoundTool> {
    let looks = [
        obi.bind::<ObiK8sStatus>(),
        obi.bind::<ObiK8sLogs>(),
        BoundTool::new::<ObiK8sCoverage>(Arc::clone(obi)),
        BoundTool::new::<ObiK8sExplain>(Arc::clone(obi)),
        BoundTool::new::<ObiK8sPreflight>(Arc::clone(obi)),
        BoundTool::new::<ObiK8sConfig>(Arc::clone(obi)),
        BoundTool::new::<ObiK8sManifests>(Arc::clone(obi)),
    ];
    let changes = [
        BoundTool::change::<ObiK8sDeploy>(Arc::clone(obi)),
        BoundTool::change::<ObiK8sUndeploy>(Arc::clone(obi)),
        BoundTool::change::<ObiK8sUpdate>(Arc::clone(obi)),
        BoundTool::change::<ObiK8sUpgrade>(Arc::clone(obi)),
    ];
    looks.into_iter().chain(changes).collect()
}

/// What everything that belongs to an OBI of ours is called, and the apply set that it is in.
const NAME: &str = "obi";

/// Beside `app.kubernetes.io/name: obi`, by which its pods are found.
const COMPONENT: &str = "app.kubernetes.io/component";
const AGENT: &str = "agent";
const CACHE: &str = "k8s-cache";
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
const TACKLEBOX: &str = "tacklebox";

/// Where the cache of metadata answers.
const CACHE_PORT: u16 = 50055;
