//! What all connections share, whatever they come in by.

use std::{sync::Arc, time::Duration};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{handler::Handler, rounds::Rounds};
use crate::{registry::Registry, tool::Caller};

/// What all connections share.
#[derive(Clone)]
pub struct Mcp {
    pub(super) registry: Registry,
    pub(super) rounds: Arc<Rounds>,
    /// Ends subscriptions gracefully when the server stops.
    pub(super) stopping: CancellationToken,
    /// The calls under way.
    pub(super) calls: TaskTracker,
}

impl Mcp {
    /// `key` seals what a client carries between the rounds of one call; replicas share it.
    pub fn new(registry: Registry, key: &[u8; 32]) -> Self {
        Self::with(registry, Rounds::new(key))
    }

    /// The same for the official conformance suite, one scenario of which replies before it is asked.
    #[cfg(feature = "conformance")]
    pub fn taking_early_replies(registry: Registry, key: &[u8; 32]) -> Self {
        let mut rounds = Rounds::new(key);
        rounds.early = true;
        Self::with(registry, rounds)
    }

    /// Takes no more calls into account, and waits for those under way to end, but no longer than that.
    pub async fn ended(&self, patience: Duration) {
        self.calls.close();
        if tokio::time::timeout(patience, self.calls.wait()).await.is_err() {
            tracing::warn!(calls = self.calls.len(), "calls are cut off, their time is up");
        }
    }

    fn with(registry: Registry, rounds: Rounds) -> Self {
        let rounds = Arc::new(rounds);
        let (stopping, calls) = (CancellationToken::new(), TaskTracker::new());
        Self { registry, rounds, stopping, calls }
    }

    /// The handler of one connection, session or request; `caller` names whoever is at its other end, unless the request does.
    pub(super) fn handler(&self, caller: &str) -> Handler {
        Handler::new(self.clone(), Caller::named(caller))
    }
}
