//! What is found becomes what is published.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::{sync::watch, task::JoinHandle};

use super::{
    hold::{Hold, Services, services},
    holmes::{self, Document, Layout, difference},
    publish::{self, Clusters, Compose, OVERRIDES, Publisher, Wanted},
    service::Place,
    settings::{Publish, Reload},
    snapshot::Snapshot,
    survey::{Look, Survey},
};
use crate::{
    k8s::{Clients, Cluster},
    tool::{Session, ToolError},
};

/// The one key that HolmesGPT mounts as a file.
pub(super) const KEY: &str = "toolset.yaml";

/// By then the kubelet has brought what was written into HolmesGPT's pod.
const MOUNTED: Duration = Duration::from_secs(90);

/// A publisher, and what it is fed by.
pub(super) struct Publishing {
    pub(super) publisher: Arc<Publisher>,
    feeding: Option<JoinHandle<()>>,
    /// Where they stand, for people.
    overrides_at: String,
}

/// The cluster of one context, in the server's own name.
struct Own {
    clients: Arc<Clients>,
    context: Option<String>,
}

#[async_trait]
impl Clusters for Own {
    async fn cluster(&self) -> Result<Cluster, ToolError> {
        self.clients.own_cluster(self.context.as_deref(), &Session::detached()).await
    }
}

impl Publishing {
    /// What the survey finds is written whenever it changes, unless that is left to requests.
    pub(super) fn start(
        clients: Arc<Clients>,
        survey: &Survey,
        settings: &Publish,
        document: &holmes::Settings,
    ) -> Self {
        let (feed, inputs) = watch::channel(None);
        // Whoever is never fed writes on request only.
        let feed = settings.is_kept.then_some(feed);
        let own = Own { clients, context: survey.context().map(str::to_owned) };
        let publisher = Arc::new(Publisher::start(Arc::new(own), settings.publisher(), inputs));
        let feeding = feed.map(|feed| {
            let feeder = Feeder {
                publisher: Arc::clone(&publisher),
                settings: document.clone(),
                layout: settings.layout(),
                overrides_at: settings.overrides_at(),
                feed,
                last: None,
                hold: Hold::default(),
            };
            tokio::spawn(feeder.follow(survey.looks()))
        });
        Self { publisher, feeding, overrides_at: settings.overrides_at() }
    }

    /// What makes the document: that which is kept true, or where that is left to requests, this one.
    pub(super) fn compose(&self, document: Document, layout: Layout) -> Compose {
        let here = || composed(document, layout, self.overrides_at.clone());
        self.publisher.kept().unwrap_or_else(here)
    }

    /// The document with the overrides laid over it, and what is wrong with them. An error is why they cannot be read.
    pub(super) async fn merged(
        &self,
        document: Document,
    ) -> Result<(Document, Vec<String>), ToolError> {
        let overrides = self.publisher.known_overrides().await.map_err(|error| {
            let (at, why) = (&self.overrides_at, error.reason());
            ToolError::Unavailable(format!("{at} cannot be read: {why}"))
        })?;
        Ok(match overrides {
            None => (document, Vec::new()),
            Some(overrides) => {
                let (document, problems) = merged(document, &overrides);
                let told = problems.iter().map(|it| format!("{}: {it}", self.overrides_at));
                (document, told.collect())
            }
        })
    }

    pub(super) async fn shutdown(&self) {
        self.feeding.iter().for_each(JoinHandle::abort);
        self.publisher.shutdown().await;
    }
}

/// What is found, on its way to the publisher.
struct Feeder {
    publisher: Arc<Publisher>,
    settings: holmes::Settings,
    layout: Layout,
    overrides_at: String,
    feed: watch::Sender<Option<Compose>>,
    /// What went that way.
    last: Option<Document>,
    hold: Hold,
}

