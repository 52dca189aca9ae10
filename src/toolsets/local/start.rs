//! Whether OBI has really started: it takes two seconds to find out that it cannot, and ends with 0 where a port is taken.

use std::time::Duration;

use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};

use super::{asking::Asker, launch::Exit, store::Ports};

/// Reading the configuration alone takes seconds where it is large, and so does waiting for the metadata of a cloud.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(100);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Its endpoints answer, which they do when all else has started.
    Proven,
    Ended(Exit),
    /// It runs, and does not answer.
    Silent,
}

/// Waits for a proof, and no longer than it can take.
pub(super) async fn proven(
    mut exit: watch::Receiver<Option<Exit>>,
    ports: &Ports,
    asker: &Asker,
) -> Outcome {
    let end = Instant::now() + PATIENCE;
    loop {
        let ended = *exit.borrow_and_update();
        if let Some(exit) = ended {
            return Outcome::Ended(exit);
        }
        if asker.has_started(ports).await {
            // A port that is taken ends it just after the first endpoint has opened.
            return match timeout(SETTLE, exit.changed()).await {
                Ok(_) => exit.borrow().map_or(Outcome::Silent, Outcome::Ended),
                Err(_) => Outcome::Proven,
            };
        }
        if Instant::now() >= end {
            return Outcome::Silent;
        }
        tokio::select! {
            _ = exit.changed() => {}
            () = sleep(PAUSE) => {}
        }
    }
}

/// Recorded ends came 30 ms after the endpoints, and one with a network mode beside it a little later.
const SETTLE: Duration = Duration::from_millis(500);
