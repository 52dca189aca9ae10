//! What a cluster tells of its Services and of the pods behind them, as it happens.
//!
//! A watch that breaks, or goes on too long without a word, is taken up where it was; one that is too far behind is begun anew. That is
//! the watcher's own work. An API server that does not answer at all it would wait for; [`impatient`] does not.

use std::{sync::Arc, time::Duration};

use futures::{
    StreamExt, future,
    stream::{self, BoxStream, SelectAll},
};
use k8s_openapi::api::{core::v1::Service as ServiceObject, discovery::v1::EndpointSlice};
use kube::{
    Api, Client, Resource,
    runtime::{
        WatchStreamExt,
        watcher::{self, Event},
    },
};
use serde::de::DeserializeOwned;

use super::{
    super::service::Service,
    custom_resources::{Wanted, say},
    slices::moved,
    state::{News, Part},
    told,
};
use crate::k8s::{
    Cluster,
    clients::impatient,
    error::{ApiError, Asked},
};

/// The server ends a watch by then; one that is silent for longer has lost its connection.
pub(super) const LONGEST: u32 = 240;
/// Just after its start an API server may forbid what it allows a moment later. Whoever is told so more often is not asked again.
pub(super) const DENIALS: u32 = 5;

/// The API server takes no longer.
pub(super) const LIMIT: Duration = Duration::from_secs(5);
/// Of objects that can be large so many are read at once.
pub(super) const PAGE: u32 = 50;

/// What one watch tells.
pub(super) enum Heard {
    News(Part, News),
    /// All that operators' own resources say has been told, as far as that is waited for.
    Read,
    /// It may not be listed.
    Forbidden(Part),
    /// It cannot be listed at the moment; that is tried again.
    Trouble(Part, String),
    /// The watch broke off, and nobody tells whether it goes on.
    Lost(Part, String),
}

pub(super) type Watches = SelectAll<BoxStream<'static, Heard>>;

/// Watches over these parts. Each goes on until it is dropped.
pub(super) fn watch(cluster: &Arc<Cluster>, parts: &[Part], wanted: Wanted) -> Watches {
    let client = impatient(&cluster.client());
    let services =
        parts.iter().map(|it| services(api(&client, it), it.clone(), Arc::clone(cluster)));
    let pods = parts.iter().map(|it| slices(api(&client, it), it.clone()));
    let resources = say(cluster, parts, wanted);
    stream::select_all(services.chain(pods).chain([resources]))
}

pub(super) fn api<K>(client: &Client, part: &Part) -> Api<K>
where
    K: Resource<DynamicType = (), Scope = k8s_openapi::NamespaceResourceScope>,
{
    match part {
        Some(namespace) => Api::namespaced(client.clone(), namespace),
        None => Api::all(client.clone()),
    }
}

fn services(
    api: Api<ServiceObject>,
    part: Part,
    cluster: Arc<Cluster>,
) -> BoxStream<'static, Heard> {
    let heard = move |event| {
        let part = part.clone();
        match event {
            Ok(Event::Init) => Some(Heard::News(part, News::Begins)),
            Ok(Event::InitApply(it) | Event::Apply(it)) => {
                Some(Heard::News(part, News::Is(Box::new(Service::of(&it)?))))
            }
            Ok(Event::Delete(it)) => Some(Heard::News(part, News::Gone(Service::of(&it)?.place))),
            Ok(Event::InitDone) => Some(Heard::News(part, News::Complete)),
            Err(broken) => trouble(part, &broken, &cluster),
        }
    };
    events(api).filter_map(move |it| future::ready(heard(it))).boxed()
}

fn slices(api: Api<EndpointSlice>, part: Part) -> BoxStream<'static, Heard> {
    moved(api).map(move |it| Heard::News(part.clone(), News::Moved(it))).boxed()
}

fn events<K>(api: Api<K>) -> impl futures::Stream<Item = Result<Event<K>, Broken>> + Send
where
    K: Resource + Clone + DeserializeOwned + std::fmt::Debug + Send + 'static,
{
    let mut denials = 0;
    let events = watcher::watcher(api, watcher::Config::default().timeout(LONGEST));
    let events = events.default_backoff().map(|it| it.map_err(Broken::of));
    events.take_while(move |event| {
        denials += u32::from(event.as_ref().is_err_and(Broken::is_forbidden));
        future::ready(denials <= DENIALS)
    })
}

/// A watch that does not go on by itself.
struct Broken {
    /// `None` where it is too far behind.
    cause: Option<ApiError>,
    /// It cannot even be begun.
    is_listing: bool,
}

impl Broken {
    fn of(error: watcher::Error) -> Self {
        use watcher::Error::{InitialListFailed, NoResourceVersion};
        let is_listing = matches!(error, InitialListFailed(_) | NoResourceVersion);
        Self { cause: cause(error), is_listing }
    }

    fn is_forbidden(&self) -> bool {
        self.cause.as_ref().is_some_and(ApiError::is_forbidden)
    }
}

/// `None` where it is too far behind.
pub(super) fn cause(error: watcher::Error) -> Option<ApiError> {
    use watcher::Error as Broken;
    Some(match error {
        Broken::InitialListFailed(it) | Broken::WatchStartFailed(it) | Broken::WatchFailed(it) => {
            ApiError::from(it)
        }
        Broken::WatchError(status) if status.code == 410 => return None,
        Broken::WatchError(status) => ApiError::Status(status),
        Broken::NoResourceVersion => ApiError::Unexpected("a list without a version".to_owned()),
    })
}

/// `None` where it is too far behind: then it is told anew at once.
fn trouble(part: Part, broken: &Broken, cluster: &Cluster) -> Option<Heard> {
    let error = broken.cause.as_ref()?;
    if broken.is_forbidden() {
        return Some(Heard::Forbidden(part));
    }
    let namespace = part.as_deref();
    let asked = Asked { verb: "watch", resource: "services", name: None, namespace };
    let told = told(cluster.explain(error, &asked));
    Some(if broken.is_listing { Heard::Trouble(part, told) } else { Heard::Lost(part, told) })
}
