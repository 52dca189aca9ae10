//! Every OBI, and every Beyla, that can be seen.

use std::{fmt, fs, path::Path};

use serde::{Deserialize, Serialize};

/// As the files are called: OBI was called otherwise before v0.5.0, and Beyla is OBI under Grafana's name.
const NAMES: [&str; 3] = ["obi", "beyla", "ebpf-instrument"];

/// An OBI that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    pub pid: u32,
    pub command: String,
}

impl Agent {
    /// Those below a `/proc`. Whatever cannot be looked at is none: another user's, or one that ended meanwhile.
    pub fn all(proc: &Path) -> Vec<Self> {
        let entries = fs::read_dir(proc).into_iter().flatten().flatten();
        let mut agents: Vec<Self> = entries
            .filter_map(|it| agent(&it.path(), it.file_name().to_str()?.parse().ok()?))
            .collect();
        agents.sort_by_key(|it| it.pid);
        agents
    }
}

/// `process 12`: anything may call itself so, and have anything on its command line.
impl fmt::Display for Agent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "process {}", self.pid)
    }
}

/// The link to the executable cannot be read where OBI has more rights than this program; its name can.
fn agent(folder: &Path, pid: u32) -> Option<Agent> {
    let name = fs::read_to_string(folder.join("comm")).ok()?;
    let command = fs::read(folder.join("cmdline")).unwrap_or_default();
    let command = String::from_utf8_lossy(&command).replace('\0', " ").trim().to_owned();
    let executable = fs::read_link(folder.join("exe")).unwrap_or_default();
    let is_one = NAMES.contains(&name.trim()) || is_called_so(&executable);
    // What has ended and was not waited for has no command any more.
    (is_one && !command.is_empty()).then_some(Agent { pid, command })
}

fn is_called_so(executable: &Path) -> bool {
    let name = executable.file_name().and_then(|it| it.to_str()).unwrap_or_default();
    NAMES.contains(&name.trim_end_matches(" (deleted)"))
}
