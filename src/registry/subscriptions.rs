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
/// Updates that are taken for one when they are there together.
const TOGETHER: usize = 100;
/// Before what cannot be listened to at the moment is tried again.
const PAUSE: Duration = Duration::from_secs(10);

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

/// What has become of an address after a reload.
pub(super) enum Again {
    Updates(Updates),
    /// It may come back.
    NotNow,
    /// It is not there any more, or not for anybody.
    Never,
}

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
            listening.revive(|uri| tokio::spawn(pass_on(uri, updates, changes.clone())));
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
    pub(super) fn renew<F: Future<Output = Again> + Send + 'static>(
        &self,
        changes: &Changes,
        find: impl Fn(Arc<str>) -> F + Clone + Send + 'static,
    ) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let living: Vec<Arc<Listening>> = all.values().filter_map(Weak::upgrade).collect();
        // An end of one of them asks for the lock.
        drop(all);
        for listening in living {
            let uri = Arc::clone(&listening.uri);
            listening.goes_on_with(tokio::spawn(listen_anew(uri, find.clone(), changes.clone())));
        }
    }
}

async fn listen_anew<F: Future<Output = Again> + Send>(
    uri: Arc<str>,
    find: impl Fn(Arc<str>) -> F,
    changes: Changes,
) {
    loop {
        changes.announce(Change::Resource(Arc::clone(&uri)));
        let again = loop {
            match find(Arc::clone(&uri)).await {
                Again::NotNow => tokio::time::sleep(PAUSE).await,
                other => break other,
            }
        };
        let Again::Updates(updates) = again else { return };
        pass_on(Arc::clone(&uri), updates, changes.clone()).await;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Announces the updates, and their end, after which nobody would hear of a change.
async fn pass_on(uri: Arc<str>, updates: Updates, changes: Changes) {
    let mut updates = updates.ready_chunks(TOGETHER);
    loop {
        let is_over = updates.next().await.is_none();
        changes.announce(Change::Resource(Arc::clone(&uri)));
        if is_over {
            return;
        }
        // Nothing is read meanwhile: a log that never rests is held back.
        tokio::time::sleep(REST).await;
    }
}

impl Listening {
    /// Nothing more would come of a task that has ended.
    fn revive(&self, begin: impl FnOnce(Arc<str>) -> JoinHandle<()>) {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if task.is_finished() {
            *task = begin(Arc::clone(&self.uri));
        }
    }

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
