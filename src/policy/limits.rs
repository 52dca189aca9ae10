use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tokio::sync::Semaphore;

use super::{Call, Next, Outcome, Policy};
use crate::tool::ToolError;

/// How long a call waits for its turn before it is sent back.
const QUEUE: Duration = Duration::from_secs(10);

/// Lets each caller have so many calls under way; more wait for their turn, and not for ever.
pub struct Limits {
    concurrent: usize,
    callers: Mutex<HashMap<Arc<str>, Arc<Semaphore>>>,
}

impl Limits {
    pub fn new(concurrent: usize) -> Self {
        Self { concurrent, callers: Mutex::default() }
    }

    fn turns(&self, caller: &Arc<str>) -> Arc<Semaphore> {
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        let turns = callers.entry(Arc::clone(caller));
        Arc::clone(turns.or_insert_with(|| Arc::new(Semaphore::new(self.concurrent))))
    }

    fn busy(&self) -> ToolError {
        ToolError::Unavailable(format!(
            "{} of your calls are under way, the most that one caller may have; wait for one to end",
            self.concurrent
        ))
    }
}

#[async_trait]
impl Policy for Limits {
    async fn around(&self, call: Call, next: Next<'_>) -> Outcome {
        let turns = self.turns(&call.session.caller.name);
        let turn = tokio::time::timeout(QUEUE, turns.acquire_owned()).await;
        let _turn = turn.ok().and_then(Result::ok).ok_or_else(|| self.busy())?;
        next.run(call).await
    }
}
