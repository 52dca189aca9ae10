//! The one place that makes clients: from the contexts of the kubeconfig, at first use, and anew whenever it changes.

mod certificate;
mod connect;
mod impersonation;
mod kubeconfig;
mod plugin;
mod proxy;
mod slot;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use kube::config::Kubeconfig;

pub(crate) use self::connect::impatient;
use self::{
    impersonation::Name,
    kubeconfig::{Source, Stamp},
    slot::Slot,
};
use super::{
    cluster::Cluster,
    few::{briefly, few},
    guard::{BadPattern, Glob, Guard},
    settings::Settings,
};
use crate::{
    nearest::nearest,
    output::hinted,
    tool::{Caller, Session, ToolError},
};

/// The name of the only context when the server runs in a pod.
const IN_CLUSTER: &str = "in-cluster";

/// The most contexts that an error names.
const MOST_NAMED: usize = 20;

/// Clusters by the name of their context. What the tools of this toolset work with.
pub struct Clients {
    settings: Settings,
    allowed: Vec<Glob>,
    guard: Guard,
    loaded: Mutex<Option<Loaded>>,
}

/// Why there is no cluster to talk to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoCluster {
    /// The argument is wrong.
    #[error("{0}")]
    UnknownContext(String),
    /// The context exists, and is not for us.
    #[error("{0}")]
    NotAllowed(String),
    /// Files or credentials are not as they should be.
    #[error("{0}")]
    Unusable(String),
}

impl NoCluster {
    fn unusable(problem: impl Into<String>) -> Self {
        Self::Unusable(problem.into())
    }
}

impl From<NoCluster> for ToolError {
    fn from(reason: NoCluster) -> Self {
        match reason {
            NoCluster::UnknownContext(text) => Self::invalid(text),
            NoCluster::NotAllowed(text) => Self::Refused(text),
            NoCluster::Unusable(text) => Self::Unavailable(text),
        }
    }
}

/// What was read, and the clients made from it.
struct Loaded {
    stamp: Stamp,
    contexts: Arc<Contexts>,
    slots: HashMap<String, Arc<Slot>>,
}

/// The contexts that a kubeconfig describes.
pub(crate) struct Contexts {
    source: Source,
    kubeconfig: Kubeconfig,
}

impl Clients {
    /// Reads nothing yet: a server that is never asked about a cluster needs none.
    pub fn new(settings: Settings) -> Result<Self, BadPattern> {
        let allowed = settings.contexts.iter().map(|it| Glob::new(it)).collect::<Result<_, _>>()?;
        let guard = Guard::new(&settings.limits)?.impersonating(settings.impersonates);
        Ok(Self { settings, allowed, guard, loaded: Mutex::default() })
    }

    /// The cluster of that context, or of the current one, asked on behalf of that call. Waits for credentials at most until the
    /// deadline.
    pub async fn cluster(
        &self,
        context: Option<&str>,
        session: &Session,
    ) -> Result<Arc<Cluster>, ToolError> {
        let caller = self.impersonated(session)?;
        let cluster = self.own_cluster(context, session).await?;
        let Some(caller) = caller else { return Ok(Arc::new(cluster)) };
        let name = Name::of(&caller)?;
        let renamed = |client: &_| connect::impersonating(client, name);
        Ok(Arc::new(cluster.in_the_name_of(caller, renamed)))
    }

    /// The same asked by the server for itself. Where it impersonates its callers, the guard lets it ask nothing but whether the
    /// cluster is there.
    pub(crate) async fn own_cluster(
        &self,
        context: Option<&str>,
        session: &Session,
    ) -> Result<Cluster, ToolError> {
        Ok(self.slot(context)?.cluster(session.deadline()).await?.on_behalf_of(session))
    }

    /// The rules for every cluster.
    pub(crate) fn guard(&self) -> &Guard {
        &self.guard
    }

    /// In whose name that call asks; `None` where it is the server's own.
    pub(crate) fn impersonated(&self, session: &Session) -> Result<Option<Caller>, NoCluster> {
        self.settings.impersonates.then(|| impersonation::caller_of(session)).transpose()
    }

    /// The names of all contexts that may be used, and the one of them that is used when none is named.
    pub fn contexts(&self) -> Result<(Vec<String>, Option<String>), NoCluster> {
        let contexts = self.with_loaded(|loaded| Arc::clone(&loaded.contexts))?;
        let names = contexts.names().filter(|it| self.allows(it));
        let names: Vec<String> = names.map(str::to_owned).collect();
        let default = names.iter().find(|it| contexts.current() == Some(it.as_str())).cloned();
        Ok((names, default))
    }

