//! What a process may do.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// In the order of their numbers.
const NAMES: [&str; 41] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
];

/// Names without `CAP_`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities(BTreeSet<String>);

/// Of this program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// `None` where that cannot be seen.
    pub uid: Option<u32>,
    pub effective: Capabilities,
    /// What a program that it starts keeps.
    pub ambient: Capabilities,
    /// What root gets of all.
    pub bounding: Capabilities,
    /// What the OBI that is to run has of itself, by `setcap`. Nobody looks it up.
    #[serde(default)]
    pub of_binary: Capabilities,
}

impl Capabilities {
    pub fn all() -> Self {
        NAMES.into_iter().collect()
    }

    /// As `/proc/self/status` has them, in hexadecimal digits.
    pub(super) fn from_mask(mask: &str) -> Option<Self> {
        let mask = u64::from_str_radix(mask.trim(), 16).ok()?;
        let names = NAMES.iter().enumerate().filter(|(bit, _)| mask & (1 << bit) != 0);
        Some(names.map(|(_, name)| *name).collect())
    }

    /// The one for all stands for each.
    pub fn allow(&self, name: &str) -> bool {
        self.0.contains(name) || self.0.contains("SYS_ADMIN")
    }
}

impl<'a> FromIterator<&'a str> for Capabilities {
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        Self(names.into_iter().map(str::to_owned).collect())
    }
}

impl Rights {
    /// What an OBI has that this program starts.
    pub fn of_a_child(&self) -> Capabilities {
        match self.uid {
            Some(0) => self.bounding.clone(),
            _ => Capabilities(self.ambient.0.union(&self.of_binary.0).cloned().collect()),
        }
    }
}
