//! All Services once, a few at a time.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use futures::{Stream, StreamExt, stream};
use tokio::time;

use super::{Asked, Prober, Subject};

impl Prober {
    /// Asks them all, and gives what each said as soon as it has. It ends with the budget: of what has not come by then nothing is
    /// said, so that what was known of it stays. Another `seed` is another order, so that many who ask do not ask the same at once,
    /// and what a small budget leaves out is not always the same.
    pub(in crate::toolsets::discovery) fn round(
        self: &Arc<Self>,
        mut subjects: Vec<Subject>,
        seed: u64,
    ) -> impl Stream<Item = Asked> + Send + use<> {
        subjects.sort_by_cached_key(|it| place_in(seed, it));
        let limits = self.limits;
        let prober = Arc::clone(self);
        let asking = stream::iter(subjects).map(move |subject| {
            let prober = Arc::clone(&prober);
            async move { prober.ask(&subject).await }
        });
        // Counted from when somebody begins to listen.
        let end = async move { time::sleep(limits.budget).await };
        asking.buffer_unordered(limits.parallel.max(1)).take_until(end)
    }
}

fn place_in(seed: u64, subject: &Subject) -> u64 {
    let mut hasher = DefaultHasher::new();
    (seed, &subject.service.place, &subject.finding.detector.product).hash(&mut hasher);
    hasher.finish()
}
