//! What is there now: whether the OBI that was deployed runs, and which others do.

use std::fmt;

use super::{
    Local,
    asking::Answers,
    launch::argument,
    process::{self, Birth, Usage},
    store::{Deployment, End},
};
use crate::tool::ToolError;

/// What OBI and its relatives call themselves.
const NAMES: [&str; 3] = ["obi", "ebpf-instrument", "beyla"];

/// Ours, as far as there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Phase {
    Never,
    Running(Birth),
    Ended(Option<End>),
}

pub(super) struct Look {
    pub(super) deployment: Option<Deployment>,
    pub(super) phase: Phase,
}

/// Another OBI of this host. It is never touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Foreign {
    pub(super) pid: u32,
    pub(super) command: Vec<String>,
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
        Birth::of(process::with_argument(&argument)?).ok()
    }

    pub(super) fn has_deployed(&self) -> bool {
        !matches!(self.store.deployment(), Ok(None))
    }

    /// Every OBI that was not deployed here.
    pub(super) fn foreign(&self, look: &Look) -> Vec<Foreign> {
        let ours = look.running().map(|it| it.pid);
        let others = process::named(&NAMES).into_iter().filter(|it| Some(*it) != ours);
        others.map(|pid| Foreign { pid, command: process::command_line(pid) }).collect()
    }

    pub(super) async fn answers(&self, look: &Look) -> Answers {
        match (&look.deployment, &look.phase) {
            (Some(deployment), Phase::Running(_)) => self.asker.ask(&deployment.ports).await,
            _ => Answers::default(),
        }
    }
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

impl fmt::Display for Foreign {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "process {} ({})", self.pid, self.command.join(" "))
    }
}
