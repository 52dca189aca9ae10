//! What somebody who types a prompt or an address might mean: contexts, namespaces, kinds, names.
//!
//! What was asked of the cluster is kept for a moment, and asking goes on when nobody waits any more: whoever types the next
//! letter finds the answer. What failed is not kept.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use tokio::{sync::Semaphore, time::Instant};

use super::{
    clients::Clients,
    cluster::Cluster,
    discovery::Resource,
    kubectl_logs::KubectlLogs,
    listing::{Listing, Need},
};
use crate::{
    blank::Blank,
    tool::{Caller, Session, ToolError},
};

/// How long a list is good for somebody who types.
const FRESH: Duration = Duration::from_secs(10);
/// Lists that are kept, and the names of a list that are looked at: together a few megabytes at the most.
const MOST_KEPT: usize = 16;
const MOST_NAMES: usize = 5_000;
/// Questions under way; one more is not asked.
const MOST_ASKED: usize = 4;
/// A cluster that takes longer has nothing to propose.
const PATIENCE: Duration = Duration::from_secs(5);

/// What people diagnose, in the order of the letters.
const DIAGNOSED: [&str; 10] = [
    "cronjob",
    "daemonset",
    "deployment",
    "ingress",
    "job",
    "node",
    "persistentvolumeclaim",
    "pod",
    "service",
    "statefulset",
];

pub(super) struct Completion {
    clients: Arc<Clients>,
    kept: Mutex<HashMap<Question, Kept>>,
    turns: Arc<Semaphore>,
}

/// What a list is of, and in whose name it was asked for: what one caller may see is nothing to another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Question {
    caller: Option<Caller>,
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
    values: Values,
}

/// None when they could not be had.
type Values = Shared<BoxFuture<'static, Option<Arc<Vec<String>>>>>;

impl Completion {
    pub(super) fn new(clients: Arc<Clients>) -> Self {
        Self { clients, kept: Mutex::default(), turns: Arc::new(Semaphore::new(MOST_ASKED)) }
    }

    /// The values that fit a blank, in order. Nothing where the cluster cannot or may not be asked.
    pub(super) async fn values(&self, blank: &Blank, session: &Session) -> Vec<String> {
        let names = |kind: &str| About::Names { kind: kind.to_owned() };
        let about = match blank.name.as_str() {
            "context" => return self.contexts(&blank.prefix, session),
            "namespace" => names("namespaces"),
            "kind" => About::Kinds,
            "name" => names(blank.other("kind").unwrap_or("pods")),
            "pod" => names("pods"),
            "service_account" => names("serviceaccounts"),
            "container" => {
                About::Containers { pod: blank.other("pod").unwrap_or_default().to_owned() }
            }
            "resource" => return self.resources(blank, session).await,
            _ => return Vec::new(),
        };
        beginning_with(&blank.prefix, self.known(blank, about, session).await.iter())
    }

    fn contexts(&self, prefix: &str, session: &Session) -> Vec<String> {
        let admitted = self.clients.impersonated(session);
        let contexts = admitted.and_then(|_| self.clients.contexts());
        let (names, _) = contexts.unwrap_or_default();
        beginning_with(prefix, names.iter())
    }

    /// `deploy` becomes `deployment/`, and `deployment/w` becomes `deployment/web`.
    async fn resources(&self, blank: &Blank, session: &Session) -> Vec<String> {
        let Some((kind, _)) = blank.prefix.split_once('/') else {
            return beginning_with(&blank.prefix, DIAGNOSED.map(|it| format!("{it}/")).iter());
        };
        if !DIAGNOSED.contains(&kind) {
            return Vec::new();
        }
        let names = self.known(blank, About::Names { kind: kind.to_owned() }, session).await;
        let names: Vec<String> = names.iter().map(|it| format!("{kind}/{it}")).collect();
        beginning_with(&blank.prefix, names.iter())
    }

    async fn known(&self, blank: &Blank, about: About, session: &Session) -> Arc<Vec<String>> {
        let is_global =
            about == About::Kinds || about == About::Names { kind: "namespaces".into() };
        let namespace = blank.other("namespace").filter(|_| !is_global).map(str::to_owned);
        let context = blank.other("context").map(str::to_owned);
        let Ok(caller) = self.clients.impersonated(session) else { return Arc::default() };
        let question = Question { caller, context, namespace, about };
        let Some(values) = self.kept(&question, session) else { return Arc::default() };
        let values = values.await;
        if values.is_none() {
            self.lock().remove(&question);
        }
        values.unwrap_or_default()
    }

    /// None when too much is asked already.
    fn kept(&self, question: &Question, session: &Session) -> Option<Values> {
        let mut all = self.lock();
        all.retain(|_, it| it.since.elapsed() < FRESH);
        if let Some(kept) = all.get(question) {
            return Some(kept.values.clone());
        }
        let turn = Arc::clone(&self.turns).try_acquire_owned().ok();
        let turn = turn.filter(|_| all.len() < MOST_KEPT)?;
        // What it asks for counts for the call that began it.
        let session = session.anew((Instant::now() + PATIENCE).into_std());
        let (clients, asked) = (Arc::clone(&self.clients), question.clone());
        let asking = tokio::spawn(async move {
            let _turn = turn;
            let answer = tokio::time::timeout(PATIENCE, asked.answer(&clients, &session)).await;
            answer.ok().and_then(Result::ok)
        });
        let values = asking.map(|it| it.ok().flatten().map(Arc::new)).boxed().shared();
        all.insert(question.clone(), Kept { since: Instant::now(), values: values.clone() });
        Some(values)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Question, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn beginning_with<'a>(prefix: &str, values: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut values: Vec<String> = values.filter(|it| it.starts_with(prefix)).cloned().collect();
    values.sort_unstable();
    values
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

fn is_proposed(resource: &Resource, cluster: &Cluster) -> bool {
    let denied = cluster.guard().denies(&resource.group, &resource.plural, None);
    resource.preferred && resource.supports("list") && !denied
}
