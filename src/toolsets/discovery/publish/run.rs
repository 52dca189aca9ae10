//! When something is written: whenever something new is to be, and whenever somebody else wrote.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{self, Instant},
};
use tokio_util::sync::CancellationToken;

use super::{
    Compose, Overrides,
    board::Concern,
    election::Holding,
    report::Reporter,
    watched::{News, Watched},
};

/// What comes together is written together.
const DEBOUNCE: Duration = Duration::from_millis(100);
/// While it cannot be watched, it is looked at so often.
const BLIND: Duration = Duration::from_secs(30);

pub(super) struct Publishing {
    pub(super) reporter: Arc<Reporter>,
    pub(super) inputs: watch::Receiver<Option<Compose>>,
    pub(super) overrides: watch::Sender<Overrides>,
    pub(super) holding: Option<watch::Receiver<Option<Holding>>>,
}

impl Publishing {
    pub(super) async fn run(mut self, stop: CancellationToken) {
        if self.inputs.has_changed().is_err() && self.inputs.borrow().is_none() {
            // Nothing is ever to be kept true, so that nobody needs to know what others do to it.
            return;
        }
        let mut watched = self.watched();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = leads(self.holding.as_mut(), true) => {
                    self.lead(&stop, &mut watched).await;
                    self.reporter.nothing_more();
                }
                // Whoever does not write answers as well, and knows the overrides.
                news = watched.next() => drop(self.hear(news)),
            }
        }
    }

    fn watched(&self) -> Watched {
        let writer = &self.reporter.writer;
        let (clusters, settings) = (Arc::clone(&writer.clusters), &writer.settings);
        let (other, versions) = (settings.overrides.as_deref(), writer.versions.clone());
        Watched::new(clusters, &settings.place, other, versions, self.overrides.clone())
    }

    /// Until another one leads, or all ends. A write under way is brought to its end, which is never far.
    async fn lead(&mut self, stop: &CancellationToken, watched: &mut Watched) {
        if let Some(held) = self.reporter.writer.lead() {
            self.reporter.begin(held);
        }
        let mut holding = self.holding.clone();
        let (mut due, mut is_open) = (Some(Instant::now()), true);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = leads(holding.as_mut(), false) => return,
                changed = self.inputs.changed(), if is_open => {
                    is_open = changed.is_ok();
                    due = is_open.then(|| sooner(due, DEBOUNCE)).or(due);
                }
                news = watched.next() => {
                    due = self.hear(news).map(|pause| sooner(due, pause)).or(due);
                }
                () = time::sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    due = self.publish().await.map(|pause| Instant::now() + pause);
                }
            }
        }
    }

    /// When what stands there is to be looked at for that.
    fn hear(&self, news: News) -> Option<Duration> {
        let board = &self.reporter.writer.board;
        if let News::Blind(reason) = news {
            let problem = format!("what others change is noticed late: {reason}");
            board.problem(Concern::Watching, &problem);
            return Some(BLIND);
        }
        board.solved(Concern::Watching);
        (news == News::Changed).then(|| self.reporter.pause().max(DEBOUNCE))
    }

    /// When it is to be tried again; `None` once it is written, or before there is anything to write.
    async fn publish(&mut self) -> Option<Duration> {
        let compose = self.inputs.borrow_and_update().clone()?;
        self.reporter.write(&compose, None).await.1
    }
}

fn sooner(due: Option<Instant>, pause: Duration) -> Instant {
    let at = Instant::now() + pause;
    due.map_or(at, |it| it.min(at))
}

/// Returns when this one leads, or leads no more. Whoever is alone leads always.
async fn leads(holding: Option<&mut watch::Receiver<Option<Holding>>>, wanted: bool) {
    let Some(holding) = holding else {
        if !wanted {
            std::future::pending::<()>().await;
        }
        return;
    };
    if holding.wait_for(|it| it.is_some() == wanted).await.is_err() {
        // Nobody decides any more: it ends.
        std::future::pending::<()>().await;
    }
}
