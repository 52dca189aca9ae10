//! What was found in a cluster, at one moment.

use std::collections::BTreeMap;

use super::{finding::Found, service::Place};

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Snapshot {
    /// In the order of their places.
    pub(super) found: Vec<Found>,
    /// Those for which another stands, and which.
    pub(super) twins: BTreeMap<Place, Place>,
    /// What each was asked, and what was made of its answers.
    pub(super) steps: BTreeMap<Place, Vec<String>>,
    /// How often everything was looked through before.
    pub(super) round: u64,
    /// How many Services were looked at.
    pub(super) services: usize,
    /// What could not be looked at, each with the reason and what to do.
    pub(super) problems: Vec<String>,
}
