//! Whether OBI has really started: it takes two seconds to find out that it cannot, and ends with 0 where a port is taken.

use std::time::Duration;

use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};

use super::{Local, launch::Exit, store::Deployment};
use crate::obi::{
    Mode,
    log::{self, Progress},
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
    let modes = local.plan(deployment).ok().flatten().map(|it| it.modes).unwrap_or_default();
    loop {
        let ended = *exit.borrow_and_update();
        if let Some(exit) = ended {
            return Outcome::Ended(exit);
        }
        if local.has_started(deployment, &modes).await {
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
    async fn has_started(&self, deployment: &Deployment, modes: &[Mode]) -> bool {
        let ports = &deployment.ports;
        if ports.health.is_some() || ports.internal.is_some() {
            return self.asker.has_started(ports).await;
        }
        let Ok(tail) = self.tail(deployment.log_from) else { return false };
        let progress = Progress::of(&log::read(&tail.bytes));
        !modes.is_empty() && modes.iter().all(|it| progress.started.contains(it))
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, sync::Arc};

    use jiff::Timestamp;

    use super::{
        super::{
            Launcher, LocalToolset, Settings,
            store::{Ports, Variables},
        },
        *,
    };
    use crate::output::Redactor;

    const VERSION2: &str = "file_format: \"1.0\"\nextensions:\n  obi:\n    version: \"2.0\"\n    capture:\n      rules:\n        - action: include\n          match: {process: {open_ports: \"8080\"}}\n";

    /// One of version 2, which has no endpoint to be asked at.
    fn deployed(folder: &tempfile::TempDir) -> (Arc<Local>, Deployment) {
        let settings = Settings {
            binary: "/bin/true".into(),
            config_dirs: Vec::new(),
            folder: folder.path().join("obi"),
            configuration: serde_json::Map::new(),
            environment: Variables::new(),
            withheld: Vec::new(),
            launcher: Launcher { program: "/bin/true".into(), arguments: Vec::new() },
            redactor: Redactor::new(),
        };
        let _ = rustls::crypto::ring::default_provider().install_default();
        let local = LocalToolset::new(settings).0;
        let lock = local.store.lock().unwrap();
        local.store.keep(VERSION2, &Variables::new(), None, &lock).unwrap();
        let deployment = Deployment {
            revision: 1,
            binary: "/bin/true".into(),
            program: String::new(),
            digest: String::new(),
            started: Timestamp::UNIX_EPOCH,
            process: None,
            unit: None,
            ports: Ports::default(),
            log_from: 0,
            proven: false,
            end: None,
        };
        (local, deployment)
    }

    #[tokio::test(start_paused = true)]
    async fn what_runs_and_says_nothing_has_proven_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (local, deployment) = deployed(&folder);
        let (_runs, exit) = watch::channel(None);
        let begun = Instant::now();
        assert_eq!(proven(&local, &deployment, exit).await, Outcome::Silent);
        assert!(begun.elapsed() >= PATIENCE);
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_said_that_all_it_was_asked_for_started_is_proven() {
        let folder = tempfile::tempdir().unwrap();
        let (local, deployment) = deployed(&folder);
        let (_runs, exit) = watch::channel(None);
        let line = "time=2026-11-22T06:37:27.002Z level=INFO msg=\"Starting main node\" component=obi.Instrumenter\n";
        fs::write(local.store.log(), line).unwrap();
        assert_eq!(proven(&local, &deployment, exit).await, Outcome::Proven);
    }
}
