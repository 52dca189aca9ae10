use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use tacklebox_cluster::Cluster;

/// A kubectl that hands on to the API server what is said to it in plain HTTP. It ends with the test.
pub struct PlainDoor {
    kubectl: Child,
    pub address: SocketAddr,
}

impl PlainDoor {
    pub fn to(cluster: &Cluster) -> Self {
        Self::with(cluster, &[])
    }

    /// The same, for programs in containers as well, which are not handed on otherwise.
    pub fn for_programs(cluster: &Cluster) -> Self {
        Self::with(cluster, &["--reject-paths=^$"])
    }

    fn with(cluster: &Cluster, flags: &[&str]) -> Self {
        let mut command = Command::new(cluster.binaries().kubectl());
        command.arg("--kubeconfig").arg(cluster.kubeconfig()).args(["proxy", "--port=0"]);
        command.args(flags);
        let command = command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut kubectl = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(kubectl.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit(' ').next().unwrap().parse().unwrap();
        Self { kubectl, address }
    }
}

impl Drop for PlainDoor {
    fn drop(&mut self) {
        self.kubectl.kill().unwrap();
        self.kubectl.wait().unwrap();
    }
}
