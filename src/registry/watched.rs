//! One toolset and what is known of its backend. Nobody waits for a backend that is down: a task of its own asks, again and again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use serde_json::Value;
use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
    time::{Instant, timeout},
};

use super::{
    probe::{Rhythm, guarded, look},
    report,
};
use crate::{
    policy::{Backend, Subject},
    tool::ToolError,
    toolsets::{Change, Changes, Health, Toolset},
};

/// How long a list or a call waits for the first probes; what has not answered by then appears later, with a notification.
pub(super) const PATIENCE: Duration = Duration::from_millis(1500);

pub(super) struct Watched {
    pub(super) toolset: Arc<dyn Toolset>,
    shared: Arc<Shared>,
    rhythm: Rhythm,
    task: JoinHandle<()>,
}

struct Shared {
    /// `None` until the first probe has answered, if nothing was known before.
    health: watch::Sender<Option<Health>>,
    hurry: Notify,
    /// How many probes have begun, and which of them has ended last.
    begun: AtomicU64,
    ended: watch::Sender<Ended>,
}

impl Shared {
    fn is_available(&self) -> bool {
        self.health.borrow().as_ref().is_some_and(Health::is_available)
    }
}

#[derive(Clone, Copy)]
struct Ended {
    number: u64,
    at: Instant,
}

impl Watched {
    /// `known` is what holds until the first probe has answered.
    pub(super) fn start(
        toolset: Arc<dyn Toolset>,
        changes: Changes,
        rhythm: Rhythm,
        known: Option<Health>,
    ) -> Self {
        let shared = Arc::new(Shared {
            health: watch::Sender::new(known),
            hurry: Notify::new(),
            begun: AtomicU64::new(0),
            ended: watch::Sender::new(Ended { number: 0, at: Instant::now() }),
        });
        let task = tokio::spawn(watch(Arc::clone(&toolset), Arc::clone(&shared), changes, rhythm));
        Self { toolset, shared, rhythm, task }
    }

    pub(super) fn health(&self) -> Option<Health> {
        self.shared.health.borrow().clone()
    }

    pub(super) fn is_available(&self) -> bool {
        self.shared.is_available()
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
    ///
    /// One that is known to be down is asked in its own time, and one that was asked a moment ago is not asked again.
    fn suspect(&self) {
        let rested = self.shared.ended.borrow().at.elapsed() >= self.rhythm.hurried;
        if rested && self.is_available() {
            self.shared.hurry.notify_one();
        }
    }

    /// What a probe says that is made now, because a call needs the backend now.
    async fn ask_again(&self) -> Option<Health> {
        // A probe that is under way already may have looked too early: the next one counts.
        let before = self.shared.begun.load(Ordering::Acquire);
        self.shared.hurry.notify_one();
        let mut ended = self.shared.ended.subscribe();
        let _ = timeout(self.rhythm.limit * 2, ended.wait_for(|it| it.number > before)).await;
        self.health()
    }

    /// Ends the watch; the toolset itself is shut down when no call needs it any more.
    pub(super) fn unwatch(&self) {
        self.task.abort();
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

    fn failed(&self, subject: &Subject, error: &ToolError) {
        let is_outage = matches!(error, ToolError::Unavailable(_) | ToolError::TimedOut(_));
        if is_outage && !is_elsewhere(subject) {
            self.suspect();
        }
    }
}

/// Whether the call named its backend: what is probed is the default one.
fn is_elsewhere(subject: &Subject) -> bool {
    match subject {
        Subject::Tool { arguments, .. } => arguments.get("context").is_some_and(Value::is_string),
        Subject::Resource { variables: given, .. }
        | Subject::Subscription { variables: given, .. }
        | Subject::Prompt { blanks: given, .. } => given.contains_key("context"),
        Subject::Completion { blank, .. } => blank.other("context").is_some(),
        Subject::Endpoint { request, .. } => request.given("context").is_some(),
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
    let mut started = Err("it has not started yet".to_owned());
    let (mut backoff, began) = (rhythm.hurried, Instant::now());
    let was_known = shared.health.borrow().is_some();
    loop {
        let number = shared.begun.fetch_add(1, Ordering::AcqRel) + 1;
        if started.is_err() {
            started = guarded(toolset.initialize(changes.clone()), rhythm.limit).await;
        }
        let health = match &started {
            Ok(()) => look(toolset.as_ref(), shared.is_available(), rhythm).await,
            Err(reason) => Health::Unavailable(format!("it does not start: {reason}")),
        };
        let pause = if health.is_available() { rhythm.steady } else { backoff };
        backoff =
            if health.is_available() { rhythm.hurried } else { (backoff * 2).min(rhythm.steady) };
        let was_listed = settle(toolset.as_ref(), &shared, &health, &changes);
        // What is found within this time every list has waited for: nobody has looked and not seen it.
        let is_news = number > 1 || was_known || began.elapsed() >= PATIENCE;
        if is_news && was_listed != health.is_available() {
            for change in [Change::Tools, Change::Prompts, Change::Resources] {
                changes.announce(change);
            }
        }
        shared.ended.send_replace(Ended { number, at: Instant::now() });
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = shared.hurry.notified() => {}
        }
    }
}

/// Publishes what a probe found; gives whether the toolset was listed before.
fn settle(toolset: &dyn Toolset, shared: &Shared, health: &Health, changes: &Changes) -> bool {
    let before = shared.health.send_replace(Some(health.clone()));
    if before.as_ref() != Some(health) {
        changes.announce(Change::Resource(report::URI.into()));
        let (name, state) = (toolset.name(), health.word());
        match health.reason() {
            None => tracing::info!(toolset = name, state, "toolset is ready"),
            Some(reason) => tracing::warn!(toolset = name, state, reason, "toolset is not well"),
        }
    }
    before.as_ref().is_some_and(Health::is_available)
}

fn gone() -> Health {
    Health::Unavailable("its probe ended without an answer".to_owned())
}
