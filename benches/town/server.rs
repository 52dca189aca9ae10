//! The program, as it runs in a cluster.

use std::{
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result};
use tacklebox_cluster::Cluster;

use super::published::NAMESPACE;
use crate::over_pipes::BINARY;

/// In which the kernel counts processor time.
const TICKS_PER_SECOND: u64 = 100;

/// It is killed when it is dropped.
pub(crate) struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Server {
    pub(crate) fn start(cluster: &Cluster) -> Result<Self> {
        let address = TcpListener::bind((cluster.address(), 0))?.local_addr()?;
        let child = Command::new(BINARY)
            .arg("--config")
            .arg(configuration(cluster)?)
            .args(["serve", "--http", &address.to_string(), "--kubeconfig"])
            .arg(cluster.kubeconfig())
            .stdin(Stdio::null())
            .stderr(std::fs::File::create(cluster.folder().join("tacklebox.log"))?)
            .spawn()?;
        Ok(Self(child))
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Of the program and of the kernel for it.
    pub(crate) fn processor_time(&self) -> Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id()))?;
        let fields = stat.rsplit_once(") ").context("no name of a program")?.1;
        let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<u64>);
        let ticks = ticks.sum::<std::result::Result<u64, _>>()?;
        Ok(Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND))
    }
}

fn configuration(cluster: &Cluster) -> Result<PathBuf> {
    let path = cluster.folder().join("tacklebox.yml");
    let text = format!(
        "toolsets:\n  discovery:\n    enabled: true\n    probe: {{via: direct}}\n    publish: {{namespace: {NAMESPACE}, when: always}}\nserver:\n  allow_unauthenticated: true\n  metrics: null\n"
    );
    std::fs::write(&path, text)?;
    Ok(path)
}
