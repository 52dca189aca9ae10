//! What is known of a change while it is made, for whoever keeps a record of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Affected, Preview};
use crate::random;

/// Clones are one ledger.
#[derive(Debug, Clone, Default)]
pub struct Ledger(Arc<Mutex<Entry>>);

/// How far a call's change is.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// What it is about to do; empty as long as that is not known.
    pub affected: Vec<Affected>,
    /// Of the preview, as [`Preview::digest`] gives it.
    pub digest: Option<String>,
    /// What tells it from all other changes, in every line about it.
    pub id: Option<String>,
    /// Whether it was only shown.
    pub shown: bool,
    /// Whether a person said yes to it.
    pub confirmed: bool,
    /// How many objects have been changed so far.
    pub changed: usize,
}

impl Ledger {
    pub fn plan(&self, preview: &Preview) {
        let mut entry = self.lock();
        entry.affected.clone_from(&preview.affected);
        entry.digest = Some(preview.digest());
        entry.id = Some(random::mark());
    }

    /// It is shown, and not made.
    pub fn show(&self) {
        self.lock().shown = true;
    }

    pub fn confirm(&self) {
        self.lock().confirmed = true;
    }

    pub fn change(&self) {
        self.lock().changed += 1;
    }

    /// As it stands now.
    pub fn entry(&self) -> Entry {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Entry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
