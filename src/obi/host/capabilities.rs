//! What a process may do.

use std::{collections::BTreeSet, path::Path};

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
    /// What the OBI that is to run has of itself, by `setcap`.
    #[serde(default)]
    pub of_binary: Capabilities,
}

impl Capabilities {
    pub fn all() -> Self {
        NAMES.into_iter().collect()
    }

    /// As `/proc/self/status` has them, in hexadecimal digits.
    pub(super) fn from_mask(mask: &str) -> Option<Self> {
        u64::from_str_radix(mask.trim(), 16).ok().map(Self::from_bits)
    }

    fn from_bits(bits: u64) -> Self {
        let names = NAMES.iter().enumerate().filter(|(bit, _)| bits & (1 << bit) != 0);
        names.map(|(_, name)| *name).collect()
    }

    /// What a program has of itself, by `setcap`: none where it has none, or where nobody may see it.
    pub fn of_file(path: &Path) -> Self {
        let mut buffer = [0; ATTRIBUTE];
        let length = rustix::fs::getxattr(path, "security.capability", &mut buffer).unwrap_or(0);
        let attribute = buffer.get(..length).unwrap_or_default();
        permitted(attribute).map_or_else(Self::default, Self::from_bits)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The one for all stands for each.
    pub fn allow(&self, name: &str) -> bool {
        self.0.contains(name) || self.0.contains("SYS_ADMIN")
    }
}

/// The longest there is: version 3, with the user whose root it is for.
const ATTRIBUTE: usize = 24;

/// Five words: version and flags, and then what is permitted and what is inherited, the lower halves first. Without the flag
/// for it nothing is effective.
fn permitted(attribute: &[u8]) -> Option<u64> {
    let (words, _) = attribute.as_chunks::<4>();
    let [head, low, _, high, ..] = words else { return None };
    let [head, low, high] = [head, low, high].map(|it| u32::from_le_bytes(*it));
    (head & 1 == 1).then(|| u64::from(high) << 32 | u64::from(low))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_setcap_writes_is_read() {
        // cap_net_raw,cap_perfmon,cap_bpf+ep
        let attribute = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0];
        let bits = permitted(&attribute).unwrap();
        assert_eq!(
            Capabilities::from_bits(bits),
            ["NET_RAW", "PERFMON", "BPF"].into_iter().collect()
        );
        let without_effect = [&[0, 0, 0, 2], &attribute[4..]].concat();
        assert_eq!(permitted(&without_effect), None);
        assert_eq!(permitted(&[]), None);
    }
}
