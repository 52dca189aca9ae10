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

impl Watched {
    pub(super) fn add(&self, uri: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(uri.to_owned());
    }

    pub(super) fn remove(&self, uri: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(uri);
    }

    fn contains(&self, uri: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(uri)
    }
}

/// Tells a session of every change, until it is gone.
pub(super) async fn relay(peer: Peer<RoleServer>, mut changes: Receiver<Change>, watched: Watched) {
    while let Some(changes) = next(&mut changes).await {
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
    while let Some(changes) = next(&mut changes).await {
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

/// The next change, or all lists at once for whoever fell behind.
async fn next(changes: &mut Receiver<Change>) -> Option<Vec<Change>> {
    match changes.recv().await {
        Ok(change) => Some(vec![change]),
        Err(RecvError::Lagged(_)) => Some(vec![Change::Tools, Change::Prompts, Change::Resources]),
        Err(RecvError::Closed) => None,
    }
}
