//! Addresses that somebody wants to hear of. However many listen, each is listened to once, for as long as one of them does.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use futures::StreamExt;
use tokio::task::JoinHandle;

use crate::{
    resource::Updates,
    toolsets::{Change, Changes},
};

/// The most addresses that are listened to at once: each may be a connection to a backend.
const MOST: usize = 500;
/// Between two announcements of one address. What changes all the time is read again in its own time.
const REST: Duration = Duration::from_secs(1);

/// Clients hear of changes at an address while this lives.
#[derive(Clone)]
pub struct Subscription {
    /// Held and never looked at: its end is the news.
    _listening: Arc<Listening>,
}

/// So many addresses are listened to already that one more would be too much.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "{MOST} resources are listened to already, the most that the server does; unsubscribe from some first"
)]
pub struct Crowded;

#[derive(Clone, Default)]
pub(super) struct Subscriptions(Arc<Mutex<HashMap<Arc<str>, Weak<Listening>>>>);

struct Listening {
    uri: Arc<str>,
    task: Mutex<JoinHandle<()>>,
    all: Subscriptions,
}

impl Subscriptions {
    /// Listens to what has these updates; an address that is listened to already stays as it is.
    pub(super) fn open(
        &self,
        uri: &str,
        updates: Updates,
        changes: &Changes,
    ) -> Result<Subscription, Crowded> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(listening) = all.get(uri).and_then(Weak::upgrade) {
            return Ok(Subscription { _listening: listening });
        }
        if all.len() >= MOST {
            return Err(Crowded);
        }
        let uri: Arc<str> = uri.into();
        let task = tokio::spawn(pass_on(Arc::clone(&uri), updates, changes.clone()));
        let listening = Arc::new(Listening {
            uri: Arc::clone(&uri),
            task: Mutex::new(task),
            all: self.clone(),
        });
        all.insert(uri, Arc::downgrade(&listening));
        Ok(Subscription { _listening: listening })
    }

    /// Has every address listened to anew, because what stands behind it is another now. Each may have changed by that.
    pub(super) fn renew<F: Future<Output = Option<Updates>> + Send + 'static>(
        &self,
        changes: &Changes,
        updates: impl Fn(Arc<str>) -> F,
    ) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let living: Vec<Arc<Listening>> = all.values().filter_map(Weak::upgrade).collect();
        // An end of one of them asks for the lock.
        drop(all);
        for listening in living {
            let (uri, changes) = (Arc::clone(&listening.uri), changes.clone());
            let updates = updates(Arc::clone(&uri));
            let anew = async move {
                let updates = updates.await;
                changes.announce(Change::Resource(Arc::clone(&uri)));
                if let Some(updates) = updates {
                    pass_on(uri, updates, changes).await;
                }
            };
            listening.goes_on_with(tokio::spawn(anew));
        }
    }
}

/// Announces the updates, and their end, after which nobody would hear of a change.
async fn pass_on(uri: Arc<str>, mut updates: Updates, changes: Changes) {
    let mut is_over = updates.next().await.is_none();
    loop {
        changes.announce(Change::Resource(Arc::clone(&uri)));
        if is_over {
            return;
        }
        // All that comes while it rests is one news.
        let mut more = false;
        let meanwhile = async {
            while updates.next().await.is_some() {
                more = true;
            }
        };
        is_over = tokio::time::timeout(REST, meanwhile).await.is_ok();
        if !more && !is_over {
            is_over = updates.next().await.is_none();
        }
    }
}

impl Listening {
    fn goes_on_with(&self, task: JoinHandle<()>) {
        let mut place = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *place, task).abort();
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.get_mut().unwrap_or_else(PoisonError::into_inner).abort();
        let mut all = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may have subscribed to the same address in between.
        if all.get(&self.uri).is_some_and(|it| it.strong_count() == 0) {
            all.remove(&self.uri);
        }
    }
}
