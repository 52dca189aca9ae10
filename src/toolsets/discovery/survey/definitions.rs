//! Which kinds of operators' own resources a cluster serves, as their definitions come and go.
//!
//! A definition with its schemas can be larger than all that discovery keeps, so only its metadata is watched. Its name has the plural
//! and the group; the kind and the version are asked of the API's own discovery, once for each group and again when one comes.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use futures::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{
    Api, ResourceExt,
    api::PartialObjectMeta,
    core::ApiResource,
    runtime::{
        WatchStreamExt,
        watcher::{self, Event},
    },
};
use tokio::time::Instant;

use super::{
    super::matching::Kind,
    at,
    served::{self, Served},
    watches::{LONGEST, PAGE, cause},
};
use crate::k8s::{Cluster, clients::impatient};

/// What is installed at once is asked for at once.
const DEBOUNCE: Duration = Duration::from_millis(200);
/// A new definition is served a moment after it is there. It is asked for so often, with pauses that double.
const TRIES: u32 = 6;

/// What is told of kinds.
pub(super) enum Told {
    Served(Kind, ApiResource),
    Gone(Kind),
    /// All that were served at the beginning have been told.
    Complete,
}

type Definition = PartialObjectMeta<CustomResourceDefinition>;

/// `prometheuses.monitoring.coreos.com`
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    group: String,
    plural: String,
}

/// Which of these kinds are served. It ends where definitions may not be watched: then what is served now is all that is told.
pub(super) fn kinds(
    cluster: Arc<Cluster>,
    wanted: BTreeSet<Kind>,
) -> impl Stream<Item = Told> + Send {
    let api = Api::<Definition>::all(impatient(&cluster.client()));
    let config = watcher::Config::default().timeout(LONGEST).page_size(PAGE);
    let events = watcher::watcher(api, config).default_backoff().boxed();
    let definitions = Definitions {
        cluster,
        wanted,
        events,
        known: BTreeMap::new(),
        listed: BTreeMap::new(),
        ask_at: None,
        tries: 0,
        told: VecDeque::new(),
        is_complete: false,
    };
    stream::unfold(definitions, |mut it| async { Some((it.next().await?, it)) })
}

/// What is known of a definition.
#[derive(Default)]
struct Known {
    generation: Option<i64>,
    /// What it defines, once that is served.
    served: Option<ApiResource>,
    /// It was changed: its kind may be served in another version now.
    is_doubtful: bool,
}

impl Known {
    fn is_open(&self) -> bool {
        self.served.is_none() || self.is_doubtful
    }
}

struct Definitions {
    cluster: Arc<Cluster>,
    wanted: BTreeSet<Kind>,
    events: BoxStream<'static, watcher::Result<Event<Definition>>>,
    /// Those of the groups of kinds that are wanted.
    known: BTreeMap<Name, Known>,
    /// Those of a list that is not at its end, each with its generation.
    listed: BTreeMap<Name, Option<i64>>,
    ask_at: Option<Instant>,
    tries: u32,
    told: VecDeque<Told>,
    is_complete: bool,
}

impl Definitions {
    async fn next(&mut self) -> Option<Told> {
        loop {
            if let Some(told) = self.told.pop_front() {
                return Some(told);
            }
            tokio::select! {
                Some(event) = self.events.next() => match event {
                    Ok(event) => self.take(event),
                    Err(error) => self.fail(error).await,
                },
                Some(()) = at(self.ask_at) => self.ask().await,
                else => return None,
            }
        }
    }

