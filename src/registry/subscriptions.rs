//! Addresses that somebody wants to hear of. However often a caller listens, each is listened to once for them, for as long as they
//! do; and for each caller by itself, because a backend may show them different things.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use futures::StreamExt;
use tokio::task::JoinHandle;

use crate::{
    resource::Updates,
    tool::Caller,
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
pub struct Subscription(Arc<Listening>);

impl Subscription {
    /// Whether a change is one of those that it was opened for.
    pub fn hears(&self, change: &Change) -> bool {
        let Heard { uri, caller } = &self.0.what;
        match change {
            Change::Resource(changed) => changed == uri,
            Change::ResourceOf(changed, whose) => changed == uri && whose == caller,
            Change::Tools | Change::Prompts | Change::Resources => false,
        }
    }
}

/// An address, and who hears of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Heard {
    pub(super) uri: Arc<str>,
    pub(super) caller: Caller,
}

impl Heard {
    pub(super) fn new(uri: &str, caller: &Caller) -> Self {
        Self { uri: uri.into(), caller: caller.person() }
    }

    fn change(&self) -> Change {
        Change::ResourceOf(Arc::clone(&self.uri), self.caller.clone())
    }
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
pub(super) struct Subscriptions(Arc<Mutex<HashMap<Heard, Weak<Listening>>>>);

struct Listening {
    what: Heard,
    task: Mutex<JoinHandle<()>>,
    all: Subscriptions,
}

impl Subscriptions {
    /// Listens to what has these updates; what is listened to already stays as it is.
    pub(super) fn open(
        &self,
        what: Heard,
        updates: Updates,
        changes: &Changes,
    ) -> Result<Subscription, Crowded> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(listening) = all.get(&what).and_then(Weak::upgrade) {
            listening.revive(|what| tokio::spawn(pass_on(what, updates, changes.clone())));
            return Ok(Subscription(listening));
        }
        if all.len() >= MOST {
            return Err(Crowded);
        }
        let task = tokio::spawn(pass_on(what.clone(), updates, changes.clone()));
        let listening =
            Arc::new(Listening { what: what.clone(), task: Mutex::new(task), all: self.clone() });
        all.insert(what, Arc::downgrade(&listening));
        Ok(Subscription(listening))
    }

    /// Has everything listened to anew, because what stands behind it is another now. Each may have changed by that.
    pub(super) fn renew<F: Future<Output = Again> + Send + 'static>(
        &self,
        changes: &Changes,
        find: impl Fn(Heard) -> F + Clone + Send + 'static,
    ) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let living: Vec<Arc<Listening>> = all.values().filter_map(Weak::upgrade).collect();
        // An end of one of them asks for the lock.
        drop(all);
        for listening in living {
            let what = listening.what.clone();
            listening.goes_on_with(tokio::spawn(listen_anew(what, find.clone(), changes.clone())));
        }
    }
}

async fn listen_anew<F: Future<Output = Again> + Send>(
    what: Heard,
    find: impl Fn(Heard) -> F,
    changes: Changes,
) {
    loop {
        changes.announce(what.change());
        let again = loop {
            match find(what.clone()).await {
                Again::NotNow => tokio::time::sleep(PAUSE).await,
                other => break other,
            }
        };
        let Again::Updates(updates) = again else { return };
        pass_on(what.clone(), updates, changes.clone()).await;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Announces the updates, and their end, after which nobody would hear of a change.
async fn pass_on(what: Heard, updates: Updates, changes: Changes) {
    let mut updates = updates.ready_chunks(TOGETHER);
    loop {
        let is_over = updates.next().await.is_none();
        changes.announce(what.change());
        if is_over {
            return;
        }
        // Nothing is read meanwhile: a log that never rests is held back.
        tokio::time::sleep(REST).await;
    }
}

impl Listening {
    /// Nothing more would come of a task that has ended.
    fn revive(&self, begin: impl FnOnce(Heard) -> JoinHandle<()>) {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if task.is_finished() {
            *task = begin(self.what.clone());
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
        // The same caller may have subscribed to the same address in between.
        if all.get(&self.what).is_some_and(|it| it.strong_count() == 0) {
            all.remove(&self.what);
        }
    }
}
