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
}

impl Snapshot {
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