    fn take(&mut self, event: Event<Definition>) {
        match event {
            Event::Init => self.listed.clear(),
            Event::InitApply(it) => {
                self.listed.extend(self.name(&it).map(|name| (name, it.metadata.generation)));
            }
            Event::InitDone => {
                let left = self.known.keys().filter(|it| !self.listed.contains_key(*it));
                let left: Vec<Name> = left.cloned().collect();
                for name in &left {
                    self.gone(name);
                }
                for (name, generation) in std::mem::take(&mut self.listed) {
                    self.is_open(name, generation);
                }
                self.ask_in(Duration::ZERO);
            }
            Event::Apply(it) => {
                let Some(name) = self.name(&it) else { return };
                if self.is_open(name, it.metadata.generation) {
                    self.ask_in(DEBOUNCE);
                }
            }
            Event::Delete(it) => {
                if let Some(name) = self.name(&it) {
                    self.gone(&name);
                }
            }
        }
    }

    /// Whether it is to be asked what it defines now.
    fn is_open(&mut self, name: Name, generation: Option<i64>) -> bool {
        let known = self.known.entry(name).or_default();
        let before = std::mem::replace(&mut known.generation, generation);
        known.is_doubtful |= known.served.is_some() && before != generation;
        known.is_open()
    }

    /// Whoever may not watch definitions may still see what is served. It is asked once, and in the next round again.
    async fn fail(&mut self, error: watcher::Error) {
        if !cause(error).is_some_and(|it| it.is_forbidden() || it.is_not_found()) {
            return;
        }
        self.events = stream::empty().boxed();
        self.ask_at = None;
        let wanted = |group: &str| self.wanted.iter().any(|it| it.group == group);
        for it in served::in_groups(&self.cluster, wanted).await {
            self.tell(it);
        }
        self.complete();
    }

    fn gone(&mut self, name: &Name) {
        let served = self.known.remove(name).and_then(|it| it.served);
        let kind = served.map(|it| kind(&it)).filter(|it| self.wanted.contains(it));
        self.told.extend(kind.map(Told::Gone));
    }

    fn ask_in(&mut self, pause: Duration) {
        self.tries = 0;
        self.ask_at = Some(Instant::now() + pause);
    }

    /// Asks for what is defined and not known to be served, or not in which version. Nothing tells when a change has its effect, so
    /// that what was changed is asked for as long as what is new.
    async fn ask(&mut self) {
        self.ask_at = None;
        for group in self.open() {
            for it in served::in_group(&self.cluster, &group).await {
                let plural = it.resource.plural.clone();
                let name = Name { group: it.resource.group.clone(), plural };
                let Some(known) = self.known.get_mut(&name) else { continue };
                if known.served.as_ref() != Some(&it.resource) {
                    known.served = Some(it.resource.clone());
                    known.is_doubtful = false;
                    self.tell(it);
                }
            }
        }
        if self.tries == TRIES {
            self.known.values_mut().for_each(|it| it.is_doubtful = false);
        } else if !self.open().is_empty() {
            self.ask_at = Some(Instant::now() + DEBOUNCE * 2_u32.pow(self.tries));
            self.tries += 1;
        }
        self.complete();
    }

    /// The groups of those that are to be asked for.
    fn open(&self) -> BTreeSet<String> {
        let open = self.known.iter().filter(|(_, it)| it.is_open());
        open.map(|(name, _)| name.group.clone()).collect()
    }

    fn tell(&mut self, served: Served) {
        let kind = kind(&served.resource);
        if served.can_be_watched && self.wanted.contains(&kind) {
            self.told.push_back(Told::Served(kind, served.resource));
        }
    }

    fn complete(&mut self) {
        if !std::mem::replace(&mut self.is_complete, true) {
            self.told.push_back(Told::Complete);
        }
    }

    /// If a kind of its group is wanted.
    fn name(&self, definition: &Definition) -> Option<Name> {
        let name = definition.name_any();
        let (plural, group) = name.split_once('.')?;
        let is_wanted = self.wanted.iter().any(|it| it.group == group);
        is_wanted.then(|| Name { group: group.to_owned(), plural: plural.to_owned() })
    }
}

fn kind(resource: &ApiResource) -> Kind {
    Kind { group: resource.group.clone(), kind: resource.kind.clone() }
}
