//! What was found in a cluster, at one moment.

use std::{collections::BTreeMap, sync::Arc};

use super::{finding::Found, matching::CustomResources, service::Place};

/// Which of what was found somebody asks for; `None` is any.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Filter<'a> {
    pub(super) product: Option<&'a str>,
    pub(super) namespace: Option<&'a str>,
    /// Whether it belongs into a toolset.
    pub(super) healthy: Option<bool>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Snapshot {
    /// In the order of their places.
    pub(super) found: Vec<Found>,
    /// Those for which another stands, and which.
    pub(super) twins: BTreeMap<Place, Place>,
    /// What each was asked, and what was made of its answers.
    pub(super) steps: BTreeMap<Place, Vec<String>>,
    /// What operators' own resources say of where something lies.
    pub(super) resources: Arc<CustomResources>,
    /// How often everything was looked through before.
    pub(super) round: u64,
    /// How many Services were looked at.
    pub(super) services: usize,
    /// What could not be looked at, each with the reason and what to do.
    pub(super) problems: Vec<String>,
    /// Nothing may be looked at, and nothing was seen before: that nothing was found says nothing of the cluster.
    pub(super) is_blind: bool,
}

impl Snapshot {
    /// Why it says nothing of the cluster, if it does not.
    pub(super) fn blindness(&self) -> Option<String> {
        let told = || {
            format!(
                "nothing of the cluster could be read: {}; it takes the rights to list and watch services and endpointslices.discovery.k8s.io, of all namespaces or of those in toolsets.discovery.namespaces",
                self.problems.join("; ")
            )
        };
        self.is_blind.then(told)
    }

    /// What could not be looked at, as it is told beside what was found.
    pub(super) fn unseen(&self) -> impl Iterator<Item = String> {
        self.problems.iter().map(|it| format!("not all was seen: {it}"))
    }

    pub(super) fn filtered(&self, by: Filter<'_>) -> Vec<&Found> {
        let Filter { product, namespace, healthy } = by;
        let fits = |it: &&Found| {
            product.is_none_or(|product| product == it.finding.detector.product)
                && namespace.is_none_or(|namespace| namespace == it.finding.place.namespace)
                && healthy.is_none_or(|healthy| healthy == it.health.is_usable())
        };
        self.found.iter().filter(fits).collect()
    }
}
