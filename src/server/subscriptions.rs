//! Who is told of what: a session of its own accord in the older era, a listener of what it asked for in the newer.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use rmcp::{
    Peer, RoleServer,
    model::ResourceUpdatedNotificationParam,
    service::{SubscriptionContext, SubscriptionSendError},
};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::toolsets::Change;

/// The addresses that a session has subscribed to.
#[derive(Clone, Default)]
pub(super) struct Watched(Arc<Mutex<HashSet<String>>>);

/// More than anybody reads, and little enough to be kept.
pub(super) const MOST: usize = 1000;
/// In bytes, for the same reason.
const LONGEST: usize = 2048;

#[derive(Debug, thiserror::Error)]
pub(super) enum TooMuch {
    #[error(
        "{MOST} resources are subscribed to, the most that one session may have; unsubscribe from some first"
    )]
    Subscriptions,
    #[error("an address is longer than {LONGEST} bytes")]
    Address,
}

impl Watched {
    pub(super) fn add(&self, uri: &str) -> Result<(), TooMuch> {
        let mut watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        check([uri])?;
        if watched.len() >= MOST && !watched.contains(uri) {
            return Err(TooMuch::Subscriptions);
        }
        watched.insert(uri.to_owned());
        Ok(())
    }

    pub(super) fn remove(&self, uri: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(uri);
    }

    fn contains(&self, uri: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(uri)
    }

    /// All of them, in order.
    fn all(&self) -> Vec<String> {
        let watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<String> = watched.iter().cloned().collect();
        all.sort_unstable();
        all
    }
}

/// The same bounds for a listener of the newer era, which names all its addresses at once.
pub(super) fn check<'a>(uris: impl IntoIterator<Item = &'a str>) -> Result<(), TooMuch> {
    for (number, uri) in uris.into_iter().enumerate() {
        if number >= MOST {
            return Err(TooMuch::Subscriptions);
        }
        if uri.len() > LONGEST {
            return Err(TooMuch::Address);
        }
    }
    Ok(())
}

/// Tells a session of every change, until it is gone.
pub(super) async fn relay(peer: Peer<RoleServer>, mut changes: Receiver<Change>, watched: Watched) {
    while let Some(changes) = next(&mut changes, || watched.all()).await {
        for change in changes {
            let told = match change {
                Change::Tools => peer.notify_tool_list_changed().await,
                Change::Prompts => peer.notify_prompt_list_changed().await,
                Change::Resources => peer.notify_resource_list_changed().await,
                Change::Resource(uri) if watched.contains(&uri) => {
                    peer.notify_resource_updated(ResourceUpdatedNotificationParam::new(&*uri)).await
                }
                Change::Resource(_) => Ok(()),
            };
            if told.is_err() {
                return;
            }
        }
    }
}

/// Tells a listener of what it asked for, until it is gone.
pub(super) async fn listen(context: &SubscriptionContext, mut changes: Receiver<Change>) {
    let watched = || context.accepted().resource_subscriptions.clone().unwrap_or_default();
    while let Some(changes) = next(&mut changes, watched).await {
        for change in changes {
            if tell(context, change).await.is_err() {
                return;
            }
        }
    }
}

async fn tell(context: &SubscriptionContext, change: Change) -> Result<(), SubscriptionSendError> {
    let (accepted, sink) = (context.accepted(), context.sink());
    let watched = |uri: &str| {
        accepted.resource_subscriptions.as_ref().is_some_and(|them| them.iter().any(|it| it == uri))
    };
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
        Change::Resource(uri) if watched(&uri) => sink.notify_resource_updated(&*uri).await,
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
