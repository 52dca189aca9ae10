//! What is there now: whether the OBI that was deployed runs, and which others do.

use std::path::Path;

use super::{
    Local,
    asking::Answers,
    launch::argument,
    process::{self, Birth, Usage},
    store::{Deployment, End},
};
use crate::{obi::host::Agent, output::hinted, tool::ToolError};

/// Ours, as far as there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Phase {
    Never,
    Running(Birth),
    Ended(Option<End>),
}

#[derive(Clone)]
pub(super) struct Look {
    pub(super) deployment: Option<Deployment>,
    pub(super) phase: Phase,
}

impl Local {
    /// By what is kept, and by what really runs: a server that was killed may have started one that it could not write down.
    pub(super) fn look(&self) -> Result<Look, ToolError> {
        let Some(deployment) = self.store.deployment()? else {
            return Ok(Look { deployment: None, phase: Phase::Never });
        };
        let running = match &deployment.process {
            Some(process) => Some(process.clone()).filter(Birth::is_running),
            None => self.orphan(&deployment),
        };
        let phase = match running {
            Some(birth) => Phase::Running(birth),
            None => Phase::Ended(deployment.end.clone()),
        };
        Ok(Look { deployment: Some(deployment), phase })
    }

    /// What runs with exactly the configuration that was about to be started.
    fn orphan(&self, deployment: &Deployment) -> Option<Birth> {
        let argument = argument(&self.store.path(deployment.revision));
        Birth::of(process::running(&deployment.binary, &argument)?).ok()
    }

    pub(super) fn has_deployed(&self) -> bool {
        !matches!(self.store.deployment(), Ok(None))
    }

    /// Every OBI that was not deployed here. It is told of, and never touched.
    pub(super) fn foreign(look: &Look) -> Vec<Agent> {
        let ours = look.running().map(|it| it.pid);
        let mut all = Agent::all(Path::new("/proc"));
        all.retain(|it| Some(it.pid) != ours);
        all
    }

    pub(super) async fn answers(&self, look: &Look) -> Answers {
        match (&look.deployment, &look.phase) {
            (Some(deployment), Phase::Running(_)) => self.asker.ask(&deployment.ports).await,
            _ => Answers::default(),
        }
    }
}

pub(super) fn nothing() -> ToolError {
    ToolError::NotFound(hinted("nothing was deployed on this host", "obi_local_deploy does it"))
}

impl Look {
    pub(super) fn running(&self) -> Option<&Birth> {
        match &self.phase {
            Phase::Running(birth) => Some(birth),
            Phase::Never | Phase::Ended(_) => None,
        }
    }

    pub(super) fn usage(&self) -> Option<Usage> {
        self.running()?.usage()
    }
}
