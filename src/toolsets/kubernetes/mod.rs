//! A Kubernetes cluster, or several: looking at what is there, and changing it.

mod address;
mod addresses;
mod admitted;
mod afterwards;
mod autoscaled;
mod changed;
mod completion;
mod delicate;
mod documents;
mod exec;
mod field;
mod late;
mod missing;
mod namespaces;
mod needs;
mod obi;
mod observer;
mod one_line;
mod outcomes;
mod pattern;
mod pod_selector;
mod problems;
mod prompts;
mod quantity;
mod resources;
mod revisions;
mod rules;
mod selection;
mod selector;
mod settle;
mod shape;
mod side_by_side;
mod targets;
mod time;
mod unusable;
#[cfg(test)]
pub(crate) mod world;
mod write;

mod kubectl_api_resources;
mod kubectl_apply;
mod kubectl_auth_check;
mod kubectl_cordon;
mod kubectl_cp;
mod kubectl_delete;
mod kubectl_describe;
mod kubectl_drain;
mod kubectl_events;
mod kubectl_exec;
mod kubectl_get;
mod kubectl_get_crd_schema;
mod kubectl_label;
mod kubectl_logs;
mod kubectl_patch;
mod kubectl_rollout;
mod kubectl_run_job;
mod kubectl_scale;
mod kubectl_top;
mod kubectl_version;
mod kubernetes_contexts;
mod kubernetes_diagnose;
mod kubernetes_images;
mod kubernetes_wait;

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use async_trait::async_trait;

pub use self::obi::Defaults;
use self::{
    completion::Completion, kubectl_api_resources::KubectlApiResources,
    kubectl_apply::KubectlApply, kubectl_auth_check::KubectlAuthCheck,
    kubectl_cordon::KubectlCordon, kubectl_cp::KubectlCp, kubectl_delete::KubectlDelete,
    kubectl_describe::KubectlDescribe, kubectl_drain::KubectlDrain, kubectl_events::KubectlEvents,
    kubectl_exec::KubectlExec, kubectl_get::KubectlGet,
    kubectl_get_crd_schema::KubectlGetCrdSchema, kubectl_label::KubectlLabel,
    kubectl_logs::KubectlLogs, kubectl_patch::KubectlPatch, kubectl_rollout::KubectlRollout,
    kubectl_run_job::KubectlRunJob, kubectl_scale::KubectlScale, kubectl_top::KubectlTop,
    kubectl_version::KubectlVersion, kubernetes_contexts::KubernetesContexts,
    kubernetes_diagnose::KubernetesDiagnose, kubernetes_images::KubernetesImages,
    kubernetes_wait::KubernetesWait, obi::Obi, unusable::Offers,
};
use super::{Health, Toolset, Unusable};
use crate::{
    k8s::{
        BadPattern, Clients, Settings, clients, cluster, discovery, error, few, guard, identity,
        listing, mistake, openapi, path, reviews, table, withheld,
    },
    output::Redactor,
    prompt::BoundPrompt,
    resource::BoundResource,
    tool::{BoundTool, Change, Session, Tool, ToolError},
};

/// A probe that takes longer is given up by itself, because then it can say who was silent.
const PROBE_LIMIT: Duration = Duration::from_millis(2_500);
/// The most contexts that are named at once.
const MOST_NAMED: usize = 20;

/// The clusters of the kubeconfig, or the one that this process runs in.
pub struct Kubernetes {
    clients: Arc<Clients>,
    completion: Arc<Completion>,
    offers: Offers,
    obi: Arc<Obi>,
    /// Made once: resources and prompts are calls of them.
    tools: OnceLock<Vec<BoundTool>>,
    redactor: Redactor,
}

impl Kubernetes {
    /// Reads no file and opens no connection; a pattern that means nothing is the only mistake that shows now.
    pub fn new(settings: Settings) -> Result<Self, BadPattern> {
        let redactor = settings.redactor.clone();
        let clients = Arc::new(Clients::new(settings)?);
        let completion = Arc::new(Completion::new(Arc::clone(&clients)));
        let offers = Offers::new(Arc::clone(&clients));
        let obi = Arc::new(Obi::new(Arc::clone(&clients), Defaults::default()));
        Ok(Self { clients, completion, offers, obi, tools: OnceLock::new(), redactor })
    }

    /// With what a call for OBI gets that does not say it.
    #[must_use]
    pub fn with_obi(mut self, defaults: Defaults) -> Self {
        self.obi = Arc::new(Obi::new(Arc::clone(&self.clients), defaults));
        self
    }

    fn bind<T: Tool<Context = Clients>>(&self) -> BoundTool {
        BoundTool::new::<T>(Arc::clone(&self.clients))
    }

    fn bind_change<T: Change<Context = Clients>>(&self) -> BoundTool {
        BoundTool::change::<T>(Arc::clone(&self.clients))
    }

