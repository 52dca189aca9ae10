//! What a host is like, and whether OBI can do there what it is to do.
//!
//! The facts are looked up once and kept, so that they can be judged again, told, and made up.

mod binary;
mod capabilities;
mod check;
mod configuration;
mod listeners;
mod look;
mod mounts;
mod preflight;
mod processes;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use self::{
    binary::{fingerprint, program, unfit},
    capabilities::{Capabilities, Rights},
    check::{Check, Outcome},
    configuration::configuration,
    listeners::Listener,
    preflight::preflight,
    processes::Agent,
};
use super::kernel::Kernel;

/// What was seen of a host, from where this program is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// As `uname -r` says it: `5.15.0-1052-aws`.
    pub kernel: String,
    /// As `uname -m` says it: `x86_64`.
    pub architecture: String,
    pub system: System,
    /// Where the kernel says what its types are.
    pub btf: Option<PathBuf>,
    pub probes: Probes,
    /// Where each of these file systems is mounted.
    pub tracefs: Option<String>,
    pub bpffs: Option<String>,
    pub cgroup2: Option<String>,
    pub lockdown: Lockdown,
    /// `kernel.perf_event_paranoid`.
    pub perf_event_paranoid: Option<i64>,
    /// Of this program, and so of an OBI that it starts.
    pub rights: Rights,
    /// What is listened at; `None` where that cannot be seen.
    pub listeners: Option<Vec<Listener>>,
    /// Every OBI and Beyla that can be seen.
    pub agents: Vec<Agent>,
    /// In MiB.
    pub available_memory: Option<u64>,
    pub default_routes: Routes,
    /// The OBI that is to run, for what is said about it.
    #[serde(default)]
    pub binary: Option<PathBuf>,
}

/// The distribution.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct System {
    /// `Ubuntu 24.04.1 LTS`
    pub name: String,
    /// RHEL, or made from it.
    pub is_of_rhel: bool,
}

/// How probes can be set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probes {
    /// At functions of the kernel, by perf.
    pub kprobes: bool,
    /// At functions of the kernel, by tracefs.
    pub kprobe_events: bool,
    /// At functions of programs, by perf.
    pub uprobes: bool,
}

/// Whether there is a way to everywhere else; `None` where that cannot be seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routes {
    pub ipv4: Option<bool>,
    pub ipv6: Option<bool>,
}

/// Whether the kernel lets even root write to programs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lockdown {
    #[default]
    None,
    Integrity,
    Confidentiality,
    /// OBI takes it to be `Integrity` then.
    Unknown,
}

impl Host {
    /// The kernel and the distribution, in words.
    fn told(&self) -> String {
        match (self.kernel.as_str(), self.system.name.as_str()) {
            ("", _) => "unknown".to_owned(),
            (kernel, "") => kernel.to_owned(),
            (kernel, name) => format!("{kernel} ({name})"),
        }
    }

    /// The host as it is for that program.
    #[must_use]
    pub fn with_binary(mut self, path: &Path) -> Self {
        self.rights.of_binary = Capabilities::of_file(path);
        self.binary = Some(path.to_owned());
        self
    }

    /// The kernel, if what is said of it can be read.
    pub fn version(&self) -> Option<Kernel> {
        self.kernel.parse().ok()
    }
}
