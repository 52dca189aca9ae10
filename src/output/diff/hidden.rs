//! What is secret at one place is at no other: a patch may copy a password into a label.

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::Value;

use super::sides::{Side, Sides};
use crate::output::{plain, redact::hidden};

/// What is shorter is found in too much that it is not.
const SHORTEST: usize = 6;

/// More secrets than these are looked for only where they are the whole value.
const MOST_WITHIN: usize = 200;

/// The secrets of both sides, and their marks.
#[derive(Default)]
pub(super) struct Hidden(BTreeMap<String, String>);

impl Hidden {
    pub(super) fn of(sides: &Sides) -> Self {
        let mut hidden = Self::default();
        for side in sides.redacted() {
            hidden.take(side);
        }
        hidden
    }

    fn take(&mut self, side: Side<'_>) {
        if let Some(fields) = side.fields() {
            for field in fields {
                self.take(field.value);
            }
        } else if let Some(items) = side.items() {
            for item in items {
                self.take(item);
            }
        } else {
            self.take_leaf(side);
        }
    }

    fn take_leaf(&mut self, side: Side<'_>) {
        let Some(shown) = side.shown.as_str().filter(|it| it.contains("[redacted ")) else {
            return;
        };
        let raw = match side.raw {
            Value::String(text) => plain::text(text).into_owned(),
            other => other.to_string(),
        };
        let found = hidden(&raw, shown).into_iter();
        // A mark is no place to look for one.
        let is_safe = |it: &str| it.len() >= SHORTEST && !"[redacted ".contains(it);
        self.0.extend(found.filter(|(secret, _)| is_safe(secret)));
    }

    /// A text without the secrets of other places.
    pub(super) fn within<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if let Some(mark) = self.0.get(text) {
            return Cow::Owned(mark.clone());
        }
        let mut text = Cow::Borrowed(text);
        for (secret, mark) in self.0.iter().take(MOST_WITHIN) {
            if text.contains(secret.as_str()) {
                text = Cow::Owned(text.replace(secret.as_str(), mark));
            }
        }
        text
    }
}