    fn bound(&self) -> Vec<BoundTool> {
        let tools = vec![
            self.bind_change::<KubectlCordon>(),
            self.bind::<KubectlDescribe>(),
            self.bind_change::<KubectlDrain>(),
            self.bind::<KubectlEvents>(),
            self.bind_change::<KubectlCp>(),
            self.bind_change::<KubectlExec>(),
            self.bind::<KubectlGet>(),
            self.bind::<KubectlLogs>(),
            self.bind::<KubectlGetCrdSchema>(),
            self.bind::<KubectlApiResources>(),
            self.bind::<KubectlAuthCheck>(),
            self.bind_change::<KubectlDelete>(),
            self.bind_change::<KubectlApply>(),
            self.bind_change::<KubectlRunJob>(),
            self.bind_change::<KubectlRollout>(),
            self.bind_change::<KubectlLabel>(),
            self.bind_change::<KubectlPatch>(),
            self.bind_change::<KubectlScale>(),
            self.bind::<KubectlTop>(),
            self.bind::<KubectlVersion>(),
            self.bind::<KubernetesContexts>(),
            self.bind::<KubernetesDiagnose>(),
            self.bind::<KubernetesImages>(),
            self.bind::<KubernetesWait>(),
        ];
        let tools: Vec<BoundTool> = tools.into_iter().chain(obi::tools(&self.obi)).collect();
        if self.offers_contexts() {
            return tools;
        }
        tools.into_iter().map(|it| it.without("context")).collect()
    }

    /// Whether there is a choice, or may be one.
    fn offers_contexts(&self) -> bool {
        let contexts = self.clients.contexts();
        contexts.map_or(true, |(names, default)| names.len() > 1 || default.is_none())
    }

    /// The cluster that calls without a context go to; any that works makes the toolset usable.
    async fn probe(&self) -> Result<(), ToolError> {
        let session = Session::detached().until(Instant::now() + PROBE_LIMIT);
        let cluster = self.clients.own_cluster(None, &session).await?;
        kubectl_version::ask(&cluster, &session).await.map(drop)
    }
}

#[async_trait]
impl Toolset for Kubernetes {
    fn name(&self) -> &'static str {
        "kubernetes"
    }

    fn purpose(&self) -> String {
        "Look at Kubernetes objects of any kind, and change them; start with kubectl_get."
            .to_owned()
    }

    fn tools(&self) -> Vec<BoundTool> {
        self.tools.get_or_init(|| self.bound()).clone()
    }

    async fn unusable(&self, session: &Session) -> Vec<Unusable> {
        self.offers.unusable(session).await
    }

    fn resources(&self) -> Vec<BoundResource> {
        let mut all = addresses::all(&self.tools(), &self.clients, &self.completion);
        all.extend(obi::addresses(&self.tools(), &self.clients));
        all
    }

    fn prompts(&self) -> Vec<BoundPrompt> {
        let mut all = prompts::all(&self.tools(), &self.completion);
        all.extend(obi::prompts(&self.tools()));
        all
    }

    /// Where callers are impersonated nobody has asked for what there is, and the first of them has the log told.
    async fn doubts(&self) -> Vec<String> {
        let session = Session::detached().until(Instant::now() + PROBE_LIMIT);
        let Ok(cluster) = self.clients.own_cluster(None, &session).await else { return Vec::new() };
        let catalog = cluster.discovery().catalog(&cluster);
        let catalog = cluster.before(session.deadline(), catalog).await;
        catalog.map_or_else(|_| Vec::new(), |it| it.doubts(cluster.guard()))
    }

    async fn health(&self) -> Health {
        match self.probe().await {
            Ok(()) => Health::Ready,
            // Whoever says that they are busy are there.
            Err(ToolError::Busy(reason)) => Health::Degraded(reason),
            Err(ToolError::Unavailable(reason) | ToolError::Refused(reason)) => {
                self.without_default(&reason)
            }
            Err(other) => self.without_default(&other.to_string()),
        }
    }
}

impl Kubernetes {
    /// Other contexts may still work, and each call says for itself whether they do.
    fn without_default(&self, reason: &str) -> Health {
        // Health goes to the log and to `check`, past the rendering of answers.
        let reason = self.redactor.text(reason).into_owned();
        let (contexts, default) = self.clients.contexts().unwrap_or_default();
        let others = contexts.iter().filter(|it| default.as_ref() != Some(*it));
        let others: Vec<&str> = others.map(String::as_str).collect();
        match default {
            _ if others.is_empty() => Health::Unavailable(reason),
            // Then the reason itself says which there are.
            None => Health::Degraded(reason),
            Some(_) => Health::Degraded(format!(
                "the default context does not work: {reason}; `context` can be {}",
                few::few(&others, MOST_NAMED)
            )),
        }
    }
}

#[cfg(test)]
mod tests;
