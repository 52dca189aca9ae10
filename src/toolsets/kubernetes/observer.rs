//! Objects from now on: read, then watched. A watch that the server ends goes on where it was; after any loss they are read
//! anew, and what is as it was is no news.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use http::Request;
use kube::core::WatchEvent;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{self, Instant};

use super::{
    cluster::{Cluster, JSON},
    discovery::Resource,
    error::ApiError,
    field::text,
    listing::{Listing, escaped},
};
use crate::tool::ToolError;

/// How long nothing may happen before that is news.
const BEAT: Duration = Duration::from_secs(5);
/// Before the server is asked again after a loss.
const PAUSE: Duration = Duration::from_secs(1);
/// The server ends a watch by then. Shorter than what proxies on the way allow.
const LONGEST: Duration = Duration::from_mins(4);
/// A watch that is silent for so much longer has lost its connection, which nothing else would tell.
const GRACE: Duration = Duration::from_secs(10);
/// No single answer takes longer.
const REPLY: Duration = Duration::from_secs(30);
/// Of a whole kind only this much is read.
const METADATA: &str = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";

/// One object, or all of a kind, or those with some labels.
pub(super) struct Observed {
    pub(super) cluster: Arc<Cluster>,
    pub(super) resource: Arc<Resource>,
    pub(super) namespace: Option<String>,
    /// All objects of the kind when there is none.
    pub(super) name: Option<String>,
    /// A label selector, where there is no name.
    pub(super) labels: Option<String>,
}

pub(super) struct Observer {
    what: Observed,
    /// Between two readings where watching is forbidden.
    pace: Duration,
    events: Option<Events>,
    watching_since: Instant,
    /// From where to watch, while nothing is lost.
    from: Option<String>,
    /// What tells the state that was seen last from others.
    last: Option<String>,
    is_polled: bool,
    has_read: bool,
}

type Events = BoxStream<'static, Result<WatchEvent<Value>, kube::Error>>;

pub(super) enum News {
    /// How the object is now; none if it is not there. Of a whole kind, one that has changed, if that is known.
    State(Option<Value>),
    /// Nothing has happened for a while.
    Quiet,
    /// The server cannot be asked at the moment, and will be asked again.
    Unreachable(ToolError),
}

/// What was read, and from where to watch it.
struct Read {
    object: Option<Value>,
    /// None where only single objects may be read.
    version: Option<String>,
    print: String,
}

#[derive(Deserialize)]
struct List {
    #[serde(default)]
    metadata: ListMeta,
    #[serde(default)]
    items: Option<Vec<Value>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ListMeta {
    resource_version: String,
}

impl Observer {
    pub(super) fn new(what: Observed) -> Self {
        let is_polled = !what.resource.supports("watch");
        let (events, from, last, watching_since) = (None, None, None, Instant::now());
        Self { what, pace: PAUSE, events, watching_since, from, last, is_polled, has_read: false }
    }

    pub(super) fn what(&self) -> &Observed {
        &self.what
    }

    /// Where watching is forbidden, it reads again this often.
    pub(super) fn polling_every(self, pace: Duration) -> Self {
        Self { pace, ..self }
    }

    /// What is new. First the state at the beginning, or why it cannot be read. An error is the end: asking again would not help.
    pub(super) async fn next(&mut self) -> Result<News, ToolError> {
        loop {
            let lost = if let Some(events) = &mut self.events {
                match time::timeout(BEAT, events.try_next()).await {
                    Err(_) if self.watching_since.elapsed() > LONGEST + GRACE => {
                        self.events = None;
                        continue;
                    }
                    Err(_) => return Ok(News::Quiet),
                    Ok(Ok(Some(event))) => match self.take(event) {
                        Ok(Some(news)) => return Ok(news),
                        Ok(None) => continue,
                        Err(error) => error,
                    },
                    Ok(Ok(None)) => {
                        self.events = None;
                        time::sleep(PAUSE).await;
                        continue;
                    }
                    Ok(Err(error)) => ApiError::from(error),
                }
            } else if let Some(from) = &self.from {
                match in_time(self.what.watch(from)).await {
                    Ok(events) => {
                        (self.events, self.watching_since) = (Some(events), Instant::now());
                        continue;
                    }
                    Err(error) => error,
                }
            } else {
                return self.read_anew().await;
            };
            (self.events, self.from) = (None, None);
            if !self.goes_on_after(&lost) {
                return Ok(News::Unreachable(self.what.listing().failed(&lost)));
            }
        }
    }

    /// What an event tells.
    fn take(&mut self, event: WatchEvent<Value>) -> Result<Option<News>, ApiError> {
        let (object, is_there) = match event {
            WatchEvent::Added(it) | WatchEvent::Modified(it) => (it, true),
            WatchEvent::Deleted(it) => (it, false),
            WatchEvent::Bookmark(it) => {
                self.from = Some(it.metadata.resource_version);
                return Ok(None);
            }
            WatchEvent::Error(status) => return Err(ApiError::from(kube::Error::Api(status))),
        };
        self.from = Some(version_of(&object).to_owned());
        // Of a whole kind, nobody knows how all of it is now.
        self.last = self.what.name.as_ref().map(|_| print_of(Some(&object).filter(|_| is_there)));
        let is_told = is_there || self.what.name.is_none();
        Ok(Some(News::State(Some(object).filter(|_| is_told))))
    }

    /// Whether nothing has to be said of it: the server does not know any more what happened since (410), or watching is forbidden
    /// or not possible (405).
    fn goes_on_after(&mut self, error: &ApiError) -> bool {
        let code = |wanted: u16| matches!(error, ApiError::Status(it) if it.code == wanted);
        let cannot_watch = error.is_forbidden() || code(405);
        self.is_polled |= cannot_watch;
        cannot_watch || code(410)
    }

