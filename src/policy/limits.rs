use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tokio::sync::watch;

use super::{Call, Next, Outcome, Policy};
use crate::tool::ToolError;

/// How long a call waits for its turn before it is sent back.
const QUEUE: Duration = Duration::from_secs(10);

/// Lets each caller have so many calls under way; more wait for their turn, and not for ever.
pub struct Limits {
    concurrent: usize,
    turns: Turns,
}

/// How many calls each caller has under way. Outlives the limits themselves: a reload forgets no call.
#[derive(Clone, Default)]
pub struct Turns(Arc<Mutex<HashMap<Arc<str>, UnderWay>>>);

/// How many calls one caller has under way.
type UnderWay = Arc<watch::Sender<usize>>;

impl Turns {
    fn of(&self, caller: &Arc<str>) -> UnderWay {
        let mut callers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(callers.entry(Arc::clone(caller)).or_default())
    }
}

/// A call under way, counted back however it ends.
struct Turn(UnderWay);

impl Turn {
    /// Waits until fewer calls than that are under way.
    async fn take(under_way: UnderWay, most: usize) -> Self {
        let mut changed = under_way.subscribe();
        loop {
            changed.mark_unchanged();
            let taken = under_way.send_if_modified(|it| {
                let free = *it < most;
                *it += usize::from(free);
                free
            });
            if taken {
                return Self(under_way);
            }
            // It cannot be closed: this call holds its sender.
            let _ = changed.changed().await;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.send_modify(|it| *it -= 1);
    }
}

impl Limits {
    pub fn new(concurrent: usize, turns: Turns) -> Self {
        Self { concurrent, turns }
    }

    fn busy(&self) -> ToolError {
        ToolError::Busy(format!(
            "{} of your calls are under way, the most that one caller may have; wait for one to end",
            self.concurrent
        ))
    }
}

#[async_trait]
impl Policy for Limits {
    async fn around(&self, call: Call, next: Next<'_>) -> Outcome {
        let turn = Turn::take(self.turns.of(&call.session.caller.name), self.concurrent);
        let _turn = tokio::time::timeout(QUEUE, turn).await.map_err(|_| self.busy())?;
        next.run(call).await
    }
}
