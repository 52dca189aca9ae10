//! From the root to the leaves, both sides at once.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{
    hidden::Hidden,
    leaf, lines, list,
    path::Path,
    sides::{Field, Side, Sides},
};
use crate::output::shorten::clip;

/// Lines of one object: what is more is counted.
const MOST_LINES: usize = 200;

/// In characters, of one line.
const LONGEST: usize = 600;

pub(super) struct Walk<'a> {
    pub(super) hidden: &'a Hidden,
    pub(super) path: Path,
    lines: Vec<String>,
    /// Changes beyond the most lines.
    more: usize,
}

impl<'a> Walk<'a> {
    pub(super) fn new(hidden: &'a Hidden) -> Self {
        Self { hidden, path: Path::default(), lines: Vec::new(), more: 0 }
    }

    pub(super) fn root(mut self, sides: &Sides) -> Vec<String> {
        match (sides.before(), sides.after()) {
            (None, Some(object)) => self.new_object(object),
            (Some(object), None) => self.gone_object(object),
            (before, after) => self.both(before, after),
        }
        if self.more > 0 {
            self.lines.push(format!("and {} more changes", self.more));
        }
        self.lines
    }

    fn both(&mut self, before: Option<Side<'_>>, after: Option<Side<'_>>) {
        match (before, after) {
            (Some(before), Some(after)) if before.raw == after.raw => {}
            (Some(before), Some(after)) => self.changed(before, after),
            (None, Some(after)) => self.added(after),
            (Some(before), None) => self.removed(before),
            (None, None) => {}
        }
    }

    fn changed(&mut self, before: Side<'_>, after: Side<'_>) {
        match (before.raw, after.raw) {
            (Value::Object(_), Value::Object(_)) => match (before.fields(), after.fields()) {
                (Some(before), Some(after)) => self.fields(&before, &after),
                _ => self.line("", ": fields change whose names are not shown"),
            },
            (Value::Array(_), Value::Array(_)) => {
                if let (Some(before), Some(after)) = (before.items(), after.items()) {
                    self.items(&before, &after);
                }
            }
            (Value::String(_), Value::String(_)) if before.has_lines() || after.has_lines() => {
                self.text(before, after);
            }
            _ => {
                let change = leaf::change(before, after, self.hidden);
                self.line("", &format!(": {change}"));
            }
        }
    }

    fn fields(&mut self, before: &[Field<'_>], after: &[Field<'_>]) {
        let new: HashMap<&str, Side<'_>> = after.iter().map(|it| (it.name, it.value)).collect();
        let old: HashSet<&str> = before.iter().map(|it| it.name).collect();
        for field in before {
            let after = new.get(field.name).copied();
            if after.is_none_or(|it| it.raw != field.value.raw) {
                self.in_field(field, |walk| walk.both(Some(field.value), after));
            }
        }
        for field in after.iter().filter(|it| !old.contains(it.name)) {
            self.in_field(field, |walk| walk.both(None, Some(field.value)));
        }
    }

    fn items(&mut self, before: &[Side<'_>], after: &[Side<'_>]) {
        let matched = list::matched(self.path.last(), before, after);
        if matched.is_reordered {
            self.line("", ": the order changes");
        }
        for pair in matched.pairs.iter().filter(|it| it.is_change()) {
            self.in_item(&pair.label, |walk| match (pair.before, pair.after) {
                (None, Some(item)) => walk.new_item(item, matched.key),
                (before, after) => walk.both(before, after),
            });
        }
    }

    /// A text of several lines, on one side at least.
    fn text(&mut self, before: Side<'_>, after: Side<'_>) {
        let shown = [before, after].map(|it| it.shown.as_str().unwrap_or_default());
        let [one, other] = shown.map(|it| self.hidden.within(it));
        match lines::diff(&one, &other) {
            Some(changed) => {
                self.line("", ":");
                self.below(changed);
            }
            None => self.line("", ": changes where it is not shown"),
        }
    }

    pub(super) fn in_field(&mut self, field: &Field<'_>, inside: impl FnOnce(&mut Self)) {
        let back = self.path.field(&self.hidden.within(field.shown));
        inside(self);
        self.path.go(back);
    }

    pub(super) fn in_item(&mut self, label: &str, inside: impl FnOnce(&mut Self)) {
        let back = self.path.item(&self.hidden.within(label));
        inside(self);
        self.path.go(back);
    }

    /// A line about this place.
    pub(super) fn line(&mut self, sign: &str, what: &str) {
        if self.lines.len() >= MOST_LINES {
            self.more += 1;
            return;
        }
        let mut line = format!("{sign}{}{what}", self.path.told());
        clip(&mut line, LONGEST);
        self.lines.push(line);
    }

    /// The lines of a text, below the line about it.
    pub(super) fn below(&mut self, lines: Vec<String>) {
        if self.more == 0 {
            self.lines.extend(lines);
        }
    }
}
