use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tokio::sync::oneshot;

use super::{Attempt, Call, Next, Outcome, Policy};
use crate::tool::ToolError;

/// How long a call waits for its turn before it is sent back.
const PATIENCE: Duration = Duration::from_secs(10);

/// For each call that may be under way, so many may wait.
const WAITING: usize = 8;

/// Lets each caller have so many calls under way; some more wait for their turn, in order and not for ever.
pub struct Limits {
    concurrent: usize,
    turns: Turns,
}

/// The calls of each caller. Outlives the limits themselves: a reload forgets no call.
#[derive(Clone, Default)]
pub struct Turns(Arc<Mutex<HashMap<Arc<str>, Arc<Lane>>>>);

impl Turns {
    fn of(&self, caller: &Arc<str>) -> Arc<Lane> {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(lanes.entry(Arc::clone(caller)).or_default())
    }
}

/// The calls of one caller.
#[derive(Default)]
struct Lane(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    under_way: usize,
    /// How many may be under way, as the call that came last was told.
    most: usize,
    /// Those that wait, the one that came first at the front.
    waiting: VecDeque<oneshot::Sender<Turn>>,
}

/// A call under way, counted back however it ends.
struct Turn(Arc<Lane>);

impl Lane {
    /// A place behind those that wait; none when too many do.
    fn join(self: &Arc<Self>, most: usize) -> Option<oneshot::Receiver<Turn>> {
        let (sender, receiver) = oneshot::channel();
        let mut queue = self.lock();
        queue.most = most;
        queue.waiting.retain(|it| !it.is_closed());
        if queue.waiting.len() >= most * WAITING {
            return None;
        }
        queue.waiting.push_back(sender);
        drop(queue);
        self.serve();
        Some(receiver)
    }

    /// Gives the free turns away. One that nobody takes any more comes back when it is dropped, so not under the lock.
    fn serve(self: &Arc<Self>) {
        while let Some(next) = self.next() {
            let _ = next.send(Turn(Arc::clone(self)));
        }
    }

    /// Whose turn it is, counted as under way already.
    fn next(&self) -> Option<oneshot::Sender<Turn>> {
        let mut queue = self.lock();
        let next = (queue.under_way < queue.most).then(|| queue.waiting.pop_front())??;
        queue.under_way += 1;
        Some(next)
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.lock().under_way -= 1;
        self.0.serve();
    }
}

impl Limits {
    pub fn new(concurrent: usize, turns: Turns) -> Self {
        Self { concurrent, turns }
    }

    async fn turn(&self, caller: &Arc<str>) -> Result<Turn, ToolError> {
        let place = self.turns.of(caller).join(self.concurrent).ok_or_else(|| self.crowded())?;
        let turn = tokio::time::timeout(PATIENCE, place).await;
        turn.ok().and_then(Result::ok).ok_or_else(|| self.busy())
    }

    fn busy(&self) -> ToolError {
        ToolError::Busy(format!(
            "{} of your calls are under way, the most that one caller may have; wait for one to end",
            self.concurrent
        ))
    }

    fn crowded(&self) -> ToolError {
        ToolError::Busy(format!(
            "{} of your calls are under way and {} wait, the most that one caller may have; wait for some to end",
            self.concurrent,
            self.concurrent * WAITING
        ))
    }
}

#[async_trait]
impl Policy for Limits {
    async fn around(&self, call: Call, next: Next<'_>) -> Outcome {
        let caller = &call.session.caller;
        match self.turn(&caller.name).await {
            Ok(_turn) => next.run(call).await,
            Err(outcome) => {
                let (method, name) = (call.subject.method(), call.subject.name());
                let request_id = call.session.request_id.as_deref();
                next.turned_away(&Attempt { caller, method, name, outcome: &outcome, request_id });
                Err(outcome)
            }
        }
    }
}
