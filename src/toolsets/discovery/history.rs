//! The toolsets that somebody has been shown, so that they can ask what has changed since.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use super::holmes::{Changes, Document, difference};

/// More are forgotten, the oldest first.
const MOST: usize = 20;

#[derive(Default)]
pub(super) struct History(Mutex<VecDeque<(String, Document)>>);

impl History {
    pub(super) fn keep(&self, hash: &str, document: &Document) {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.iter().any(|(known, _)| known == hash) {
            return;
        }
        shown.push_back((hash.to_owned(), document.clone()));
        if shown.len() > MOST {
            shown.pop_front();
        }
    }

    /// What is different from the one with that hash; `None` if it is not known (any more). The beginning of a hash will do.
    pub(super) fn since(&self, hash: &str, now: &Document) -> Option<Changes> {
        let shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, then) = shown.iter().rev().find(|(known, _)| known.starts_with(hash))?;
        Some(difference(then, now))
    }
}
