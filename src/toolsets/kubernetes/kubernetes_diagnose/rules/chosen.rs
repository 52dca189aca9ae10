//! The nodes that a pod's node selector takes, and what keeps it away from those: the scheduler counts all nodes and
//! names none.

use crate::toolsets::kubernetes::kubernetes_diagnose::{
    model::{Named, Node, Pod, Taint, has_all},
    snapshot::Snapshot,
};

pub(super) struct Chosen<'a> {
    pod: &'a Pod,
    pub(super) nodes: Vec<&'a Node>,
    pub(super) of: usize,
}

impl<'a> Chosen<'a> {
    /// None when not all nodes are known.
    pub(super) fn of(snapshot: &'a Snapshot, pod: &'a Pod) -> Option<Self> {
        let of = snapshot.nodes.len();
        if !snapshot.nodes.is_complete() || of == 0 {
            return None;
        }
        let nodes = snapshot.nodes.iter();
        let nodes = nodes.filter(|it| has_all(&it.metadata.labels, &pod.spec.node_selector));
        Some(Self { pod, nodes: nodes.collect(), of })
    }

    /// How many nodes its selector does not take.
    pub(super) fn others(&self) -> usize {
        self.of.saturating_sub(self.nodes.len())
    }

    pub(super) fn cordoned(&self) -> Vec<&'a str> {
        let nodes = self.nodes.iter().filter(|it| it.spec.unschedulable);
        nodes.map(|it| it.name()).collect()
    }

    /// `gpu=yes`, once each.
    pub(super) fn taints(&self) -> Vec<String> {
        let taints = self.nodes.iter().flat_map(|it| &it.spec.taints);
        let in_the_way = taints.filter(|it| self.is_in_the_way(it));
        let mut taints: Vec<String> = in_the_way.map(ToString::to_string).collect();
        taints.sort();
        taints.dedup();
        taints
    }

    /// The taint of a cordoned node is told as what it stands for.
    fn is_in_the_way(&self, taint: &Taint) -> bool {
        taint.key != "node.kubernetes.io/unschedulable"
            && taint.keeps_away()
            && !self.pod.spec.tolerations.iter().any(|it| it.tolerates(taint))
    }
}
