//! What is different between two states of an object, field by field, for persons and models:
//! `spec.replicas: 1 -> 3`, `+ metadata.labels.team: shop`, `- spec.template.spec.containers[web].env[DEBUG]`.
//!
//! What is compared is what is there; what is shown has been redacted on both sides before anything is taken out of it. So it
//! is seen *that* a secret changes, and what it is on no side of an arrow.

mod hidden;
mod leaf;
mod lines;
mod list;
mod noise;
mod one_side;
mod path;
mod sides;
#[cfg(test)]
mod tests;
mod walk;

use std::fmt;

use serde_json::Value;

use self::{hidden::Hidden, sides::Sides, walk::Walk};
use super::redact::Redactor;

/// The differences, a line each; below a text of several lines its changed lines are indented.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diff {
    lines: Vec<String>,
}

/// What somebody wants of an object: `status`, ids, versions and what only machines write are left out.
///
/// `None` is an object that is not there. Of one that appears, kind and name are not said again.
pub fn changes(before: Option<&Value>, after: Option<&Value>, redactor: &Redactor) -> Diff {
    let (before, after) = (before.map(noise::without), after.map(noise::without));
    diff(before, after, redactor)
}

/// What controllers say of an object: nothing but its `status`.
pub fn status_changes(before: Option<&Value>, after: Option<&Value>, redactor: &Redactor) -> Diff {
    let (before, after) = (before.map(noise::status), after.map(noise::status));
    diff(before, after, redactor)
}

fn diff(before: Option<Value>, after: Option<Value>, redactor: &Redactor) -> Diff {
    if before == after {
        return Diff::default();
    }
    let sides = Sides::new(before, after, redactor);
    let hidden = Hidden::of(&sides);
    Diff { lines: Walk::new(&hidden).root(&sides) }
}

impl Diff {
    /// Whether nothing is different.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The last one says how much is not shown, if there was more than anybody reads.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines.join("\n"))
    }
}
