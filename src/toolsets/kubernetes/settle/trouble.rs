//! The new pods of a workload, and the word of its controller, until one of them says that the rollout fails.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde::Deserialize;
use serde_json::Value;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::suspicion::{Suspicion, suspicion};
use crate::{
    tool::ToolError,
    toolsets::kubernetes::{
        address::Address,
        cluster::Cluster,
        discovery::Resource,
        field::text,
        listing::Listing,
        observer::{News, Observed, Observer},
        pod_selector::pod_selector,
        revisions::{hash_label, revisions},
    },
};

/// How often the controller is asked, and what is suspicious is looked at again.
const PACE: Duration = Duration::from_secs(5);
/// Pods that are looked at in the beginning.
const MOST_PODS: usize = 500;

/// Why a rollout fails.
pub(super) struct Trouble {
    /// `pod web-5d4-x: container main is in ImagePullBackOff`
    pub(super) why: String,
    pub(super) pod: Option<String>,
    /// What its controller says; words of others may stand in it.
    pub(super) said: Option<String>,
}

impl Trouble {
    fn of(why: String) -> Self {
        Self { why, pod: None, said: None }
    }

    pub(super) fn said(said: String) -> Self {
        Self { said: Some(said), ..Self::of("it cannot come to its end any more".to_owned()) }
    }
}

pub(super) struct Watch<'a> {
    pub(super) cluster: &'a Arc<Cluster>,
    pub(super) workload: &'a Address,
}

/// A pod that does not look as if it would start.
struct Suspect {
    name: String,
    /// Of its revision.
    hash: String,
    suspicion: Suspicion,
    since: Instant,
}

#[derive(Default)]
struct Seen {
    /// By uid.
    suspects: BTreeMap<String, Suspect>,
    /// Of the revision that is rolled out, once the controller has made it.
    hash: Option<String>,
    /// Since when the controller has not been able to make pods.
    failure: Option<Instant>,
}

#[derive(Deserialize)]
struct List {
    items: Option<Vec<Value>>,
}

impl Watch<'_> {
    /// Never ends where there is none, or where it cannot be seen.
    pub(super) async fn until_trouble(&self) -> Trouble {
        match self.watch().await {
            Ok(trouble) => trouble,
            Err(_) => std::future::pending().await,
        }
    }

    async fn watch(&self) -> Result<Trouble, ToolError> {
        let namespace = self.workload.namespace.as_deref();
        let object = self.now().await?;
        let resource = &self.workload.resource;
        let labels =
            pod_selector(self.cluster, resource, namespace.unwrap_or_default(), &object).await?;
        let pods = self.cluster.resource("pods").await?;
        let mut observer = Observer::new(Observed {
            cluster: Arc::clone(self.cluster),
            resource: Arc::clone(&pods),
            namespace: namespace.map(str::to_owned),
            name: None,
            labels: labels.clone(),
        });
        let (mut seen, mut ticks) = (Seen::default(), interval(PACE));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                news = observer.next() => match news? {
                    News::State(Some(pod)) => self.take(&mut seen, &pod),
                    News::State(None) => self.look(&mut seen, &pods, labels.as_deref()).await?,
                    News::Quiet | News::Unreachable(_) => {}
                },
                _ = ticks.tick() => {
                    if let Some(trouble) = self.of_controller(&mut seen).await {
                        return Ok(trouble);
                    }
                }
            }
            if let Some(trouble) = self.of_pods(&mut seen).await {
                return Ok(trouble);
            }
        }
    }

    async fn now(&self) -> Result<Value, ToolError> {
        let now = self.workload.get(self.cluster).await;
        now.map_err(|it| self.workload.failed(self.cluster, "get", &it))
    }

    /// All pods, where it is not known which have changed.
    async fn look(
        &self,
        seen: &mut Seen,
        pods: &Resource,
        labels: Option<&str>,
    ) -> Result<(), ToolError> {
        let namespace = self.workload.namespace.as_deref();
        let listing = Listing { namespace, labels, ..Listing::of_all(self.cluster, pods) };
        let list: List =
            listing.objects(None, MOST_PODS).await.map_err(|it| listing.failed(&it))?;
        let pods = list.items.unwrap_or_default();
        seen.suspects.retain(|uid, _| pods.iter().any(|it| text(it, "/metadata/uid") == uid));
        for pod in &pods {
            self.take(seen, pod);
        }
        Ok(())
    }

    fn take(&self, seen: &mut Seen, pod: &Value) {
        let uid = text(pod, "/metadata/uid").to_owned();
        let Some(suspicion) = suspicion(pod) else {
            seen.suspects.remove(&uid);
            return;
        };
        let since = seen.suspects.get(&uid).map_or_else(Instant::now, |it| it.since);
        let hash = format!("/metadata/labels/{}", hash_label(self.workload));
        let (name, hash) = (text(pod, "/metadata/name").to_owned(), text(pod, &hash).to_owned());
        seen.suspects.insert(uid, Suspect { name, hash, suspicion, since });
    }

    /// Of the pods that are rolled out now; those of older revisions are being replaced.
    async fn of_pods(&self, seen: &mut Seen) -> Option<Trouble> {
        let is_due = |it: &&Suspect| it.since.elapsed() >= it.suspicion.patience;
        seen.suspects.values().find(is_due)?;
        if seen.hash.is_none() {
            // Where it cannot be read at the moment, it is asked for again.
            seen.hash = self.hash().await.ok()?;
        }
        let is_new = |it: &&Suspect| Some(&it.hash) == seen.hash.as_ref();
        let suspect = seen.suspects.values().filter(is_due).find(is_new)?;
        let why = format!("pod {}: {}", suspect.name, suspect.suspicion.why);
        Some(Trouble { pod: Some(suspect.name.clone()), ..Trouble::of(why) })
    }

    /// None until the controller has seen what is wanted.
    async fn hash(&self) -> Result<Option<String>, ToolError> {
        let object = self.now().await?;
        let number = |it: &str| object.pointer(it).and_then(Value::as_i64).unwrap_or_default();
        if number("/status/observedGeneration") < number("/metadata/generation") {
            return Ok(None);
        }
        let revisions = revisions(self.cluster, self.workload, &object).await?;
        Ok(revisions.into_iter().last().map(|it| it.hash))
    }

    /// A controller that may not make pods, because of a quota or an admission plugin, says so in the workload: twice in a row, since
    /// an old pod that ends may make room.
    async fn of_controller(&self, seen: &mut Seen) -> Option<Trouble> {
        if self.workload.resource.kind != "Deployment" {
            return None;
        }
        let object = self.now().await.ok()?;
        let conditions = object.pointer("/status/conditions").and_then(Value::as_array);
        let failure = conditions
            .into_iter()
            .flatten()
            .find(|it| text(it, "/type") == "ReplicaFailure" && text(it, "/status") == "True");
        let Some(failure) = failure else {
            seen.failure = None;
            return None;
        };
        let since = *seen.failure.get_or_insert_with(Instant::now);
        let why = format!("its controller cannot make pods ({})", text(failure, "/reason"));
        (since.elapsed() >= PACE / 2).then(|| Trouble::of(why))
    }
}
