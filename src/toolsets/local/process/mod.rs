//! A process of this host, told from every other: a number is used again, and its birth within one boot is not.

mod stop;

use std::{fs, io, os::unix::fs::MetadataExt, path::Path, time::Duration};

use serde::{Deserialize, Serialize};

pub(super) use self::stop::{Ended, Unstopped, stop};
use crate::obi::{Stat, ticks};

/// Which process it is. Where the program is unreadable, as of one with capabilities of its own, this is still known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Birth {
    pub(super) pid: u32,
    /// When it began, in ticks since the boot.
    ticks: u64,
    /// The boot in which it began.
    boot: String,
}

/// What it takes of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) age: Duration,
    /// Of all processors together.
    pub(super) cpu: Duration,
    /// In bytes.
    pub(super) resident: u64,
    /// Whether it is kept from doing anything, by a signal or a debugger.
    pub(super) is_halted: bool,
}

impl Birth {
    /// The process that has this number now. One that has ended and that nobody has asked for is none.
    pub(super) fn of(pid: u32) -> io::Result<Self> {
        let stat = stat(pid)?;
        if stat.has_ended() {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(Self { pid, ticks: stat.start, boot: boot()? })
    }

    /// Of a child of this program, which has this number until it is asked for, ended or not.
    pub(super) fn of_child(pid: u32) -> io::Result<Self> {
        Ok(Self { pid, ticks: stat(pid)?.start, boot: boot()? })
    }

    /// Whether it still runs.
    pub(super) fn is_running(&self) -> bool {
        Self::of(self.pid).is_ok_and(|it| it == *self)
    }

    pub(super) fn usage(&self) -> Option<Usage> {
        let stat = stat(self.pid).ok().filter(|it| it.start == self.ticks)?;
        let since_boot = uptime()?;
        Some(Usage {
            age: since_boot.saturating_sub(ticks(stat.start)),
            cpu: ticks(stat.cpu),
            resident: stat.resident * page(),
            is_halted: stat.is_halted(),
        })
    }
}

/// A process of this user that is this program with this one argument; none where several are, of which nobody knows which is meant.
pub(super) fn running(program: &Path, argument: &str) -> Option<u32> {
    let user = rustix::process::geteuid().as_raw();
    let is_one = |pid: &u32| {
        let is_own = fs::metadata(format!("/proc/{pid}")).is_ok_and(|it| it.uid() == user);
        is_own && command_line(*pid) == [program.display().to_string().as_str(), argument]
    };
    let mut all = all().filter(is_one);
    all.next().filter(|_| all.next().is_none())
}

/// Nothing for one that has ended.
fn command_line(pid: u32) -> Vec<String> {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let words = line.split(|it| *it == 0).filter(|it| !it.is_empty());
    words.map(|it| String::from_utf8_lossy(it).into_owned()).collect()
}

fn all() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|it| it.file_name().to_str()?.parse().ok())
}

fn boot() -> io::Result<String> {
    Ok(fs::read_to_string("/proc/sys/kernel/random/boot_id")?.trim().to_owned())
}

/// It goes on while the host sleeps, and whoever sets the clock does not move it.
fn uptime() -> Option<Duration> {
    let text = fs::read_to_string("/proc/uptime").ok()?;
    Duration::try_from_secs_f64(text.split_whitespace().next()?.parse().ok()?).ok()
}

fn stat(pid: u32) -> io::Result<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    Stat::parse(&text).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn page() -> u64 {
    u64::try_from(rustix::param::page_size()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_told_from_a_later_one_of_the_same_number() {
        let own = Birth::of(std::process::id()).unwrap();
        assert!(own.is_running());
        assert!(!Birth { ticks: own.ticks + 1, ..own.clone() }.is_running());
        assert!(!Birth { boot: "of another time".into(), ..own }.is_running());
    }

    #[test]
    fn what_has_ended_runs_no_more_although_nobody_has_asked_for_it() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = child.id();
        while !stat(pid).unwrap().has_ended() {
            std::thread::yield_now();
        }
        assert!(Birth::of(pid).is_err());
        child.wait().unwrap();
    }

    #[test]
    fn what_it_takes_is_told_of_a_running_process_alone() {
        let own = Birth::of(std::process::id()).unwrap();
        assert!(own.usage().unwrap().resident > 1 << 20);
        assert_eq!(Birth { ticks: 0, ..own }.usage(), None);
    }
}
