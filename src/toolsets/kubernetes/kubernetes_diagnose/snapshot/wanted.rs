//! Which lists a question needs.

use crate::toolsets::kubernetes::kubernetes_diagnose::subject::Kind;

/// What to read first; the rest follows from what is seen there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Everything that runs and leads to it.
    Namespace,
    /// A workload, or what leads to it: no batch.
    Serving,
    /// Jobs and pods: nothing leads to them.
    Batch,
    Storage,
    Node,
}

impl Wanted {
    pub(crate) fn by(kind: Kind) -> Self {
        match kind {
            Kind::Namespace | Kind::Pod | Kind::ConfigMap | Kind::Secret | Kind::Account => {
                Self::Namespace
            }
            Kind::Quota | Kind::NetworkPolicy => Self::Namespace,
            Kind::CronJob | Kind::Job => Self::Batch,
            Kind::Claim => Self::Storage,
            Kind::Node => Self::Node,
            _ => Self::Serving,
        }
    }

    pub(crate) fn serving(self) -> bool {
        matches!(self, Self::Namespace | Self::Serving)
    }

    pub(crate) fn batch(self) -> bool {
        matches!(self, Self::Namespace | Self::Batch)
    }

    /// Who owns the pods that use a claim matters as well.
    pub(crate) fn workloads(self) -> bool {
        self.serving() || self == Self::Storage
    }
}
