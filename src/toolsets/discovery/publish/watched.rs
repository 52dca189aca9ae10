//! Whether somebody else changed what stands in the cluster: a watch on exactly the objects that count.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::{StreamExt, stream, stream::BoxStream};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{
    Api, ResourceExt,
    runtime::watcher::{self, Event, watcher},
};
use tokio::{
    sync::watch,
    time::{self, Instant},
};

use super::{
    Overrides, Place,
    asking::{Clusters, explained},
    config_map::overrides,
    pace::Failures,
};
use crate::k8s::{
    clients::impatient,
    error::{ApiError, Asked},
};

/// A watch that is silent for so long is begun anew: nothing else would tell that its connection is lost.
const SILENCE: Duration = Duration::from_mins(6);

#[derive(Debug, PartialEq)]
pub(super) enum News {
    /// It is not as it was.
    Changed,
    /// Nothing is seen at the moment, and why.
    Blind(String),
    /// It is seen again.
    Sighted,
}

/// The versions that are known, by name; `None` for what is not there.
#[derive(Debug, Clone, Default)]
pub(super) struct Versions(Arc<Mutex<HashMap<String, Option<String>>>>);

impl Versions {
    /// Whether that is news.
    pub(super) fn note(&self, name: &str, version: Option<String>) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(name.to_owned(), version.clone()) != Some(version)
    }
}

type Events = BoxStream<'static, (String, watcher::Result<Event<ConfigMap>>)>;

pub(super) struct Watched {
    clusters: Arc<dyn Clusters>,
    namespace: String,
    names: Vec<String>,
    versions: Versions,
    /// What the one of them says that has the overrides.
    overrides: watch::Sender<Overrides>,
    events: Option<Events>,
    /// Those that a list has not named yet.
    unlisted: Vec<String>,
    heard: Instant,
    failures: Failures,
    not_before: Instant,
    is_blind: bool,
}

impl Watched {
    pub(super) fn new(
        clusters: Arc<dyn Clusters>,
        place: &Place,
        other: Option<&str>,
        versions: Versions,
        overrides: watch::Sender<Overrides>,
    ) -> Self {
        let names = [Some(place.name.as_str()), other].into_iter().flatten();
        Self {
            clusters,
            namespace: place.namespace.clone(),
            names: names.map(str::to_owned).collect(),
            versions,
            overrides,
            events: None,
            unlisted: Vec::new(),
            heard: Instant::now(),
            failures: Failures::default(),
            not_before: Instant::now(),
            is_blind: false,
        }
    }

    /// What is new. Nothing is lost by dropping it half way.
    pub(super) async fn next(&mut self) -> News {
        loop {
            let Some(events) = &mut self.events else {
                time::sleep_until(self.not_before).await;
                match self.open().await {
                    Ok(events) => (self.events, self.heard) = (Some(events), Instant::now()),
                    Err(reason) => return self.lost(reason),
                }
                continue;
            };
            match time::timeout_at(self.heard + SILENCE, events.next()).await {
                Err(_) | Ok(None) => self.events = None,
                Ok(Some((name, Ok(event)))) => {
                    self.heard = Instant::now();
                    // That it begins to look says nothing yet.
                    let is_seen = !matches!(event, Event::Init);
                    if is_seen {
                        self.failures.none();
                    }
                    if self.take(&name, event) {
                        self.is_blind = false;
                        return News::Changed;
                    }
                    if is_seen && std::mem::take(&mut self.is_blind) {
                        return News::Sighted;
                    }
                }
                Ok(Some((name, Err(error)))) => {
                    let reason = self.explain(&name, error).await;
                    return self.lost(reason);
                }
            }
        }
    }

    fn lost(&mut self, reason: String) -> News {
        self.events = None;
        self.not_before = Instant::now() + self.failures.one_more();
        self.is_blind = true;
        News::Blind(reason)
    }

    async fn open(&mut self) -> Result<Events, String> {
        let cluster = self.clusters.cluster().await.map_err(|error| error.reason())?;
        let client = impatient(&cluster.client());
        let watches = self.names.iter().map(|name| {
            let api: Api<ConfigMap> = Api::namespaced(client.clone(), &self.namespace);
            let only = watcher::Config::default().fields(&format!("metadata.name={name}"));
            let name = name.clone();
            watcher(api, only).map(move |event| (name.clone(), event)).boxed()
        });
        Ok(stream::select_all(watches).boxed())
    }

    /// Whether that event is news.
    fn take(&mut self, name: &str, event: Event<ConfigMap>) -> bool {
        match event {
            Event::Init => {
                self.unlisted.push(name.to_owned());
                false
            }
            Event::InitApply(it) | Event::Apply(it) => {
                self.unlisted.retain(|it| it != name);
                self.see(name, overrides(&it));
                self.versions.note(name, it.resource_version())
            }
            Event::InitDone => {
                let is_absent = self.unlisted.iter().any(|it| it == name);
                self.unlisted.retain(|it| it != name);
                if is_absent {
                    self.see(name, None);
                }
                is_absent && self.versions.note(name, None)
            }
            Event::Delete(_) => {
                self.see(name, None);
                self.versions.note(name, None)
            }
        }
    }

    fn see(&self, name: &str, text: Option<String>) {
        // The last one is the one that has them.
        if self.names.last().is_some_and(|it| it == name) {
            let seen = Overrides::Seen(text);
            self.overrides.send_if_modified(|it| (*it != seen).then(|| *it = seen).is_some());
        }
    }

    async fn explain(&mut self, name: &str, error: watcher::Error) -> String {
        use watcher::Error::{
            InitialListFailed, NoResourceVersion, WatchError, WatchFailed, WatchStartFailed,
        };
        let (verb, error) = match error {
            InitialListFailed(error) => ("list", ApiError::from(error)),
            WatchStartFailed(error) | WatchFailed(error) => ("watch", ApiError::from(error)),
            WatchError(status) => ("watch", ApiError::from(kube::Error::Api(status))),
            NoResourceVersion => return "the API server gives no versions".to_owned(),
        };
        let namespace = Some(self.namespace.as_str());
        let asked = Asked { verb, resource: "configmaps", name: Some(name), namespace };
        match self.clusters.cluster().await {
            Ok(cluster) => explained(&cluster, &error, &asked),
            Err(error) => error.reason(),
        }
    }
}
