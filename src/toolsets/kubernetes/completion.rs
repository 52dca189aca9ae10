//! What somebody who types a prompt or an address might mean: contexts, namespaces, kinds, names.
//!
//! What was asked of the cluster is kept for a moment, and asking goes on when nobody waits any more: whoever types the next
//! letter finds the answer.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use tokio::time::Instant;

use super::{
    clients::Clients,
    discovery::Resource,
    kubectl_logs::KubectlLogs,
    listing::{Listing, Need},
};
use crate::{
    blank::Blank,
    tool::{Session, ToolError},
};

/// How long a list is good for somebody who types.
const FRESH: Duration = Duration::from_secs(10);
/// Lists that are kept.
const MOST_KEPT: usize = 100;
/// The names of a list that are looked at.
const MOST_NAMES: usize = 5_000;
/// A cluster that takes longer has nothing to propose.
const PATIENCE: Duration = Duration::from_secs(5);

/// What people diagnose.
const WORKLOADS: [&str; 9] = [
    "cronjob",
    "daemonset",
    "deployment",
    "ingress",
    "job",
    "node",
    "pod",
    "service",
    "statefulset",
];

pub(super) struct Completion {
    clients: Arc<Clients>,
    kept: Mutex<HashMap<Question, Kept>>,
}

/// What a list is of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Question {
    context: Option<String>,
    namespace: Option<String>,
    about: About,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum About {
    Kinds,
    Names { kind: String },
    Containers { pod: String },
}

struct Kept {
    since: Instant,
    values: Shared<BoxFuture<'static, Arc<Vec<String>>>>,
}

impl Completion {
    pub(super) fn new(clients: Arc<Clients>) -> Self {
        Self { clients, kept: Mutex::default() }
    }

    /// The values that fit a blank, in order. Nothing where the cluster cannot or may not be asked.
    pub(super) async fn values(&self, blank: &Blank) -> Vec<String> {
        let names = |kind: &str| About::Names { kind: kind.to_owned() };
        let about = match blank.name.as_str() {
            "context" => return self.contexts(&blank.prefix),
            "namespace" => names("namespaces"),
            "kind" => About::Kinds,
            "name" => names(blank.other("kind").unwrap_or("pods")),
            "pod" => names("pods"),
            "service_account" => names("serviceaccounts"),
            "container" => {
                About::Containers { pod: blank.other("pod").unwrap_or_default().to_owned() }
            }
            "resource" => return self.resources(blank).await,
            _ => return Vec::new(),
        };
        beginning_with(&blank.prefix, self.known(blank, about).await.iter())
    }

    fn contexts(&self, prefix: &str) -> Vec<String> {
        let (names, _) = self.clients.contexts().unwrap_or_default();
        beginning_with(prefix, names.iter())
    }

    /// `deploy` becomes `deployment/`, and `deployment/w` becomes `deployment/web`.
    async fn resources(&self, blank: &Blank) -> Vec<String> {
        let Some((kind, _)) = blank.prefix.split_once('/') else {
            return beginning_with(&blank.prefix, WORKLOADS.map(|it| format!("{it}/")).iter());
        };
        let names = self.known(blank, About::Names { kind: kind.to_owned() }).await;
        let names: Vec<String> = names.iter().map(|it| format!("{kind}/{it}")).collect();
        beginning_with(&blank.prefix, names.iter())
    }

    async fn known(&self, blank: &Blank, about: About) -> Arc<Vec<String>> {
        let is_global =
            about == About::Kinds || about == About::Names { kind: "namespaces".into() };
        let namespace = blank.other("namespace").filter(|_| !is_global).map(str::to_owned);
        let context = blank.other("context").map(str::to_owned);
        self.kept(Question { context, namespace, about }).await
    }

    fn kept(&self, question: Question) -> Shared<BoxFuture<'static, Arc<Vec<String>>>> {
        let mut all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, it| it.since.elapsed() < FRESH);
        if let Some(kept) = all.get(&question) {
            return kept.values.clone();
        }
        let asking = tokio::spawn(ask(Arc::clone(&self.clients), question.clone()));
        let values = asking.map(|it| Arc::new(it.unwrap_or_default())).boxed().shared();
        if all.len() < MOST_KEPT {
            all.insert(question, Kept { since: Instant::now(), values: values.clone() });
        }
        values
    }
}

fn beginning_with<'a>(prefix: &str, values: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut values: Vec<String> = values.filter(|it| it.starts_with(prefix)).cloned().collect();
    values.sort_unstable();
    values
}

async fn ask(clients: Arc<Clients>, question: Question) -> Vec<String> {
    let session = Session::detached().until((Instant::now() + PATIENCE).into_std());
    let asking = question.answer(&clients, &session);
    tokio::time::timeout(PATIENCE, asking).await.ok().and_then(Result::ok).unwrap_or_default()
}

impl Question {
    async fn answer(&self, clients: &Clients, session: &Session) -> Result<Vec<String>, ToolError> {
        let cluster = clients.cluster(self.context.as_deref(), session).await?;
        let namespace = self.namespace.as_deref();
        match &self.about {
            About::Kinds => {
                let catalog = cluster.discovery().catalog(&cluster).await?;
                let listed = catalog.resources.iter().filter(|it| is_proposed(it, &cluster));
                Ok(listed.map(|it| it.full_name()).collect())
            }
            About::Names { kind } => {
                let resource = cluster.resource(kind).await?;
                let own = cluster.identity.namespace.as_str();
                let namespace = Some(namespace.unwrap_or(own)).filter(|_| resource.namespaced);
                let listing = Listing { namespace, ..Listing::of_all(&cluster, &resource) };
                let page = listing.page(Need::Cells, None, MOST_NAMES).await;
                Ok(page.map_err(|it| listing.failed(&it))?.into_names().collect())
            }
            About::Containers { pod } => {
                let call = KubectlLogs::of_pod(pod, namespace, None);
                Ok(call.sources(&cluster).await?.into_iter().map(|it| it.name).collect())
            }
        }
    }
}

fn is_proposed(resource: &Resource, cluster: &super::Cluster) -> bool {
    let denied = cluster.guard().denies(&resource.group, &resource.plural, None);
    resource.preferred && resource.supports("list") && !denied
}
