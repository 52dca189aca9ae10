//! Objects from now on: read, then watched. A watch that the server ends goes on where it was; after any loss they are read
//! anew, and what is as it was is no news.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use http::Request;
use kube::core::WatchEvent;
use serde::Deserialize;
use serde_json::Value;
use tokio::time;

use super::{
    cluster::{Cluster, JSON},
    discovery::Resource,
    error::ApiError,
    listing::{Listing, escaped},
};
use crate::tool::ToolError;

/// How long nothing may happen before that is news.
const BEAT: Duration = Duration::from_secs(5);
/// Before the server is asked again after a loss.
const PAUSE: Duration = Duration::from_secs(1);
/// The server ends a watch by then. Shorter than what proxies on the way allow.
const LONGEST: Duration = Duration::from_mins(4);

/// One object, or all of a kind.
pub(super) struct Observed {
    pub(super) cluster: Arc<Cluster>,
    pub(super) resource: Arc<Resource>,
    pub(super) namespace: Option<String>,
    /// All objects of the kind when there is none.
    pub(super) name: Option<String>,
}

pub(super) struct Observer {
    what: Observed,
    /// Between two readings where watching is forbidden.
    pace: Duration,
    events: Option<Events>,
    /// From where to watch, while nothing is lost.
    from: Option<String>,
    /// The version of the object that was seen last.
    last: Option<String>,
    is_polled: bool,
    has_read: bool,
}

type Events = BoxStream<'static, Result<WatchEvent<Value>, kube::Error>>;

pub(super) enum News {
    /// How the object is now; none if it is not there. Of a whole kind, one that has changed.
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
}

#[derive(Deserialize)]
struct List {
    metadata: ListMeta,
    #[serde(default)]
    items: Option<Vec<Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListMeta {
    resource_version: String,
}

impl Observer {
    pub(super) fn new(what: Observed) -> Self {
        let (events, from, last) = (None, None, None);
        Self { what, pace: PAUSE, events, from, last, is_polled: false, has_read: false }
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
                match self.what.watch(from).await {
                    Ok(events) => {
                        self.events = Some(events);
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
        let version = version_of(&object).to_owned();
        self.last = Some(version.clone()).filter(|_| is_there);
        self.from = Some(version);
        let is_told = is_there || self.what.name.is_none();
        Ok(Some(News::State(Some(object).filter(|_| is_told))))
    }

    /// Whether nothing has to be said of it: the server does not know any more what happened since (410), or watching is forbidden.
    fn goes_on_after(&mut self, error: &ApiError) -> bool {
        self.is_polled |= error.is_forbidden();
        error.is_forbidden() || matches!(error, ApiError::Status(it) if it.code == 410)
    }

    async fn read_anew(&mut self) -> Result<News, ToolError> {
        if self.has_read {
            time::sleep(if self.is_polled { self.pace } else { PAUSE }).await;
        }
        let read = match self.what.read().await {
            Ok(read) => read,
            Err(error) if self.has_read && passes(&error) => {
                return Ok(News::Unreachable(self.what.listing().failed(&error)));
            }
            Err(error) => return Err(self.what.listing().failed(&error)),
        };
        self.is_polled |= read.version.is_none();
        self.from = read.version.filter(|_| !self.is_polled);
        let last = read.object.as_ref().map(|it| version_of(it).to_owned());
        let is_quiet = self.has_read && self.what.name.is_some() && self.last == last;
        (self.last, self.has_read) = (last, true);
        Ok(if is_quiet { News::Quiet } else { News::State(read.object) })
    }
}

impl Observed {
    pub(super) fn listing(&self) -> Listing<'_> {
        let everything = Listing::of_all(&self.cluster, &self.resource);
        Listing { namespace: self.namespace.as_deref(), name: self.name.as_deref(), ..everything }
    }

    /// Whether the policy lets one know of that object: of namespaces only some may be allowed.
    pub(super) fn may_be_told(&self, object: Option<&Value>) -> bool {
        let name = object.and_then(|it| it.pointer("/metadata/name")?.as_str());
        let guard = self.cluster.guard();
        !self.listing().withholds() || name.is_some_and(|it| guard.allows_namespace(it))
    }

    /// As a list, which says from where to watch; where lists are forbidden, the object by itself. Of namespaces only some may be
    /// allowed, and a list of one would tell of the others.
    async fn read(&self) -> Result<Read, ApiError> {
        if self.listing().withholds() && self.name.is_some() {
            return self.read_alone().await;
        }
        let path = format!("{}?limit=1{}", self.path(), self.selector());
        match self.cluster.get_json::<List>(&path, JSON).await {
            Ok(list) => {
                let object = list.items.unwrap_or_default().into_iter().next();
                Ok(Read { object, version: Some(list.metadata.resource_version) })
            }
            Err(error) if error.is_forbidden() && self.name.is_some() => self.read_alone().await,
            Err(error) => Err(error),
        }
    }

    async fn read_alone(&self) -> Result<Read, ApiError> {
        match self.listing().objects::<Value>(None, 1).await {
            Ok(object) => Ok(Read { object: Some(object), version: None }),
            Err(error) if error.is_not_found() => Ok(Read { object: None, version: None }),
            Err(error) => Err(error),
        }
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
        let one = self.name.as_deref();
        one.map(|it| format!("&fieldSelector=metadata.name%3D{}", escaped(it))).unwrap_or_default()
    }
}

fn version_of(object: &Value) -> &str {
    object.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default()
}

/// Whether the same question may be answered in a moment.
fn passes(error: &ApiError) -> bool {
    match error {
        ApiError::Status(status) => status.code >= 500 || status.code == 429,
        ApiError::Dropped | ApiError::Unreachable(_) => true,
        ApiError::Refused(_) | ApiError::Unexpected(_) => false,
    }
}
