//! The one runtime on which this crate talks to its clusters.
//!
//! A cluster outlives the test that started it, and a connection does not outlive the runtime that
//! opened it. So connections, proxies and pauses live here, whatever runtime the test has, also one
//! whose clock stands still.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use tokio::{runtime::Runtime, task::JoinError};

#[expect(clippy::expect_used, reason = "without a runtime there is nothing to report an error to")]
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("cluster")
        .enable_all()
        .build()
        .expect("the operating system gives threads")
});

/// Runs `work` on the crate's runtime and waits for it; work that nobody waits for any more stops.
pub(crate) async fn run<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, JoinError> {
    let mut task = Task(RUNTIME.spawn(work));
    (&mut task.0).await
}

/// Runs blocking `work` beside the crate's runtime.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, JoinError> {
    RUNTIME.spawn_blocking(work).await
}

/// Starts `work` on the crate's runtime; it stops when the answer is dropped.
pub(crate) fn start(work: impl Future<Output = ()> + Send + 'static) -> Task<()> {
    Task(RUNTIME.spawn(work))
}

/// Work under way. Dropping it ends the work.
#[derive(Debug)]
pub(crate) struct Task<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Waits in real time.
pub(crate) async fn pause(time: Duration) {
    // The task only sleeps: it neither panics nor is cancelled.
    let _ = run(tokio::time::sleep(time)).await;
}

/// A moment after which waiting for something is given up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    pub(crate) fn after(limit: Duration) -> Self {
        Self(Instant::now() + limit)
    }

    pub(crate) fn has_passed(self) -> bool {
        Instant::now() >= self.0
    }
}
