//! Whether OBI has really started: it takes two seconds to find out that it cannot, and ends with 0 where a port is taken.

use std::time::Duration;

use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};

use super::{Local, launch::Exit, store::Deployment};
use crate::obi::{
    Mode,
    config::Release,
    log::{self, Progress},
    plan::plan,
};

/// Reading the configuration alone takes seconds where it is large, and so does waiting for the metadata of a cloud.
pub(super) const PATIENCE: Duration = Duration::from_secs(40);

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(100);

/// Recorded ends came 30 ms after the endpoints, and one with a network mode beside it a little later.
const SETTLE: Duration = Duration::from_millis(500);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It answers, which it does when all else has started, or has said that it started all that was asked for.
    Proven,
    Ended(Exit),
    /// It runs, and nothing shows that it does anything.
    Silent,
}

/// Waits for a proof, and no longer than it can take.
pub(super) async fn proven(
    local: &Local,
    deployment: &Deployment,
    mut exit: watch::Receiver<Option<Exit>>,
) -> Outcome {
    let end = Instant::now() + PATIENCE;
    loop {
        let ended = *exit.borrow_and_update();
        if let Some(exit) = ended {
            return Outcome::Ended(exit);
        }
        if local.has_started(deployment).await {
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

impl Local {
    /// By its endpoints; by its log alone where it has none, as with a document of version 2.
    async fn has_started(&self, deployment: &Deployment) -> bool {
        let ports = &deployment.ports;
        if ports.health.is_some() || ports.internal.is_some() {
            return self.asker.has_started(ports).await;
        }
        let Ok(tail) = self.tail(deployment.log_from) else { return false };
        let progress = Progress::of(&log::read(&tail.bytes));
        let modes = self.modes(deployment);
        !modes.is_empty() && modes.iter().all(|it| progress.started.contains(it))
    }

    fn modes(&self, deployment: &Deployment) -> Vec<Mode> {
        let text = self.store.configuration(deployment.revision).unwrap_or_default();
        let variables = self.store.variables(deployment.revision).unwrap_or_default();
        let plan = plan(&text, &variables.into_iter().collect(), Release::KNOWN);
        plan.map(|it| it.modes).unwrap_or_default()
    }
}
