//! What comes or goes whole: new things are told by their leaves, what goes by its place.

use super::{
    leaf::{self, many},
    lines, list,
    sides::{Field, Side},
    walk::Walk,
};

/// Of a subtree that is new.
const MOST_LEAVES: usize = 30;

/// What the reader of a whole new object knows from its heading.
const HEADING: [&str; 2] = ["apiVersion", "kind"];
const NAMES: [&str; 2] = ["name", "namespace"];

impl Walk<'_> {
    /// An object that was not there, but for what says which one it is.
    pub(super) fn new_object(&mut self, object: Side<'_>) {
        self.whole(object, Self::added);
    }

    /// An object that will not be there.
    pub(super) fn gone_object(&mut self, object: Side<'_>) {
        self.whole(object, Self::removed);
    }

    fn whole(&mut self, object: Side<'_>, each: impl Fn(&mut Self, Side<'_>)) {
        let Some(fields) = object.fields() else { return each(self, object) };
        for field in fields.iter().filter(|it| !HEADING.contains(&it.name)) {
            let inner = field.value.fields().filter(|_| field.name == "metadata");
            let Some(inner) = inner else {
                self.in_field(field, |walk| each(walk, field.value));
                continue;
            };
            for inner in inner.iter().filter(|it| !NAMES.contains(&it.name)) {
                self.in_field(field, |walk| walk.in_field(inner, |walk| each(walk, inner.value)));
            }
        }
    }

    pub(super) fn added(&mut self, side: Side<'_>) {
        let mut leaves = 0;
        self.leaves(side, &mut leaves);
        self.rest_of_leaves(leaves);
    }

    /// A new item of a list, whose path says its key.
    pub(super) fn new_item(&mut self, item: Side<'_>, key: &[&str]) {
        let mut leaves = 0;
        self.item_leaves(item, key, &mut leaves);
        self.rest_of_leaves(leaves);
    }

    pub(super) fn removed(&mut self, side: Side<'_>) {
        let what = match side.shown.as_str() {
            Some(text) if side.has_lines() => format!(" ({})", many(text.lines().count(), "line")),
            _ if side.is_leaf() => format!(": {}", leaf::short(side, self.hidden)),
            _ => String::new(),
        };
        self.line("- ", &what);
    }

    fn rest_of_leaves(&mut self, leaves: usize) {
        let more = leaves.saturating_sub(MOST_LEAVES);
        if more > 0 {
            self.line("+ ", &format!(" (and {})", many(more, "more field")));
        }
    }

    /// Each leaf below, until there are too many.
    fn leaves(&mut self, side: Side<'_>, count: &mut usize) {
        if *count >= MOST_LEAVES {
            *count += side.count();
        } else if side.is_leaf() {
            self.leaf(side, count);
        } else if let Some(fields) = side.fields() {
            for field in &fields {
                self.in_field(field, |walk| walk.leaves(field.value, count));
            }
        } else if let Some(list) = leaf::list(side, self.hidden) {
            self.new_line(&format!(": {list}"), count);
        } else if let Some(items) = side.items() {
            let matched = list::matched(self.path.last(), &[], &items);
            for pair in &matched.pairs {
                let Some(item) = pair.after else { continue };
                self.in_item(&pair.label, |walk| walk.item_leaves(item, matched.key, count));
            }
        } else {
            self.new_line(": fields whose names are not shown", count);
        }
    }

    /// An item without its key, which its path says.
    fn item_leaves(&mut self, item: Side<'_>, key: &[&str], count: &mut usize) {
        let fields = item.fields().filter(|_| !key.is_empty());
        let Some(fields) = fields else { return self.leaves(item, count) };
        let rest: Vec<&Field<'_>> = fields.iter().filter(|it| !key.contains(&it.name)).collect();
        if rest.is_empty() {
            self.new_line("", count);
        }
        for field in rest {
            self.in_field(field, |walk| walk.leaves(field.value, count));
        }
    }

    fn leaf(&mut self, side: Side<'_>, count: &mut usize) {
        let Some(text) = side.shown.as_str().filter(|it| it.trim_end().contains('\n')) else {
            let text = leaf::short(side, self.hidden);
            return self.new_line(&format!(": {text}"), count);
        };
        let text = self.hidden.within(text);
        let lines = lines::diff("", &text).unwrap_or_default();
        *count += 1;
        if *count <= MOST_LEAVES {
            self.line("+ ", ":");
            self.below(lines);
        }
    }

    fn new_line(&mut self, text: &str, count: &mut usize) {
        *count += 1;
        if *count <= MOST_LEAVES {
            self.line("+ ", text);
        }
    }
}
