//! One toolset and what is known of its backend. Nobody waits for a backend that is down: a task of its own asks, again and again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
    time::{Instant, timeout},
};

use crate::{
    policy::Backend,
    tool::ToolError,
    toolsets::{Change, Changes, Health, Toolset},
};

/// How often backends are asked.
#[derive(Debug, Clone, Copy)]
pub struct Rhythm {
    /// A probe that takes longer has failed.
    pub limit: Duration,
    /// Between probes of a backend that is well.
    pub steady: Duration,
    /// Between the first probes of one that is not; doubled each time, up to `steady`.
    pub hurried: Duration,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self {
            limit: Duration::from_secs(3),
            steady: Duration::from_secs(30),
            hurried: Duration::from_secs(1),
        }
    }
}

/// How long a list or a call waits for the first probes; what has not answered by then appears later, with a notification.
pub(super) const PATIENCE: Duration = Duration::from_millis(1500);

pub(super) struct Watched {
    pub(super) toolset: Arc<dyn Toolset>,
    shared: Arc<Shared>,
    limit: Duration,
    task: JoinHandle<()>,
}

struct Shared {
    /// `None` until the first probe has answered.
    health: watch::Sender<Option<Health>>,
    hurry: Notify,
    /// How many probes have begun, and which of them has ended last.
    begun: AtomicU64,
    ended: watch::Sender<u64>,
}

impl Watched {
    pub(super) fn start(toolset: Arc<dyn Toolset>, changes: Changes, rhythm: Rhythm) -> Self {
        let shared = Arc::new(Shared {
            health: watch::Sender::new(None),
            hurry: Notify::new(),
            begun: AtomicU64::new(0),
            ended: watch::Sender::new(0),
        });
        let task = tokio::spawn(watch(Arc::clone(&toolset), Arc::clone(&shared), changes, rhythm));
        Self { toolset, shared, limit: rhythm.limit, task }
    }

    pub(super) fn health(&self) -> Option<Health> {
        self.shared.health.borrow().clone()
    }

    pub(super) fn is_available(&self) -> bool {
        self.shared.health.borrow().as_ref().is_some_and(Health::is_available)
    }

    pub(super) fn gauge(&self) -> Gauge {
        Gauge { toolset: self.toolset.name(), health: self.shared.health.subscribe() }
    }

    /// Waits until the first probe has answered, and no longer than `deadline`.
    pub(super) async fn settled(&self, deadline: Instant) {
        let mut health = self.shared.health.subscribe();
        let _ = tokio::time::timeout_at(deadline, health.wait_for(Option::is_some)).await;
    }

    /// What the first probe finds. It ends: probes have a time limit.
    pub(super) async fn examined(&self) -> Health {
        let mut health = self.shared.health.subscribe();
        let found = health.wait_for(Option::is_some).await;
        found.ok().and_then(|it| it.clone()).unwrap_or_else(gone)
    }

    /// Has the backend asked at once, because a call found it failing.
    pub(super) fn suspect(&self) {
        self.shared.hurry.notify_one();
    }

    /// What a probe says that is made now, because a call needs the backend now.
    async fn ask_again(&self) -> Option<Health> {
        // A probe that is under way already may have looked too early: the next one counts.
        let before = self.shared.begun.load(Ordering::Acquire);
        self.suspect();
        let mut ended = self.shared.ended.subscribe();
        let _ = timeout(self.limit * 2, ended.wait_for(|it| *it > before)).await;
        self.health()
    }

    pub(super) async fn stop(&self) {
        self.task.abort();
        self.toolset.shutdown().await;
    }
}

#[async_trait]
impl Backend for Watched {
    /// A backend that was down is asked once more: it may have come back a moment ago.
    async fn ready(&self) -> Result<(), ToolError> {
        self.settled(Instant::now() + PATIENCE).await;
        if self.is_available() {
            return Ok(());
        }
        let reason = match self.ask_again().await {
            Some(Health::Unavailable(reason)) => reason,
            Some(Health::Ready | Health::Degraded(_)) => return Ok(()),
            None => "its backend has not answered yet; try again".to_owned(),
        };
        Err(ToolError::Unavailable(format!("toolset {}: {reason}", self.toolset.name())))
    }
}

/// A look at a toolset's health that keeps nothing alive.
pub(super) struct Gauge {
    pub(super) toolset: &'static str,
    health: watch::Receiver<Option<Health>>,
}

impl Gauge {
    pub(super) fn read(&self) -> Option<Health> {
        self.health.borrow().clone()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn watch(toolset: Arc<dyn Toolset>, shared: Arc<Shared>, changes: Changes, rhythm: Rhythm) {
    toolset.initialize(changes.clone()).await;
    let mut backoff = rhythm.hurried;
    loop {
        let number = shared.begun.fetch_add(1, Ordering::AcqRel) + 1;
        let health = look(toolset.as_ref(), &shared, rhythm).await;
        let pause = if health.is_available() { rhythm.steady } else { backoff };
        backoff =
            if health.is_available() { rhythm.hurried } else { (backoff * 2).min(rhythm.steady) };
        settle(toolset.as_ref(), &shared, &changes, &health);
        shared.ended.send_replace(number);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = shared.hurry.notified() => {}
        }
    }
}

/// One lost probe must not take the tools away from an agent in the middle of its work: only a second one does.
async fn look(toolset: &dyn Toolset, shared: &Shared, rhythm: Rhythm) -> Health {
    let health = probe(toolset, rhythm.limit).await;
    let was_available = shared.health.borrow().as_ref().is_some_and(Health::is_available);
    if health.is_available() || !was_available {
        return health;
    }
    tokio::time::sleep(rhythm.hurried).await;
    probe(toolset, rhythm.limit).await
}

async fn probe(toolset: &dyn Toolset, limit: Duration) -> Health {
    timeout(limit, toolset.health()).await.unwrap_or_else(|_| {
        Health::Unavailable(format!("no answer within {} s", limit.as_secs_f32()))
    })
}

/// Publishes what a probe found; clients are told only when the lists they see change.
fn settle(toolset: &dyn Toolset, shared: &Shared, changes: &Changes, health: &Health) {
    let before = shared.health.send_replace(Some(health.clone()));
    if before.as_ref() != Some(health) {
        let (name, state) = (toolset.name(), health.word());
        match health.reason() {
            None => tracing::info!(toolset = name, state, "toolset is ready"),
            Some(reason) => tracing::warn!(toolset = name, state, reason, "toolset is not well"),
        }
    }
    // What was never listed cannot disappear: the first finding is a change only if it comes after somebody may have looked.
    let was_listed = before.as_ref().is_some_and(Health::is_available);
    if was_listed != health.is_available() {
        for change in [Change::Tools, Change::Prompts, Change::Resources] {
            changes.announce(change);
        }
    }
}

fn gone() -> Health {
    Health::Unavailable("its probe ended without an answer".to_owned())
}