impl Feeder {
    /// Nothing is published of a first round that is not over, nor where nothing may be read: what is not found is not gone.
    async fn follow(mut self, mut looks: watch::Receiver<Look>) {
        loop {
            let look = looks.borrow_and_update().clone();
            if let Look::Whole(snapshot) = look
                && !snapshot.is_blind
            {
                self.offer(&snapshot).await;
            }
            if looks.changed().await.is_err() {
                return;
            }
        }
    }

    async fn offer(&mut self, snapshot: &Snapshot) {
        let document = Document::of(&snapshot.found, &self.settings);
        if self.last.as_ref() == Some(&document) {
            return;
        }
        let standing = match &self.last {
            Some(last) => services(last),
            None => self.standing().await,
        };
        if self.hold.keeps(&standing, &document, snapshot, self.last.is_none()) {
            tracing::warn!(
                "the toolset stays as it is for now: services that stand in it cannot be seen at the moment"
            );
            return;
        }
        self.last = Some(document.clone());
        self.feed.send_replace(Some(composed(document, self.layout, self.overrides_at.clone())));
    }

    /// What others, or this server before its start, have published.
    async fn standing(&self) -> Services {
        let current = self.publisher.current().await.ok().flatten();
        let text = current.and_then(|it| it.data?.remove(KEY));
        text.map(|it| services(&Document::published(&it))).unwrap_or_default()
    }
}

fn composed(document: Document, layout: Layout, overrides_at: String) -> Compose {
    Arc::new(move |overrides| wanted(&document, layout, overrides, &overrides_at))
}

fn merged(document: Document, overrides: &str) -> (Document, Vec<String>) {
    let merged = document.merged(overrides);
    (merged.document, merged.problems.iter().map(ToString::to_string).collect())
}

/// What the ConfigMap is to hold. Of several problems of the overrides, where those stand is said once.
pub(super) fn wanted(
    document: &Document,
    layout: Layout,
    overrides: Option<&str>,
    overrides_at: &str,
) -> Result<Wanted, String> {
    let (document, problems) = match overrides {
        None => (document.clone(), Vec::new()),
        Some(overrides) => merged(document.clone(), overrides),
    };
    let problems = match problems.as_slice() {
        [] => Vec::new(),
        some => vec![format!("{overrides_at}: {}", some.join("; "))],
    };
    let endpoints: BTreeMap<String, String> =
        document.tools.iter().map(|it| (it.name.clone(), it.endpoint.clone())).collect();
    let (data, hash) = (document.files(layout, KEY)?, document.hash());
    Ok(Wanted { data, hash, problems, endpoints })
}

/// In the words of the documents. What stood there may be anybody's.
pub(super) fn changes(
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> Vec<String> {
    let document = |data: &BTreeMap<String, String>| {
        data.get(KEY).map(|it| Document::published(it)).unwrap_or_default()
    };
    let changes = difference(&document(before), &document(after));
    changes.sentences().map(|it| it.replace(char::is_control, " ")).collect()
}

impl Publish {
    pub(super) fn place(&self) -> Place {
        Place { namespace: self.namespace.clone(), name: self.config_map.clone() }
    }

    /// `overrides.yaml of ConfigMap monitoring/holmesgpt-toolset`
    pub(super) fn overrides_at(&self) -> String {
        let name = self.overrides.as_ref().unwrap_or(&self.config_map);
        format!("{OVERRIDES} of ConfigMap {}/{name}", self.namespace)
    }

    pub(super) fn layout(&self) -> Layout {
        if self.for_kubernaut { Layout::Kubernaut } else { Layout::Holmes }
    }

    fn publisher(&self) -> publish::Settings {
        // Who writes once, on request, competes with nobody for the lead.
        let lease = self.is_kept.then(|| publish::Lease {
            name: self.lease.clone(),
            timing: publish::Timing::default(),
        });
        let reload = self.reload.clone();
        let reload =
            reload.map(|Reload { url, token }| publish::Reload { url, token, after: MOUNTED });
        let (overrides, host) = (self.overrides.clone(), self.host.clone());
        let (place, difference) = (self.place(), changes);
        publish::Settings { place, overrides, lease, host, reload, difference }
    }
}
