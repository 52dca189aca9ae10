//! The container that a process is in, by its control group.

use std::sync::LazyLock;

use regex::Regex;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    pub id: String,
    pub maker: Maker,
}

/// Who made a container, as far as its control group says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    Kubernetes,
    Docker,
    Unknown,
}

impl Maker {
    fn of(group: &str) -> Self {
        match group {
            it if it.contains("kubepods") || it.contains("k8s.io") => Self::Kubernetes,
            it if it.contains("docker") => Self::Docker,
            _ => Self::Unknown,
        }
    }
}

/// In the order in which OBI tries them.
static FORMATS: LazyLock<[Regex; 5]> = LazyLock::new(|| {
    [
        r"^\d+:.*:.*/.*-([0-9a-fA-F]+)\.scope",
        r"^\d+:.*:/kubepods.*([0-9a-f]{64})",
        r"^\d+:.*:/k8s\.io/([0-9a-f]{64})",
        r"^\d+:.*:.*/.*/.*/([0-9a-fA-F]{64})",
        r"^\d+:.*:/(?:\.\./)+([0-9a-fA-F]{64})",
    ]
    .map(|it| Regex::new(it).expect("a constant"))
});

impl Container {
    /// From the lines of `/proc/PID/cgroup`.
    pub(super) fn of(groups: &str) -> Option<Self> {
        groups.lines().find_map(|line| {
            let id = FORMATS.iter().find_map(|it| it.captures(line))?;
            let id = id.get(1)?.as_str().to_owned();
            Some(Self { id, maker: Maker::of(line) })
        })
    }
}
