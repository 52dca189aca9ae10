//! Asking for one list or object, bounded, and keeping in mind what could not be seen.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use serde::{Deserialize, de::DeserializeOwned};
use tokio::time::timeout_at;

use super::list::List;
use crate::toolsets::kubernetes::{
    cluster::{Cluster, JSON},
    discovery::{Catalog, Resource},
    error::ApiError,
    listing::escaped,
    table::ListMeta,
};

const PAGE: usize = 500;
/// The most that is read of one list.
const MOST: usize = 5_000;
/// Only names and the rest of the metadata leave the API server.
const METADATA: &str =
    "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json";
/// The last lines of a log, and no more bytes than these. More than are shown, so that a secret of several lines is
/// whole when it is redacted.
const LOG: &str = "tailLines=100&limitBytes=65536";

/// Something that could not be looked at, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gap {
    pub(crate) what: String,
    pub(crate) why: String,
}

/// One cluster and one namespace, or all of them.
pub(crate) struct Reader<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) catalog: &'a Catalog,
    pub(crate) namespace: Option<&'a str>,
    /// When to stop reading, so that what was seen can still be told.
    pub(crate) deadline: Option<Instant>,
    state: State,
}

#[derive(Default)]
struct State {
    requests: AtomicUsize,
    gaps: Mutex<Vec<Gap>>,
    /// Why the whole API server is out of reach.
    fatal: Mutex<Option<ApiError>>,
}

#[derive(Deserialize)]
struct Items<T> {
    #[serde(default)]
    metadata: ListMeta,
    items: Option<Vec<T>>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(
        cluster: &'a Cluster,
        catalog: &'a Catalog,
        namespace: Option<&'a str>,
        deadline: Option<Instant>,
    ) -> Self {
        Self { cluster, catalog, namespace, deadline, state: State::default() }
    }

    pub(crate) fn requests(&self) -> usize {
        self.state.requests.load(Ordering::Relaxed)
    }

    pub(crate) fn gaps(&self) -> Vec<Gap> {
        self.state.gaps.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn fatal(&self) -> Option<ApiError> {
        self.state.fatal.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A whole list, by `plural.group`.
    pub(crate) async fn list<T: DeserializeOwned>(&self, resource: &str) -> List<T> {
        self.filtered(resource, None, JSON).await
    }

    /// Names, labels and owners only.
    pub(crate) async fn metadata<T: DeserializeOwned>(&self, resource: &str) -> List<T> {
        self.filtered(resource, None, METADATA).await
    }

    /// Those that a field selector takes.
    pub(crate) async fn selected<T: DeserializeOwned>(
        &self,
        resource: &str,
        fields: &str,
    ) -> List<T> {
        self.filtered(resource, Some(fields), JSON).await
    }

    /// One object, as a list of one; the empty list is complete when there is no such object.
    pub(crate) async fn one<T: DeserializeOwned>(&self, resource: &str, name: &str) -> List<T> {
        let Some(known) = self.served(resource) else { return List::default() };
        let path = format!("{}/{name}", known.path(self.namespace));
        match self.ask(&path, JSON).await {
            Ok(object) => List::new(vec![object], true),
            Err(Trouble::Api(error)) if error.is_not_found() => List::new(Vec::new(), true),
            Err(trouble) => {
                self.miss(&format!("{resource} {name}"), trouble);
                List::default()
            }
        }
    }

    /// The last lines that a container wrote; none when it has no log.
    pub(crate) async fn log(&self, pod: &str, container: &str, previous: bool) -> Vec<String> {
        let Some(pods) = self.served("pods") else { return Vec::new() };
        let path = pods.path(self.namespace);
        let path = format!("{path}/{pod}/log?container={container}&previous={previous}&{LOG}");
        match self.within(self.cluster.get(&path, "*/*")).await {
            Ok(bytes) => {
                let text = String::from_utf8_lossy(&bytes);
                let text = self.cluster.redactor().text(&text);
                text.lines().filter(|it| !it.trim().is_empty()).map(str::to_owned).collect()
            }
            // No log of that run: nothing was missed.
            Err(Trouble::Api(ApiError::Status(status))) if matches!(status.code, 400 | 404) => {
                Vec::new()
            }
            Err(trouble) => {
                self.miss("logs", trouble);
                Vec::new()
            }
        }
    }

    async fn filtered<T: DeserializeOwned>(
        &self,
        resource: &str,
        fields: Option<&str>,
        accept: &str,
    ) -> List<T> {
        let Some(known) = self.served(resource) else { return List::default() };
        let fields = fields.map(|it| format!("&fieldSelector={}", escaped(it))).unwrap_or_default();
        let path = format!("{}?limit={PAGE}{fields}", known.path(self.namespace));
        let (mut items, mut token) = (Vec::new(), String::new());
        loop {
            let next = if token.is_empty() {
                path.clone()
            } else {
                format!("{path}&continue={}", escaped(&token))
            };
            match self.ask::<Items<T>>(&next, accept).await {
                Ok(page) => {
                    items.extend(page.items.unwrap_or_default());
                    token = page.metadata.token;
                }
                Err(trouble) => {
                    self.miss(resource, trouble);
                    return List::new(items, false);
                }
            }
            if token.is_empty() {
                return List::new(items, true);
            }
            if items.len() >= MOST {
                self.note(resource, format!("only the first {MOST} read"));
                return List::new(items, false);
            }
        }
    }

    /// The kind, if it is served; a kind that nobody serves has no objects to miss, unless its server is down.
    fn served(&self, resource: &str) -> Option<std::sync::Arc<Resource>> {
        let known = self.catalog.resource(resource);
        let group = resource.split_once('.').map_or("", |it| it.1);
        let is_down = || self.catalog.failed.iter().any(|it| it.group_version.starts_with(group));
        if known.is_none() && !group.is_empty() && is_down() {
            self.note(resource, "its API server is down".to_owned());
        }
        known
    }

    async fn ask<T: DeserializeOwned>(&self, path: &str, accept: &str) -> Result<T, Trouble> {
        self.within(self.cluster.get_json(path, accept)).await
    }

    async fn within<T>(
        &self,
        asking: impl Future<Output = Result<T, ApiError>>,
    ) -> Result<T, Trouble> {
        self.state.requests.fetch_add(1, Ordering::Relaxed);
        let Some(deadline) = self.deadline else { return asking.await.map_err(Trouble::Api) };
        match timeout_at(deadline.into(), asking).await {
            Ok(answer) => answer.map_err(Trouble::Api),
            Err(_) => Err(Trouble::Late),
        }
    }

    fn miss(&self, what: &str, trouble: Trouble) {
        let why = match &trouble {
            Trouble::Late => "no answer in time".to_owned(),
            Trouble::Api(ApiError::Refused(_)) => "denied by policy".to_owned(),
            Trouble::Api(error) if error.is_forbidden() => "forbidden".to_owned(),
            Trouble::Api(ApiError::Status(status)) => format!("answered {}", status.code),
            Trouble::Api(_) => "cannot be read".to_owned(),
        };
        if let Trouble::Api(error) = trouble
            && error.is_fatal()
        {
            let mut fatal = self.state.fatal.lock().unwrap_or_else(PoisonError::into_inner);
            fatal.get_or_insert(error);
        }
        self.note(what, why);
    }

    fn note(&self, what: &str, why: String) {
        let gap = Gap { what: what.to_owned(), why };
        let mut gaps = self.state.gaps.lock().unwrap_or_else(PoisonError::into_inner);
        if !gaps.contains(&gap) {
            gaps.push(gap);
        }
    }
}

enum Trouble {
    Api(ApiError),
    Late,
}