    fn slot(&self, context: Option<&str>) -> Result<Arc<Slot>, NoCluster> {
        self.with_loaded(|loaded| {
            let name = self.choose(&loaded.contexts, context)?;
            if let Some(slot) = loaded.slots.get(&name).filter(|it| it.is_up_to_date()) {
                return Ok(Arc::clone(slot));
            }
            let contexts = Arc::clone(&loaded.contexts);
            let guard = self.guard.for_another_cluster();
            let slot = Arc::new(Slot::new(name.clone(), contexts, guard, &self.settings));
            loaded.slots.insert(name, Arc::clone(&slot));
            Ok(slot)
        })?
    }

    /// Gives what was read, read again if any file is another one by now. Calls under way keep their clients.
    fn with_loaded<T>(&self, then: impl FnOnce(&mut Loaded) -> T) -> Result<T, NoCluster> {
        let source = Source::find(&self.settings)?;
        let stamp = source.stamp();
        let mut place = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        match place.as_mut() {
            Some(loaded) if loaded.stamp == stamp => Ok(then(loaded)),
            _ => {
                let contexts = Arc::new(Contexts { kubeconfig: source.read()?, source });
                let loaded = Loaded { stamp, contexts, slots: HashMap::new() };
                Ok(then(place.insert(loaded)))
            }
        }
    }

    fn choose(&self, contexts: &Contexts, asked: Option<&str>) -> Result<String, NoCluster> {
        if contexts.names().next().is_none() {
            return Err(NoCluster::unusable("the kubeconfig describes no context"));
        }
        let Some(name) = asked.or_else(|| contexts.current()) else {
            return Err(NoCluster::unusable(format!(
                "the kubeconfig has no current-context; name one as `context`: {}",
                self.choice(contexts)
            )));
        };
        if !contexts.names().any(|it| it == name) {
            let known = self.known(contexts, name);
            let name = briefly(name);
            return Err(match asked {
                Some(_) => {
                    let wrong = format!("there is no context {name}");
                    NoCluster::UnknownContext(hinted(&wrong, &known))
                }
                None => NoCluster::unusable(format!(
                    "the kubeconfig's current-context {name} does not exist: {known}; name one as `context`"
                )),
            });
        }
        if !self.allows(name) {
            return Err(NoCluster::NotAllowed(format!(
                "context {name} is not allowed (toolsets.kubernetes.contexts); allowed are {}",
                self.choice(contexts)
            )));
        }
        Ok(name.to_owned())
    }

    /// `did you mean test? known are prod, test`
    fn known(&self, contexts: &Contexts, name: &str) -> String {
        let allowed = contexts.names().filter(|it| self.allows(it));
        let hint = nearest(name, allowed).map(|it| format!("did you mean {it}? "));
        format!("{}known are {}", hint.unwrap_or_default(), self.choice(contexts))
    }

    fn choice(&self, contexts: &Contexts) -> String {
        let allowed: Vec<&str> = contexts.names().filter(|it| self.allows(it)).collect();
        if allowed.is_empty() { "none".to_owned() } else { few(&allowed, MOST_NAMED) }
    }

    fn allows(&self, context: &str) -> bool {
        self.allowed.iter().any(|it| it.matches(context))
    }
}

impl Contexts {
    fn names(&self) -> impl Iterator<Item = &str> {
        let own = (self.source == Source::InCluster).then_some(IN_CLUSTER);
        own.into_iter().chain(self.kubeconfig.contexts.iter().map(|it| it.name.as_str()))
    }

    /// The certificates and keys that a context points to.
    fn files(&self, context: &str) -> Vec<PathBuf> {
        let Kubeconfig { contexts, clusters, auth_infos, .. } = &self.kubeconfig;
        let context = contexts.iter().find(|it| it.name == context);
        let Some(context) = context.and_then(|it| it.context.as_ref()) else { return Vec::new() };
        let cluster = clusters.iter().find(|it| it.name == context.cluster);
        let cluster = cluster.and_then(|it| it.cluster.as_ref());
        let user = auth_infos.iter().find(|it| Some(&it.name) == context.user.as_ref());
        let user = user.and_then(|it| it.auth_info.as_ref());
        let files = [
            cluster.and_then(|it| it.certificate_authority.as_ref()),
            user.and_then(|it| it.client_certificate.as_ref()),
            user.and_then(|it| it.client_key.as_ref()),
        ];
        files.into_iter().flatten().map(PathBuf::from).collect()
    }

    fn current(&self) -> Option<&str> {
        if self.source == Source::InCluster {
            return Some(IN_CLUSTER);
        }
        self.kubeconfig.current_context.as_deref().filter(|it| !it.is_empty())
    }
}
