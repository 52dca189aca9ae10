//! How OBI is started so that it outlives this server, and what becomes of it is known.
//!
//! It gets a session of its own, so that no terminal and no signal to our group reaches it; a log file and never a pipe, because
//! it dies of a pipe that nobody reads; and an environment that says what was asked for and nothing else, because its variables
//! count for more than its file.

use std::{
    collections::BTreeMap,
    fmt,
    fs::OpenOptions,
    io,
    os::unix::{fs::OpenOptionsExt, process::ExitStatusExt},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    thread,
};

use tokio::sync::watch;

use super::{process::Birth, systemd};
use crate::tool::ToolError;

/// The first words of the command line of this program that make it another one, in a session of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launcher {
    pub program: PathBuf,
    pub arguments: Vec<String>,
}

pub(super) struct Launch<'a> {
    pub(super) launcher: &'a Launcher,
    /// The unit of systemd as which it is to run.
    pub(super) scope: Option<&'a str>,
    pub(super) binary: &'a Path,
    pub(super) configuration: &'a Path,
    /// All that it gets.
    pub(super) environment: BTreeMap<String, String>,
    pub(super) log: &'a Path,
}

/// One that was started by this server: it hears how it ends.
pub(super) struct Started {
    pub(super) birth: Birth,
    pub(super) exit: watch::Receiver<Option<Exit>>,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exit(ExitStatus);

impl Launch<'_> {
    pub(super) fn start(self) -> Result<Started, ToolError> {
        let command = self.binary.display();
        self.spawn()
            .map_err(|error| ToolError::Failed(format!("{command} cannot be started: {error}")))
    }

    fn spawn(&self) -> io::Result<Started> {
        let log = OpenOptions::new().create(true).append(true).mode(0o600).open(self.log)?;
        let mut child = Command::new(&self.launcher.program)
            .args(&self.launcher.arguments)
            .args(self.scope.into_iter().flat_map(systemd::words))
            .arg(self.binary)
            .arg(argument(self.configuration))
            .env_clear()
            .envs(&self.environment)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let (say, exit) = watch::channel(None);
        let birth = Birth::of_child(child.id());
        let birth = birth.inspect_err(|_| {
            // Nobody could tell it from another later.
            let _ = child.kill().and_then(|()| child.wait());
        })?;
        // Whoever has ended and is not asked for stays in the list of processes.
        thread::spawn(move || say.send_replace(child.wait().ok().map(Exit)));
        Ok(Started { birth, exit })
    }
}

/// What stands on its command line, and tells it from every other OBI.
pub(super) fn argument(configuration: &Path) -> String {
    format!("--config={}", configuration.display())
}

impl Exit {
    pub(super) fn code(self) -> Option<i32> {
        self.0.code()
    }

    pub(super) fn signal(self) -> Option<i32> {
        self.0.signal()
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code(), self.signal()) {
            (Some(code), _) => write!(out, "exit {code}"),
            (None, Some(signal)) => write!(out, "signal {signal}"),
            (None, None) => out.write_str("an unknown end"),
        }
    }
}
