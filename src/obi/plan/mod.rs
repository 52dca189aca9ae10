//! What a configuration needs of the host, or of the pod, that OBI is to run on.

mod memory;
mod needs;
mod ports;
mod version1;
mod version2;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use self::needs::Needs;
pub use self::{
    memory::Memory,
    needs::{Mount, Need, Newer, System},
    ports::{Port, Purpose},
};
use super::{
    config::{self, Environment, Release, Subject},
    mode::Mode,
};

/// What is needed, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Of the configuration: 1 or 2.
    pub version: u8,
    pub modes: Vec<Mode>,
    pub features: Vec<Feature>,
    /// Where telemetry goes.
    pub exports: Vec<Export>,
    /// Where OBI will listen.
    pub ports: Vec<Port>,
    /// The socket where `/healthz` is answered, if that is how.
    pub health_socket: Option<String>,
    /// What of the host a container has to have.
    pub mounts: Vec<Mount>,
    pub host_pid: Wish,
    pub host_network: Wish,
    /// Of a pod; `None` is Kubernetes' own default.
    pub dns_policy: Option<&'static str>,
    pub memory: Memory,
    /// Kernels from which on something works.
    pub kernels: Vec<Newer>,
}

/// What needs more than the mode that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// Context is handed on in headers or in TCP.
    Propagation,
    /// Context is handed on by programs in Go themselves.
    GoPropagation,
    /// Flows are read from sockets.
    SocketFilter,
    /// Flows are read from traffic control.
    TrafficControl,
    /// Traffic control is that of newer kernels.
    Tcx,
    /// Logs get trace ids.
    LogEnricher,
    /// What the kernel counts about OBI's programs.
    BpfMetrics,
    /// The address of this host is found by its default route, of the older internet.
    AddressByRoute,
    /// The same, of the newer one.
    AddressByRoute6,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Export {
    OtlpTraces,
    OtlpMetrics,
    Prometheus,
    /// Standard output.
    Printed,
}

/// Whether something is needed, and why or why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wish {
    pub needed: bool,
    pub why: &'static str,
}

/// What is asked for, whatever the version of the configuration.
#[derive(Debug, Default)]
struct Wanted {
    version: u8,
    modes: Vec<Mode>,
    features: Vec<Feature>,
    exports: Vec<Export>,
    ports: Vec<Port>,
    health_socket: Option<String>,
    /// How often the maps in the kernel are doubled, or halved.
    map_scale: i64,
    bpf_filesystem: Option<String>,
}

/// What the release of OBI would need with that configuration; `None` where there is no document to read.
pub fn plan(text: &str, environment: &Environment, release: Release) -> Option<Plan> {
    config::ask(text, environment, release, Wanted::of).ok().map(Plan::of)
}

impl Wanted {
    fn of(subject: &Subject<'_>) -> Self {
        if config::is_one(subject.tree) {
            version2::wanted(subject)
        } else {
            version1::wanted(subject)
        }
    }

    fn has(&self, mode: Mode) -> bool {
        self.modes.contains(&mode)
    }
}

impl Plan {
    fn of(wanted: Wanted) -> Self {
        let needs = Needs::table();
        let (host_pid, host_network) = (host_pid(&wanted), host_network(&wanted));
        Self {
            mounts: needs.mounts(&wanted),
            kernels: needs.kernels(&wanted),
            memory: Memory::of(&wanted),
            dns_policy: host_network.needed.then_some("ClusterFirstWithHostNet"),
            host_pid,
            host_network,
            version: wanted.version,
            modes: wanted.modes,
            features: wanted.features,
            exports: wanted.exports,
            ports: wanted.ports,
            health_socket: wanted.health_socket,
        }
    }

    /// Which capabilities OBI needs on such a system. `SYS_ADMIN` stands for all of them.
    pub fn capabilities(&self, system: &System) -> Vec<Need> {
        Needs::table().capabilities(self, system)
    }

    pub fn has(&self, mode: Mode) -> bool {
        self.modes.contains(&mode)
    }

    pub fn uses(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }

    /// Where something is answered.
    pub fn port(&self, purpose: Purpose) -> Option<&Port> {
        self.ports.iter().find(|it| it.purpose == purpose)
    }
}

fn host_pid(wanted: &Wanted) -> Wish {
    if wanted.has(Mode::Application) {
        Wish { needed: true, why: "OBI sees the processes of its own PID namespace only" }
    } else {
        Wish { needed: false, why: "no process is instrumented" }
    }
}

fn host_network(wanted: &Wanted) -> Wish {
    if wanted.has(Mode::Network) || wanted.has(Mode::Stats) {
        return Wish { needed: true, why: "OBI sees the interfaces of its own network only" };
    }
    if wanted.features.contains(&Feature::Propagation) {
        let why = "context is written into the packets of the host's network";
        return Wish { needed: true, why };
    }
    Wish { needed: false, why: "processes are instrumented whatever their network is" }
}
