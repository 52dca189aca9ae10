//! What has to be put away again, whatever happens: also when a call is cancelled, which ends it where it stands.

use futures::future::BoxFuture;

/// Work that is done at the latest when this is dropped.
#[must_use = "dropped at once, it is done at once"]
pub(super) struct Afterwards<T: Send + 'static>(Option<BoxFuture<'static, T>>);

impl<T: Send + 'static> Afterwards<T> {
    pub(super) fn new(work: impl Future<Output = T> + Send + 'static) -> Self {
        Self(Some(Box::pin(work)))
    }

    /// Does it, and says how it went. It goes on when nobody waits for it any more.
    pub(super) async fn now(mut self) -> T {
        let work = self.0.take();
        let Some(work) = work else { return std::future::pending().await };
        match tokio::spawn(work).await {
            Ok(outcome) => outcome,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    /// There is nothing to put away any more.
    pub(super) fn never(mut self) {
        self.0 = None;
    }
}

impl<T: Send + 'static> Drop for Afterwards<T> {
    fn drop(&mut self) {
        if let Some(work) = self.0.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(work);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn what_is_cancelled_is_put_away_all_the_same() {
        let (done, hears) = oneshot::channel();
        let call = async {
            let _cleaning = Afterwards::new(async { done.send(()).unwrap() });
            std::future::pending::<()>().await;
        };
        let call = tokio::spawn(call);
        tokio::task::yield_now().await;
        call.abort();
        hears.await.unwrap();
    }

    #[tokio::test]
    async fn what_there_is_no_need_for_is_never_done() {
        let (done, hears) = oneshot::channel::<()>();
        Afterwards::new(async { done.send(()).unwrap() }).never();
        assert!(hears.await.is_err());
        assert_eq!(Afterwards::new(async { 7 }).now().await, 7);
    }
}
