//! Who is told of what: a session of its own accord in the older era, a listener of what it asked for in the newer.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{StreamExt, TryStreamExt, stream};
use rmcp::{
    ErrorData, Peer, RoleServer,
    model::ResourceUpdatedNotificationParam,
    service::{SubscriptionContext, SubscriptionSendError},
};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::reply;
use crate::{
    registry::{Registry, Subscription},
    tool::Session,
    toolsets::Change,
};

/// What a session has subscribed to.
#[derive(Clone, Default)]
pub(super) struct Watched(Arc<Mutex<HashMap<String, Subscription>>>);

/// More than anybody reads, and little enough to leave room for others.
const MOST: usize = 100;

/// Of one listener.
const OPENED_AT_ONCE: usize = 4;

#[derive(Debug, thiserror::Error)]
#[error(
    "{MOST} resources are subscribed to, the most that one session may have; unsubscribe from some first"
)]
pub(super) struct TooMuch;

impl Watched {
    /// Whether there is room for that one, before anything is opened for it.
    pub(super) fn check(&self, uri: &str) -> Result<(), TooMuch> {
        room(&self.lock(), uri)
    }

    pub(super) fn add(&self, uri: &str, subscription: Subscription) -> Result<(), TooMuch> {
        let mut watched = self.lock();
        room(&watched, uri)?;
        watched.insert(uri.to_owned(), subscription);
        Ok(())
    }

    pub(super) fn remove(&self, uri: &str) {
        self.lock().remove(uri);
    }

    fn hears(&self, uri: &str, change: &Change) -> bool {
        self.lock().get(uri).is_some_and(|it| it.hears(change))
    }

    /// All of them, in order.
    fn all(&self) -> Vec<String> {
        let mut all: Vec<String> = self.lock().keys().cloned().collect();
        all.sort_unstable();
        all
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Subscription>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn room(watched: &HashMap<String, Subscription>, uri: &str) -> Result<(), TooMuch> {
    if watched.len() < MOST || watched.contains_key(uri) { Ok(()) } else { Err(TooMuch) }
}

impl From<TooMuch> for ErrorData {
    fn from(error: TooMuch) -> Self {
        Self::invalid_params(error.to_string(), None)
    }
}

/// Begins to listen to one address, or says why that cannot be.
pub(super) async fn open(
    registry: &Registry,
    uri: &str,
    session: Session,
) -> Result<Subscription, ErrorData> {
    let opened = registry.subscribe(uri, session).await;
    let opened = opened.map_err(|error| reply::unknown_resource(&error))?;
    opened.map_err(|error| reply::failure(&error))
}

/// The same for a listener of the newer era, which names all its addresses at once, under the same bound.
pub(super) async fn open_all(
    registry: &Registry,
    uris: &[String],
    session: impl Fn() -> Session,
) -> Result<Vec<Subscription>, ErrorData> {
    if uris.len() > MOST {
        return Err(TooMuch.into());
    }
    let opening: Vec<_> = uris.iter().map(|it| open(registry, it, session())).collect();
    // A few at a time: each takes one of the turns that its caller has.
    stream::iter(opening).buffered(OPENED_AT_ONCE).try_collect().await
}

/// Tells a session of every change, until it is gone.
pub(super) async fn relay(peer: Peer<RoleServer>, mut changes: Receiver<Change>, watched: Watched) {
    while let Some(changes) = next(&mut changes, || watched.all()).await {
        for change in changes {
            let told = match &change {
                Change::Tools => peer.notify_tool_list_changed().await,
                Change::Prompts => peer.notify_prompt_list_changed().await,
                Change::Resources => peer.notify_resource_list_changed().await,
                Change::Resource(uri) | Change::ResourceOf(uri, _)
                    if watched.hears(uri, &change) =>
                {
                    let uri: &str = uri;
                    peer.notify_resource_updated(ResourceUpdatedNotificationParam::new(uri)).await
                }
                Change::Resource(_) | Change::ResourceOf(..) => Ok(()),
            };
            if told.is_err() {
                return;
            }
        }
    }
}

/// Tells a listener of what it asked for and has `open`, until it is gone.
///
/// It was told that it is listened for before anybody listened: so it begins with all addresses, which may have changed since.
pub(super) async fn listen(
    context: &SubscriptionContext,
    mut changes: Receiver<Change>,
    open: &[Subscription],
) {
    let watched = || context.accepted().resource_subscriptions.clone().unwrap_or_default();
    for uri in watched() {
        if tell(context, Change::Resource(uri.into()), open).await.is_err() {
            return;
        }
    }
    while let Some(changes) = next(&mut changes, watched).await {
        for change in changes {
            if tell(context, change, open).await.is_err() {
                return;
            }
        }
    }
}

async fn tell(
    context: &SubscriptionContext,
    change: Change,
    open: &[Subscription],
) -> Result<(), SubscriptionSendError> {
    let (accepted, sink) = (context.accepted(), context.sink());
    let is_heard = open.iter().any(|it| it.hears(&change));
    match change {
        Change::Tools if accepted.tools_list_changed == Some(true) => {
            sink.notify_tool_list_changed().await
        }
        Change::Prompts if accepted.prompts_list_changed == Some(true) => {
            sink.notify_prompt_list_changed().await
        }
        Change::Resources if accepted.resources_list_changed == Some(true) => {
            sink.notify_resource_list_changed().await
        }
        Change::Resource(uri) | Change::ResourceOf(uri, _) if is_heard => {
            sink.notify_resource_updated(&*uri).await
        }
        _ => Ok(()),
    }
}

/// The next change; for whoever fell behind, all lists and all that is `watched`, since nobody knows what was missed.
async fn next(
    changes: &mut Receiver<Change>,
    watched: impl Fn() -> Vec<String>,
) -> Option<Vec<Change>> {
    match changes.recv().await {
        Ok(change) => Some(vec![change]),
        Err(RecvError::Lagged(_)) => {
            let lists = [Change::Tools, Change::Prompts, Change::Resources].into_iter();
            let resources = watched().into_iter().map(|it| Change::Resource(it.into()));
            Some(lists.chain(resources).collect())
        }
        Err(RecvError::Closed) => None,
    }
}