    async fn read_anew(&mut self) -> Result<News, ToolError> {
        if self.has_read {
            time::sleep(if self.is_polled { self.pace } else { PAUSE }).await;
        }
        let read = match in_time(self.what.read()).await {
            Ok(read) => read,
            Err(error) if self.has_read && passes(&error) => {
                return Ok(News::Unreachable(self.what.listing().failed(&error)));
            }
            Err(error) => return Err(self.what.listing().failed(&error)),
        };
        self.is_polled |= read.version.is_none();
        self.from = read.version.filter(|_| !self.is_polled);
        let is_quiet = self.has_read && self.last.as_ref() == Some(&read.print);
        (self.last, self.has_read) = (Some(read.print), true);
        Ok(if is_quiet { News::Quiet } else { News::State(read.object) })
    }
}

impl Observed {
    pub(super) fn listing(&self) -> Listing<'_> {
        let everything = Listing::of_all(&self.cluster, &self.resource);
        let (namespace, labels) = (self.namespace.as_deref(), self.labels.as_deref());
        Listing { namespace, labels, name: self.name.as_deref(), ..everything }
    }

    /// Whether the policy lets one know of that change: of namespaces only some may be allowed.
    pub(super) fn may_be_told(&self, object: Option<&Value>) -> bool {
        let guard = self.cluster.guard();
        let is_allowed = |it: &Value| guard.allows_namespace(text(it, "/metadata/name"));
        self.name.is_some() || !self.listing().withholds() || object.is_none_or(is_allowed)
    }

    async fn read(&self) -> Result<Read, ApiError> {
        if self.name.is_some() { self.read_one().await } else { self.read_all().await }
    }

    /// As a list, which says from where to watch; where lists are forbidden, the object by itself. Of namespaces only some may be
    /// allowed, and a list of one would tell of the others.
    async fn read_one(&self) -> Result<Read, ApiError> {
        if self.listing().withholds() {
            return self.read_alone().await;
        }
        let path = format!("{}?limit=1{}", self.path(), self.selector());
        match self.cluster.get_json::<List>(&path, JSON).await {
            Ok(list) => {
                let object = list.items.unwrap_or_default().into_iter().next();
                let version = Some(list.metadata.resource_version).filter(|it| !it.is_empty());
                Ok(Read { print: print_of(object.as_ref()), object, version })
            }
            Err(error) if error.is_forbidden() => self.read_alone().await,
            Err(error) => Err(error),
        }
    }

    async fn read_alone(&self) -> Result<Read, ApiError> {
        let object = match self.listing().objects::<Value>(None, 1).await {
            Ok(object) => Some(object),
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(error),
        };
        Ok(Read { print: print_of(object.as_ref()), object, version: None })
    }

    /// Names and versions of all that may be told of.
    async fn read_all(&self) -> Result<Read, ApiError> {
        let path = format!("{}?{}", self.path(), self.selector().trim_start_matches('&'));
        let list: List = self.cluster.get_json(path.trim_end_matches('?'), METADATA).await?;
        let items = list.items.unwrap_or_default();
        let told = items.iter().filter(|it| self.may_be_told(Some(it)));
        let print = told.map(|it| format!("{}@{} ", text(it, "/metadata/name"), version_of(it)));
        let version = Some(list.metadata.resource_version).filter(|it| !it.is_empty());
        Ok(Read { object: None, version, print: print.collect() })
    }

    async fn watch(&self, version: &str) -> Result<Events, ApiError> {
        let path = format!(
            "{}?watch=1&allowWatchBookmarks=true&timeoutSeconds={}&resourceVersion={}{}",
            self.path(),
            LONGEST.as_secs(),
            escaped(version),
            self.selector()
        );
        let request = Request::get(path).body(Vec::new());
        let request = request.map_err(|error| ApiError::unaskable(&error))?;
        let events = self.cluster.client().request_events::<Value>(request).await;
        Ok(events.map_err(ApiError::from)?.boxed())
    }

    fn path(&self) -> String {
        self.resource.path(self.namespace.as_deref())
    }

    fn selector(&self) -> String {
        match (&self.name, &self.labels) {
            (Some(name), _) => format!("&fieldSelector=metadata.name%3D{}", escaped(name)),
            (None, Some(labels)) => format!("&labelSelector={}", escaped(labels)),
            (None, None) => String::new(),
        }
    }
}

/// What does not come in time will not come.
async fn in_time<T>(answer: impl Future<Output = Result<T, ApiError>>) -> Result<T, ApiError> {
    let outcome = time::timeout(REPLY, answer).await;
    outcome.unwrap_or_else(|_| Err(ApiError::Unreachable("it does not answer".to_owned())))
}

/// What tells a state of an object from another: its version, or all of it where there is none.
fn print_of(object: Option<&Value>) -> String {
    match object {
        Some(object) if version_of(object).is_empty() => object.to_string(),
        Some(object) => version_of(object).to_owned(),
        None => String::new(),
    }
}

fn version_of(object: &Value) -> &str {
    text(object, "/metadata/resourceVersion")
}

/// Whether the same question may be answered in a moment.
fn passes(error: &ApiError) -> bool {
    match error {
        ApiError::Status(status) => status.code >= 500 || status.code == 429,
        ApiError::Dropped | ApiError::Unreachable(_) => true,
        ApiError::Refused(_) | ApiError::Unexpected(_) => false,
    }
}
