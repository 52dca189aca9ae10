//! What is to be known of publishing from outside: where it stands, and what is in its way.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use jiff::Timestamp;
use tokio::sync::watch;

/// How it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::toolsets::discovery) struct Status {
    pub(in crate::toolsets::discovery) role: Role,
    /// What this process wrote last.
    pub(in crate::toolsets::discovery) written: Option<Written>,
    /// The hash of what is known to stand in the `ConfigMap`.
    pub(in crate::toolsets::discovery) in_force: Option<String>,
    /// What is in the way, and what to do about it.
    pub(in crate::toolsets::discovery) problems: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::toolsets::discovery) enum Role {
    /// There is nobody else: no Lease is asked for.
    Alone,
    /// Another one leads, as far as it is known who.
    #[default]
    Waiting,
    Standby {
        leader: String,
    },
    Leader {
        term: i32,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::toolsets::discovery) struct Written {
    pub(in crate::toolsets::discovery) at: Timestamp,
    pub(in crate::toolsets::discovery) hash: String,
}

/// What has happened so often.
#[derive(Debug, Default)]
pub(in crate::toolsets::discovery) struct Counters {
    pub(in crate::toolsets::discovery) written: AtomicU64,
    /// It stood there already.
    pub(in crate::toolsets::discovery) unchanged: AtomicU64,
    pub(in crate::toolsets::discovery) failed: AtomicU64,
    /// Writes that took back what somebody else had changed or deleted.
    pub(in crate::toolsets::discovery) corrected: AtomicU64,
    /// How often this process began to lead.
    pub(in crate::toolsets::discovery) elected: AtomicU64,
    pub(in crate::toolsets::discovery) deposed: AtomicU64,
    pub(in crate::toolsets::discovery) reloads: AtomicU64,
    pub(in crate::toolsets::discovery) reloads_failed: AtomicU64,
}

/// What a problem is about; of each there is one at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Concern {
    Lease,
    Writing,
    Overrides,
    Fight,
    Watching,
    Events,
    Reloading,
}

#[derive(Debug, Default)]
pub(super) struct Board {
    pub(super) counters: Counters,
    status: Mutex<Status>,
    problems: Mutex<BTreeMap<Concern, String>>,
    updated: watch::Sender<()>,
    /// How often a reload was wanted and has not been asked for.
    reloads_owed: AtomicUsize,
}

impl Board {
    pub(super) fn status(&self) -> Status {
        let problems = self.problems.lock().unwrap_or_else(PoisonError::into_inner);
        let problems = problems.values().cloned().collect();
        Status { problems, ..self.status.lock().unwrap_or_else(PoisonError::into_inner).clone() }
    }

    #[cfg(test)]
    pub(super) fn updates(&self) -> watch::Receiver<()> {
        self.updated.subscribe()
    }

    pub(super) fn set(&self, change: impl FnOnce(&mut Status)) {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner));
        self.updated.send_replace(());
    }

    pub(super) fn reload_wanted(&self) {
        self.reloads_owed.fetch_add(1, Ordering::AcqRel);
    }

    /// So many of those that were wanted are done, well or not.
    pub(super) fn reloads_done(&self, wanted: usize) {
        self.reloads_owed.fetch_sub(wanted, Ordering::AcqRel);
    }

    pub(super) fn owes_reload(&self) -> bool {
        self.reloads_owed.load(Ordering::Acquire) > 0
    }

    /// There is that problem now. The log hears of it once, as long as it stays the same; `true` if it is news.
    pub(super) fn problem(&self, about: Concern, problem: &str) -> bool {
        let mut problems = self.problems.lock().unwrap_or_else(PoisonError::into_inner);
        let before = problems.insert(about, problem.to_owned());
        let is_news = before.is_none_or(|it| it != problem);
        drop(problems);
        if is_news {
            self.updated.send_replace(());
            tracing::warn!("publishing the toolset: {problem}");
        }
        is_news
    }

    pub(super) fn solved(&self, about: Concern) {
        let mut problems = self.problems.lock().unwrap_or_else(PoisonError::into_inner);
        let solved = problems.remove(&about);
        drop(problems);
        if let Some(problem) = solved {
            self.updated.send_replace(());
            tracing::info!("publishing the toolset: no longer so: {problem}");
        }
    }
}

pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
