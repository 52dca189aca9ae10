use std::ops::Deref;

use crate::toolsets::kubernetes::kubernetes_diagnose::model::Named;

/// What was read of one list.
#[derive(Debug)]
pub(crate) struct List<T> {
    items: Vec<T>,
    /// Nothing was left out: what is not here is not there.
    is_complete: bool,
}

impl<T> List<T> {
    pub(crate) fn new(items: Vec<T>, is_complete: bool) -> Self {
        Self { items, is_complete }
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.is_complete
    }

    pub(crate) fn into_items(self) -> Vec<T> {
        self.items
    }

    pub(crate) fn sort_by_key<K: Ord>(&mut self, key: impl Fn(&T) -> K) {
        self.items.sort_by_key(key);
    }
}

impl<T: Named> List<T> {
    pub(crate) fn named(&self, name: &str) -> Option<&T> {
        self.items.iter().find(|it| it.name() == name)
    }

    /// Whether it is known that there is none of that name.
    pub(crate) fn lacks(&self, name: &str) -> bool {
        self.is_complete && self.named(name).is_none()
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { items: Vec::new(), is_complete: false }
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}
