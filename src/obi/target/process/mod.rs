//! A process, as far as OBI looks at one before it instruments it.

mod container;
mod elf;
mod language;
mod metadata;
mod read;
mod sockets;

#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::{fmt, time::Duration};

use serde::Serialize;

pub use self::{
    container::{Container, Maker},
    language::Language,
    metadata::Metadata,
    read::Processes,
    sockets::Sockets,
};

/// The facts of a running process. Of its variables only names are ever read: values may be secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Process {
    /// 0 where nobody has seen it run: what is known of it is what it was declared to be.
    pub pid: u32,
    /// 0 where it has none.
    pub parent: u32,
    /// The short name that the kernel has for it.
    pub name: String,
    pub executable: Executable,
    pub arguments: Arguments,
    pub sockets: Sockets,
    pub language: Language,
    /// The version of Go that it was built with: `1.22.1`.
    pub go: Option<String>,
    pub tls: Tls,
    /// In ticks since the host started; with the pid it names one process for good.
    pub start: u64,
    pub age: Option<Duration>,
    /// A zombie: it has ended, and nobody has asked how.
    pub has_ended: bool,
    pub container: Option<Container>,
    /// Which network it is in: `net:[4026531840]`.
    pub network: Option<String>,
    /// Whether that is the network of the first process.
    pub is_in_host_network: Option<bool>,
    /// Names of variables that begin with `OTEL_`: a hint that it has an SDK of OpenTelemetry, and no proof.
    pub variables: Vec<String>,
    /// What Kubernetes or Docker knows of it; `None` where nobody has been asked, or where nobody knows.
    pub metadata: Option<Metadata>,
}

/// The file that a process runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Executable {
    Path(String),
    /// A thread of the kernel has none.
    #[default]
    None,
    /// Why its path is not known.
    Unreadable(String),
}

impl Executable {
    pub fn path(&self) -> Option<&str> {
        if let Self::Path(path) = self { Some(path) } else { None }
    }
}

impl fmt::Display for Executable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => f.write_str(path),
            Self::None => f.write_str("no executable"),
            Self::Unreadable(why) => write!(f, "an executable that is not readable ({why})"),
        }
    }
}

/// A command line. It may hold passwords, and is never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Arguments(Vec<String>);

impl Arguments {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What OBI compares `cmd_args` with: everything behind the first blank.
    pub(in crate::obi::target) fn compared(&self) -> String {
        let filled: Vec<&str> =
            self.0.iter().map(String::as_str).filter(|it| !it.is_empty()).collect();
        filled.join(" ").split_once(' ').map(|(_, rest)| rest.to_owned()).unwrap_or_default()
    }
}

impl<T: Into<String>> FromIterator<T> for Arguments {
    fn from_iter<I: IntoIterator<Item = T>>(words: I) -> Self {
        Self(words.into_iter().map(Into::into).collect())
    }
}

impl fmt::Debug for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} words", self.0.len())
    }
}

/// What a process that is not written in Go or Java encrypts with, by the libraries that it has loaded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tls {
    /// One in which OBI sees what is encrypted: OpenSSL's `libssl`, or .NET's bridge to it.
    Seen,
    /// None that OBI knows: what it encrypts, if it does, OBI does not see.
    Unseen,
    /// Its libraries are not readable.
    #[default]
    Unknown,
}
