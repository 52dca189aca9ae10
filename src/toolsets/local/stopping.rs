//! How ours is ended, and that it is written down.

use std::time::Duration;

use super::{
    Local,
    look::Look,
    process::{self, Birth, Ended, Unstopped},
    store::{End, Lock},
};
use crate::{
    obi::config::{Release, shutdown_timeout},
    output::hinted,
    tool::ToolError,
};

/// Beyond the limit that OBI has for itself.
const MARGIN: Duration = Duration::from_secs(2);

/// Nobody waits longer, whatever the configuration says.
const LONGEST: Duration = Duration::from_secs(30);

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
        let patience = self.patience(look);
        let ended = process::stop(birth, patience, force).await.map_err(|it| told(birth, &it))?;
        let signal = (ended == Ended::Killed).then_some(KILL);
        if let Some(deployment) = &look.deployment {
            let is_wanted = ended != Ended::Before;
            let end = End { signal, is_wanted, ..End::unseen() };
            let mut deployment = deployment.clone();
            deployment.process = Some(birth.clone());
            deployment.end = Some(end);
            self.store.save(&deployment, lock)?;
        }
        Ok(ended)
    }

    fn patience(&self, look: &Look) -> Duration {
        let revision = look.deployment.as_ref().map(|it| it.revision);
        let text = revision.and_then(|it| self.store.configuration(it).ok());
        let variables = revision.and_then(|it| self.store.variables(it).ok()).unwrap_or_default();
        let environment = variables.into_iter().collect();
        let own = shutdown_timeout(&text.unwrap_or_default(), &environment, Release::KNOWN);
        (own + MARGIN).min(LONGEST)
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
