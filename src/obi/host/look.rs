//! Looking a host up.

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use super::{
    Agent, Host, Lockdown, Probes, Routes, System,
    capabilities::{Capabilities, Rights},
    listeners::{Listener, listeners},
    mounts::point,
};

/// A host with a hundred thousand sockets writes so much about them.
const MOST: u64 = 16 << 20;

/// Where libraries look for what the kernel says of its types, `{}` being its version.
const BTF: [&str; 8] = [
    "sys/kernel/btf/vmlinux",
    "boot/vmlinux-{}",
    "lib/modules/{}/vmlinux-{}",
    "lib/modules/{}/build/vmlinux",
    "usr/lib/modules/{}/kernel/vmlinux",
    "usr/lib/debug/boot/vmlinux-{}",
    "usr/lib/debug/boot/vmlinux-{}.debug",
    "usr/lib/debug/lib/modules/{}/vmlinux",
];

const RHEL: [&str; 4] = ["rhel", "centos", "rocky", "almalinux"];

impl Host {
    /// What `/proc`, `/sys` and `/etc` below a folder say; `/` is this host. Whatever cannot be read is not known.
    pub fn look(root: &Path) -> Self {
        let look = Look(root);
        let kernel = look.text("proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned();
        let mounts = look.text("proc/self/mounts").unwrap_or_default();
        Self {
            architecture: std::env::consts::ARCH.to_owned(),
            system: look.system(),
            btf: look.btf(&kernel),
            probes: look.probes(),
            tracefs: point(&mounts, "tracefs"),
            bpffs: point(&mounts, "bpf"),
            cgroup2: point(&mounts, "cgroup2"),
            lockdown: look.lockdown(),
            perf_event_paranoid: look.number("proc/sys/kernel/perf_event_paranoid"),
            rights: look.rights(),
            listeners: look.listeners(),
            agents: Agent::all(&root.join("proc")),
            available_memory: look.available_memory(),
            default_routes: look.default_routes(),
            binary: None,
            kernel,
        }
    }
}

struct Look<'a>(&'a Path);

impl Look<'_> {
    fn has(&self, path: &str) -> bool {
        self.0.join(path).exists()
    }

    fn text(&self, path: &str) -> Option<String> {
        let mut bytes = Vec::new();
        let file = File::open(self.0.join(path)).ok()?;
        file.take(MOST).read_to_end(&mut bytes).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn number(&self, path: &str) -> Option<i64> {
        self.text(path)?.trim().parse().ok()
    }

    fn system(&self) -> System {
        let release = self.text("etc/os-release").or_else(|| self.text("usr/lib/os-release"));
        let release = release.unwrap_or_default();
        let of = |key: &str| {
            let line = release.lines().find_map(|it| it.strip_prefix(key)?.strip_prefix('='));
            line.unwrap_or_default().trim().trim_matches(['"', '\'']).to_owned()
        };
        let ids = format!("{} {}", of("ID"), of("ID_LIKE"));
        let is_named = ids.split_whitespace().any(|it| RHEL.contains(&it));
        let is_of_rhel = is_named || self.text("proc/version").is_some_and(|it| it.contains(".el"));
        System { name: of("PRETTY_NAME"), is_of_rhel }
    }

    fn btf(&self, kernel: &str) -> Option<PathBuf> {
        let paths = BTF.iter().map(|it| it.replace("{}", kernel));
        paths.into_iter().find(|it| self.has(it)).map(|it| Path::new("/").join(it))
    }

    fn probes(&self) -> Probes {
        let tracefs = ["sys/kernel/tracing", "sys/kernel/debug/tracing"];
        Probes {
            kprobes: self.has("sys/bus/event_source/devices/kprobe"),
            kprobe_events: tracefs.iter().any(|it| self.has(&format!("{it}/kprobe_events"))),
            uprobes: self.has("sys/bus/event_source/devices/uprobe"),
        }
    }

    /// A kernel that knows no lockdown has no such file.
    fn lockdown(&self) -> Lockdown {
        let path = "sys/kernel/security/lockdown";
        if fs::symlink_metadata(self.0.join(path)).is_err_and(|it| it.kind() == NOT_FOUND) {
            return Lockdown::None;
        }
        let text = self.text(path).unwrap_or_default();
        let chosen = text.split_once('[').and_then(|(_, it)| it.split_once(']'));
        match chosen.map(|(it, _)| it) {
            Some("none") => Lockdown::None,
            Some("integrity") => Lockdown::Integrity,
            Some("confidentiality") => Lockdown::Confidentiality,
            _ => Lockdown::Unknown,
        }
    }

    fn rights(&self) -> Rights {
        let status = self.text("proc/self/status").unwrap_or_default();
        let of = |key: &str| {
            status.lines().find_map(|it| it.strip_prefix(key)?.strip_prefix(':')).map(str::trim)
        };
        let set = |key: &str| of(key).and_then(Capabilities::from_mask).unwrap_or_default();
        // Real, effective, saved, and of files.
        let uid = of("Uid").and_then(|it| it.split_ascii_whitespace().nth(1)?.parse().ok());
        Rights {
            uid,
            effective: set("CapEff"),
            ambient: set("CapAmb"),
            bounding: set("CapBnd"),
            of_binary: Capabilities::default(),
        }
    }

    fn listeners(&self) -> Option<Vec<Listener>> {
        let tables = ["proc/net/tcp", "proc/net/tcp6"].map(|it| self.text(it));
        let known: Vec<String> = tables.into_iter().flatten().collect();
        (!known.is_empty()).then(|| known.iter().flat_map(|it| listeners(it)).collect())
    }

    fn available_memory(&self) -> Option<u64> {
        let text = self.text("proc/meminfo")?;
        let line = text.lines().find_map(|it| it.strip_prefix("MemAvailable:"))?;
        let kibibytes: u64 = line.split_ascii_whitespace().next()?.parse().ok()?;
        Some(kibibytes / 1024)
    }

    fn default_routes(&self) -> Routes {
        let words = |it: &str| it.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let is_default = |it: &str| words(it).get(1).is_some_and(|it| it == "00000000");
        // By `lo` goes what goes nowhere.
        let is_newer_default = |it: &str| {
            let words = words(it);
            words.get(1).is_some_and(|it| it == "00") && words.get(9).is_some_and(|it| it != "lo")
        };
        let older = self.text("proc/net/route");
        let newer = self.text("proc/net/ipv6_route");
        Routes {
            ipv4: older.map(|it| it.lines().skip(1).any(is_default)),
            ipv6: newer.map(|it| it.lines().any(is_newer_default)),
        }
    }
}

const NOT_FOUND: std::io::ErrorKind = std::io::ErrorKind::NotFound;
