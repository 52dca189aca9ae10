//! What operators' own resources say, of those kinds that detectors name: nothing else is watched, and of what is seen only the texts
//! at the detectors' pointers are kept.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures::{
    Stream, StreamExt,
    stream::{self, BoxStream, SelectAll},
};
use kube::{
    Api, ResourceExt,
    api::DynamicObject,
    core::ApiResource,
    runtime::{
        WatchStreamExt,
        watcher::{self, Event},
    },
};
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    super::{
        matching::{Kind, Texts},
        service::Place,
    },
    at,
    definitions::{self, Told},
    state::{News, Part},
    watches::{DENIALS, Heard, LIMIT, LONGEST, PAGE, cause},
};
use crate::k8s::{Cluster, clients::impatient, error::ApiError};

/// One kind in one namespace is one watch. Where there are more namespaces, they are not read.
const MOST_PARTS: usize = 20;

/// The kinds, and where each is read.
pub(super) type Wanted = BTreeMap<Kind, BTreeSet<String>>;

/// What they say in these parts, and once that all have been read.
///
/// A round is not whole before that, or a toolset would be published with a path that was guessed a moment before the right one is
/// known. But a path is worth no more than a moment's wait: whatever may not be read, is not there or is not answered in time
/// counts as read, and what it says later is taken then.
pub(super) fn say(
    cluster: &Arc<Cluster>,
    parts: &[Part],
    wanted: Wanted,
) -> BoxStream<'static, Heard> {
    let wanted = if parts.len() > MOST_PARTS { Wanted::new() } else { wanted };
    let kinds = definitions::kinds(Arc::clone(cluster), wanted.keys().cloned().collect());
    let watch = Watch {
        cluster: Arc::clone(cluster),
        parts: parts.to_vec(),
        wanted,
        kinds: kinds.fuse().boxed(),
        resources: SelectAll::new(),
        watched: BTreeMap::new(),
        unread: BTreeSet::new(),
        are_kinds_known: false,
        read_by: Some(Instant::now() + LIMIT),
    };
    stream::unfold(watch, |mut it| async { Some((it.next().await?, it)) }).boxed()
}

struct Watch {
    cluster: Arc<Cluster>,
    parts: Vec<Part>,
    wanted: Wanted,
    kinds: BoxStream<'static, Told>,
    resources: SelectAll<BoxStream<'static, (Kind, Part, News)>>,
    /// Their watches end when these are dropped.
    watched: BTreeMap<Kind, DropGuard>,
    /// Those that have not been listed.
    unread: BTreeSet<(Kind, Part)>,
    are_kinds_known: bool,
    /// When all counts as read; `None` once it has been told.
    read_by: Option<Instant>,
}

impl Watch {
    async fn next(&mut self) -> Option<Heard> {
        loop {
            if self.are_kinds_known && self.unread.is_empty() && self.read_by.take().is_some() {
                return Some(Heard::Read);
            }
            tokio::select! {
                Some(told) = self.kinds.next() => match told {
                    Told::Served(kind, resource) => self.begin(kind, &resource),
                    Told::Gone(kind) => {
                        self.watched.remove(&kind);
                        self.unread.retain(|(it, _)| *it != kind);
                        return Some(Heard::News(None, News::All(kind, BTreeMap::new())));
                    }
                    Told::Complete => self.are_kinds_known = true,
                },
                Some((kind, part, news)) = self.resources.next() => {
                    let is_told = (kind, part);
                    self.unread.remove(&is_told);
                    return Some(Heard::News(is_told.1, news));
                }
                Some(()) = at(self.read_by) => {
                    self.are_kinds_known = true;
                    self.unread.clear();
                }
                else => return None,
            }
        }
    }

