//! The same trouble in many pods of one workload is one finding.

use std::collections::BTreeMap;

use crate::toolsets::kubernetes::kubernetes_diagnose::{
    model::Pod,
    snapshot::Snapshot,
    subject::{Kind, Subject},
};

/// Something that pods of one workload have in common.
pub(super) struct Seen<'a, T> {
    pub(super) subject: Subject,
    pub(super) what: T,
    pub(super) pods: Vec<&'a Pod>,
    /// Of how many pods.
    of: usize,
}

/// What `look` sees in each pod, by workload.
pub(super) fn seen<'a, T: Ord>(
    snapshot: &'a Snapshot,
    look: impl Fn(&'a Pod) -> Option<T>,
) -> Vec<Seen<'a, T>> {
    let mut found: BTreeMap<(Subject, T), Vec<&Pod>> = BTreeMap::new();
    for pod in snapshot.pods.iter() {
        if let Some(what) = look(pod) {
            found.entry((snapshot.root_of(pod), what)).or_default().push(pod);
        }
    }
    let of = |subject: &Subject| snapshot.pods_of(subject).count();
    let seen = found.into_iter();
    seen.map(|((subject, what), pods)| Seen { of: of(&subject), subject, what, pods }).collect()
}

impl<'a, T> Seen<'a, T> {
    /// One of them, to look at more closely.
    pub(super) fn pod(&self) -> Option<&'a Pod> {
        self.pods.first().copied()
    }

    /// ` (2 of 3 pods)`; nothing for a pod that is told as itself.
    pub(super) fn count(&self) -> String {
        if self.subject.kind == Kind::Pod {
            return String::new();
        }
        let count = self.pods.len();
        match self.of.max(count) {
            1 => format!(" (pod {})", self.pod().map_or("", |it| &it.metadata.name)),
            of => format!(" ({count} of {of} pods)"),
        }
    }

    /// `pod/web-1`
    pub(super) fn pod_name(&self) -> String {
        self.pod()
            .map_or_else(|| self.subject.to_string(), |it| format!("pod/{}", it.metadata.name))
    }
}
