//! From what is kept to an OBI that has proven to run, or to why it does not; and a word about how it ends later.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::sleep;

use super::{
    Local,
    launch::{Exit, Launch, Started},
    ports,
    process::{self, Birth},
    start::{self, Outcome},
    store::{Deployment, End, Lock, Variables, length},
    systemd,
    wanted::Wanted,
};
use crate::{
    obi::{config::Environment, host::fingerprint},
    tool::ToolError,
};

/// One that cannot be written down, or does not prove itself, has so long to end by itself.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whoever changes something holds the lock for no longer than this, but for a start.
const TRIES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(100);

/// What is wanted, and the number under which it is kept.
pub(super) struct Kept {
    pub(super) revision: u32,
    pub(super) wanted: Wanted,
}

impl Local {
    /// Starts what was kept, and waits until that is proven or has failed. Nothing of ours may run, and what fails does not.
    pub(super) async fn start(&self, kept: &Kept, lock: &Lock) -> Result<Outcome, ToolError> {
        let Kept { revision, wanted } = kept;
        let ports = ports::of(wanted, &self.environment(wanted))?;
        self.make_room(lock)?;
        let mut deployment = Deployment {
            revision: *revision,
            binary: wanted.binary.clone(),
            program: fingerprint(&wanted.binary),
            digest: wanted.digest(),
            started: Timestamp::now(),
            process: None,
            unit: wanted.systemd.then(systemd::scope),
            ports: ports.at,
            log_from: length(&self.store.log()),
            proven: false,
            end: None,
        };
        // Whoever comes after a crash between these two finds it by its command line.
        self.store.save(&deployment, lock)?;
        let started = self.launch(wanted, &deployment, ports.variables);
        let started = started.inspect_err(|_| self.never_ran(&deployment, lock))?;
        deployment.process = Some(started.birth.clone());
        if let Err(error) = self.store.save(&deployment, lock) {
            // Nobody would know whose it is.
            let _ = process::stop(&started.birth, PATIENCE, true).await;
            return Err(error);
        }
        let outcome = start::proven(self, &deployment, started.exit.clone()).await;
        match outcome {
            Outcome::Proven => {
                deployment.proven = true;
                self.follow(started);
            }
            Outcome::Ended(exit) => deployment.end = Some(end(exit)),
            Outcome::Silent => {
                let _ = process::stop(&started.birth, PATIENCE, true).await;
                deployment.end = Some(End { is_wanted: true, ..End::unseen() });
            }
        }
        self.store.save(&deployment, lock)?;
        Ok(outcome)
    }

    /// What was about to run is not taken for what ran.
    fn never_ran(&self, deployment: &Deployment, lock: &Lock) {
        let never = Deployment { end: Some(End::unseen()), ..deployment.clone() };
        // What cannot be written is told as an end that nobody saw, which is true as well.
        let _ = self.store.save(&never, lock);
    }

    fn launch(
        &self,
        wanted: &Wanted,
        deployment: &Deployment,
        ours: Variables,
    ) -> Result<Started, ToolError> {
        let mut environment = self.variables(wanted);
        environment.extend(ours);
        if deployment.unit.is_none() {
            // It says where the user's systemd is, and is nothing to OBI.
            environment.remove("XDG_RUNTIME_DIR");
        }
        let launch = Launch {
            launcher: &self.settings.launcher,
            scope: deployment.unit.as_deref(),
            binary: &wanted.binary,
            configuration: &self.store.path(deployment.revision),
            environment,
            log: &self.store.log(),
        };
        launch.start()
    }

    /// All that it gets but for what we add: what any program needs, and what was given for it.
    fn variables(&self, wanted: &Wanted) -> Variables {
        let mut variables = self.settings.environment.clone();
        variables.extend(wanted.variables.clone());
        variables
    }

    /// The same for whoever asks what OBI would make of it.
    pub(super) fn environment(&self, wanted: &Wanted) -> Environment {
        self.variables(wanted).into_iter().collect()
    }

    /// One that ends by itself later leaves a word about how.
    fn follow(&self, started: Started) {
        let local = self.clone();
        tokio::spawn(async move {
            let Started { birth, mut exit } = started;
            let Ok(Some(exit)) = exit.wait_for(Option::is_some).await.map(|it| *it) else { return };
            for _ in 0..TRIES {
                match local.store.lock() {
                    Ok(lock) => return local.note_end(&birth, exit, &lock),
                    Err(_) => sleep(PAUSE).await,
                }
            }
        });
    }

    /// Of exactly this process, if nobody has written down its end himself.
    fn note_end(&self, birth: &Birth, exit: Exit, lock: &Lock) {
        let Ok(Some(mut deployment)) = self.store.deployment() else { return };
        if deployment.process.as_ref() == Some(birth) && deployment.end.is_none() {
            deployment.end = Some(end(exit));
            // What cannot be written is told as an end that nobody saw.
            let _ = self.store.save(&deployment, lock);
        }
    }
}

/// It ended by itself: OBI never does where all is well.
fn end(exit: Exit) -> End {
    End { exit: exit.code(), signal: exit.signal(), ..End::unseen() }
}