    /// One watch for each part; those of the same kind that were before end.
    fn begin(&mut self, kind: Kind, resource: &ApiResource) {
        let end = CancellationToken::new();
        for part in &self.parts {
            let client = impatient(&self.cluster.client());
            let api = match part {
                Some(namespace) => Api::namespaced_with(client, namespace, resource),
                None => Api::all_with(client, resource),
            };
            let pointers = self.wanted.get(&kind).cloned().unwrap_or_default();
            let name = format!("{}.{}", resource.plural, resource.group);
            let told = resources(api, (kind.clone(), name), part.clone(), pointers);
            self.resources.push(told.take_until(end.clone().cancelled_owned()).boxed());
            if self.read_by.is_some() {
                self.unread.insert((kind.clone(), part.clone()));
            }
        }
        self.watched.insert(kind, end.drop_guard());
    }
}

/// What those of one kind say in one part. It ends where they may not be read or are not there: quietly, since most clusters have none
/// of most kinds, and until the next round.
fn resources(
    api: Api<DynamicObject>,
    (kind, name): (Kind, String),
    part: Part,
    pointers: BTreeSet<String>,
) -> impl Stream<Item = (Kind, Part, News)> + Send {
    let config = watcher::Config::default().timeout(LONGEST).page_size(PAGE);
    let events = watcher::watcher(api, config).default_backoff().boxed();
    // Just after its start an API server may forbid what it allows a moment later; for each of many namespaces that is not found out.
    let patience = if part.is_none() { DENIALS } else { 1 };
    let reading = Reading {
        events,
        kind,
        name,
        part,
        pointers,
        listed: BTreeMap::new(),
        patience,
        is_warned: false,
    };
    stream::unfold(reading, |mut it| async {
        let news = it.next().await?;
        Some(((it.kind.clone(), it.part.clone(), news), it))
    })
}

struct Reading {
    events: BoxStream<'static, watcher::Result<Event<DynamicObject>>>,
    kind: Kind,
    /// `prometheuses.monitoring.coreos.com`
    name: String,
    part: Part,
    pointers: BTreeSet<String>,
    /// Those of a list that is not at its end.
    listed: BTreeMap<Place, Texts>,
    /// How often it can be refused before it ends.
    patience: u32,
    is_warned: bool,
}

impl Reading {
    async fn next(&mut self) -> Option<News> {
        while self.patience > 0 {
            let event = match self.events.next().await?.map_err(cause) {
                Ok(event) => event,
                // It may be allowed again: what was said before is what is known until then.
                Err(Some(it)) if it.is_forbidden() => {
                    self.patience -= 1;
                    return Some(News::Unread(self.kind.clone(), self.name.clone()));
                }
                Err(Some(it)) if it.is_not_found() => {
                    self.patience = 0;
                    return Some(News::All(self.kind.clone(), BTreeMap::new()));
                }
                // It is tried again.
                Err(error) => {
                    self.warn(error);
                    continue;
                }
            };
            match event {
                Event::Init => self.listed.clear(),
                Event::InitApply(it) => {
                    let (place, texts) = self.read(&it);
                    if !texts.is_empty() {
                        self.listed.insert(place, texts);
                    }
                }
                Event::InitDone => {
                    let all = std::mem::take(&mut self.listed);
                    return Some(News::All(self.kind.clone(), all));
                }
                Event::Apply(it) => {
                    let (place, texts) = self.read(&it);
                    return Some(News::One(self.kind.clone(), place, texts));
                }
                Event::Delete(it) => {
                    let (place, _) = self.read(&it);
                    return Some(News::One(self.kind.clone(), place, Texts::new()));
                }
            }
        }
        None
    }

    /// Once: how it goes on is seen by what is found.
    fn warn(&mut self, error: Option<ApiError>) {
        if let Some(error) = error.filter(|_| !std::mem::replace(&mut self.is_warned, true)) {
            let Kind { group, kind } = &self.kind;
            tracing::warn!(
                ?error,
                "{kind}.{group} cannot be read: paths that they say are not known"
            );
        }
    }

    fn read(&self, resource: &DynamicObject) -> (Place, Texts) {
        let namespace = resource.namespace().unwrap_or_default();
        let place = Place { namespace, name: resource.name_any() };
        (place, Kind::texts(&self.pointers, &resource.data))
    }
}
