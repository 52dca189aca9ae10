//! What is kept between one server and the next: which OBI runs, with what, and since when.
//!
//! All of it is in one folder that belongs to its user alone. Whoever changes anything holds its lock; whoever reads needs none,
//! since every file is whole at any time.

mod files;
mod history;
mod lock;

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub(super) use self::lock::Lock;
use super::process::Birth;
use crate::{obi::plan::Port, output::hinted, tool::ToolError};

/// What was deployed last, whether it runs or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Deployment {
    /// Counted from 1; the configuration is the revision of this number.
    pub(super) revision: u32,
    pub(super) binary: PathBuf,
    /// Which file that was: another one may have taken its place.
    pub(super) program: String,
    /// What the text of the configuration was, in SHA-256.
    pub(super) digest: String,
    pub(super) started: Timestamp,
    /// None until it is known: whoever starts it says before that it is about to.
    pub(super) process: Option<Birth>,
    /// As which unit of systemd's it runs, if as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) unit: Option<String>,
    pub(super) ports: Ports,
    /// Where its first line in the log begins.
    pub(super) log_from: u64,
    /// Whether it has proven to run.
    pub(super) proven: bool,
    pub(super) end: Option<End>,
}

/// Where it is asked how it is, on this host.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ports {
    pub(super) health: Option<At>,
    /// Its metrics of itself.
    pub(super) internal: Option<At>,
    /// What it measures.
    pub(super) prometheus: Option<At>,
}

/// One endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct At {
    pub(super) address: IpAddr,
    pub(super) port: u16,
    pub(super) path: String,
}

impl At {
    pub(super) fn here(port: u16, path: &str) -> Self {
        Self { address: Ipv4Addr::LOCALHOST.into(), port, path: path.to_owned() }
    }

    /// What listens at all addresses is asked at this host's own.
    pub(super) fn of(port: &Port) -> Self {
        let address = port.address.parse::<IpAddr>().ok().filter(|it| !it.is_unspecified());
        let here = Self::here(port.port, &port.path);
        Self { address: address.unwrap_or(here.address), ..here }
    }
}

impl fmt::Display for At {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}", SocketAddr::new(self.address, self.port), self.path)
    }
}

/// How it ended; without exit and signal where nobody saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct End {
    pub(super) at: Timestamp,
    pub(super) exit: Option<i32>,
    pub(super) signal: Option<i32>,
    /// Whether somebody wanted it.
    pub(super) is_wanted: bool,
}

impl End {
    /// Now, and nobody knows how.
    pub(super) fn unseen() -> Self {
        Self { at: Timestamp::now(), exit: None, signal: None, is_wanted: false }
    }
}

/// `exit 255 at 2026-11-30T12:00:00Z`
impl fmt::Display for End {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.exit, self.signal, self.is_wanted) {
            (Some(exit), ..) => write!(out, "exit {exit}")?,
            (None, Some(signal), false) => write!(out, "signal {signal}")?,
            (None, Some(_), true) => out.write_str("killed when it was stopped")?,
            (None, None, true) => out.write_str("stopped")?,
            (None, None, false) => out.write_str("nobody saw how")?,
        }
        write!(out, " at {}", self.at)
    }
}

/// The variables that were given for it. Their values can be secrets, and are shown to nobody.
pub(super) type Variables = BTreeMap<String, String>;

/// The folder.
#[derive(Debug, Clone)]
pub(super) struct Store {
    folder: PathBuf,
}

const STATE: &str = "state.json";
const LOG: &str = "obi.log";

/// Of anything that is kept. What is longer was not written here.
const LARGEST: u64 = 4 << 20;

impl Store {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub(super) fn log(&self) -> PathBuf {
        self.folder.join(LOG)
    }

    /// What was deployed last; `None` where nothing ever was.
    pub(super) fn deployment(&self) -> Result<Option<Deployment>, ToolError> {
        let path = self.folder.join(STATE);
        let text = match files::read(&path, LARGEST) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(&path, &error.to_string())),
            Ok(text) => text,
        };
        serde_json::from_str(&text).map(Some).map_err(|error| unreadable(&path, &error.to_string()))
    }

    pub(super) fn save(&self, deployment: &Deployment, _: &Lock) -> Result<(), ToolError> {
        self.write(STATE, &serde_json::to_vec_pretty(deployment).unwrap_or_default())
    }

    /// Nothing, or all of it.
    fn write(&self, name: &str, content: &[u8]) -> Result<(), ToolError> {
        let path = self.folder.join(name);
        files::replace(&path, content).map_err(|error| unwritable(&path, &error))
    }

    /// Makes the folder where there is none.
    pub(super) fn prepare(&self) -> Result<(), ToolError> {
        files::make_private(&self.folder).map_err(|error| unwritable(&self.folder, &error))?;
        let history = self.folder.join(history::FOLDER);
        files::make_private(&history).map_err(|error| unwritable(&history, &error))
    }
}

/// What tells one configuration from another.
pub(super) fn digest(text: &str) -> String {
    use std::fmt::Write;
    Sha256::digest(text).iter().fold(String::new(), |mut digest, byte| {
        let _ = write!(digest, "{byte:02x}");
        digest
    })
}

fn unreadable(path: &Path, why: &str) -> ToolError {
    let wrong = format!("{} cannot be read: {why}", path.display());
    let hint = "what runs is unknown, and nothing is touched; if it is damaged, end OBI by hand and move the file away";
    ToolError::Failed(hinted(&wrong, hint))
}

fn unwritable(path: &Path, error: &io::Error) -> ToolError {
    let wrong = format!("{} cannot be written: {error}", path.display());
    let hint = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room on its disk",
        _ => "name a folder of this user in toolsets.local.state_dir",
    };
    ToolError::Failed(hinted(&wrong, hint))
}

/// The length of the log now; nothing where there is none.
pub(super) fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |it| it.len())
}

#[cfg(test)]
mod tests;
