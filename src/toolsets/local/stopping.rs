//! How ours is ended, and that it is written down.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    Local,
    look::Look,
    process::{self, Birth, Ended, Unstopped},
    store::{End, Lock},
};
use crate::{output::hinted, tool::ToolError};

/// OBI's own limit is 10 s, and it may be longer in a configuration.
const PATIENCE: Duration = Duration::from_secs(12);

const KILL: i32 = 9;

impl Local {
    /// Ends the one that runs, or says why it cannot.
    pub(super) async fn end(
        &self,
        look: &Look,
        birth: &Birth,
        force: bool,
        lock: &Lock,
    ) -> Result<Ended, ToolError> {
        let ended = process::stop(birth, PATIENCE, force).await.map_err(|it| told(birth, &it))?;
        let signal = (ended == Ended::Killed).then_some(KILL);
        if let Some(deployment) = &look.deployment {
            let end = End { at: Timestamp::now(), exit: None, signal, is_wanted: true };
            let mut deployment = deployment.clone();
            deployment.process = Some(birth.clone());
            deployment.end = Some(end);
            self.store.save(&deployment, lock)?;
        }
        Ok(ended)
    }
}

fn told(birth: &Birth, why: &Unstopped) -> ToolError {
    let wrong = format!("OBI (process {}) still runs: {why}", birth.pid);
    match why {
        Unstopped::Late(_) => {
            ToolError::Failed(hinted(&wrong, "call again with force: true to kill it"))
        }
        Unstopped::Forbidden => {
            let hint = format!("end it as its own user: sudo kill {}", birth.pid);
            ToolError::Refused(hinted(&wrong, &hint))
        }
        Unstopped::Io(_) => ToolError::Failed(wrong),
    }
}
