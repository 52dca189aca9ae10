/// A process of the control plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Component {
    Etcd,
    ApiServer,
    ControllerManager,
    Scheduler,
    /// Plays the nodes and their kubelets.
    Kwok,
    /// Runs only when asked for, see [`Cluster::metrics_server`](crate::Cluster::metrics_server).
    MetricsServer,
}

impl Component {
    pub(crate) const ALL: [Self; 6] = [
        Self::Etcd,
        Self::ApiServer,
        Self::ControllerManager,
        Self::Scheduler,
        Self::Kwok,
        Self::MetricsServer,
    ];

    /// The name of its file: Go names a program after the last part of its package, and etcd's is `server`.
    pub(crate) fn program(self) -> &'static str {
        match self {
            Self::Etcd => "server",
            other => other.name(),
        }
    }

    /// The name by which people know it, also that of its log file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::ApiServer => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
            Self::Kwok => "kwok",
            Self::MetricsServer => "metrics-server",
        }
    }
}
