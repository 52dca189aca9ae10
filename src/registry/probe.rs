//! How a backend is asked.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures::FutureExt;
use tokio::time::timeout;

use crate::{
    output::{Redactor, presentable},
    policy::last_words,
    toolsets::{Health, Toolset},
};

/// How often backends are asked.
#[derive(Debug, Clone, Copy)]
pub struct Rhythm {
    /// A probe that takes longer has failed, and so has a start.
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

/// One lost probe must not take the tools away from an agent in the middle of its work: only a second one does.
pub(super) async fn look(toolset: &dyn Toolset, was_available: bool, rhythm: Rhythm) -> Health {
    let health = probe(toolset, rhythm.limit).await;
    if health.is_available() || !was_available {
        return health;
    }
    tokio::time::sleep(rhythm.hurried).await;
    probe(toolset, rhythm.limit).await
}

async fn probe(toolset: &dyn Toolset, limit: Duration) -> Health {
    guarded(toolset.health(), limit).await.unwrap_or_else(Health::Unavailable)
}

/// Neither silence nor a bug of a toolset may end the watch over it.
pub(super) async fn guarded<T>(
    work: impl Future<Output = T>,
    limit: Duration,
) -> Result<T, String> {
    match timeout(limit, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(panic)) => {
            let words = presentable(last_words(panic.as_ref()), &Redactor::new());
            Err(format!("it has a bug and panicked: {words}"))
        }
        Err(_) => Err(format!("no answer within {} s", limit.as_secs_f32())),
    }
}
