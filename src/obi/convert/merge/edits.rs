//! What to change in a text, and where.

use serde_json::{Map, Value};

use super::{
    Merged,
    layout::{Entry, Layout},
    write,
};
use crate::tree::{Node, Step, Steps};

/// In bytes of the text as it was.
struct Edit {
    from: usize,
    to: usize,
    text: String,
}

pub(super) struct Edits<'a> {
    /// With a line feed at its end.
    text: String,
    /// What all of it is to mean.
    new: &'a Map<String, Value>,
}

impl<'a> Edits<'a> {
    pub(super) fn new(text: &str, new: &'a Map<String, Value>) -> Self {
        let is_ended = text.is_empty() || text.ends_with('\n');
        Self { text: if is_ended { text.to_owned() } else { format!("{text}\n") }, new }
    }

    /// The text with the patch in it; `None` where it cannot be put in.
    pub(super) fn made(self, tree: &Node, patch: &Map<String, Value>) -> Option<Merged> {
        let mut making = Making {
            layout: Layout::of(&self.text),
            steps: Vec::new(),
            edits: Vec::new(),
            notes: Vec::new(),
        };
        making.root(tree, patch, self.new)?;
        let Making { mut edits, notes, .. } = making;
        edits.sort_by_key(|it| it.from);
        let feed = if self.text.contains("\r\n") { "\r\n" } else { "\n" };
        let mut text = self.text.clone();
        for Edit { from, to, text: new } in edits.iter().rev() {
            text.replace_range(from..to, &new.replace('\n', feed));
        }
        Some(Merged { text, notes })
    }
}

struct Making<'a> {
    layout: Layout<'a>,
    steps: Vec<Step>,
    edits: Vec<Edit>,
    notes: Vec<String>,
}

impl Making<'_> {
    fn root(
        &mut self,
        tree: &Node,
        patch: &Map<String, Value>,
        new: &Map<String, Value>,
    ) -> Option<()> {
        let end = self.layout.text.len();
        if tree.is_null() {
            self.edit(end, end, format!("{}\n", write::block(new, 0)));
            return Some(());
        }
        if !self.layout.is_in_brackets(tree) {
            return self.section(tree, patch, new, end);
        }
        let from = self.layout.at(tree);
        let to = self.layout.bracket_end(from)?;
        self.note_comments(from, to);
        let is_empty = tree.entries().is_empty();
        let text =
            if is_empty { write::block(new, 0) } else { serde_json::to_string_pretty(new).ok()? };
        self.edit(from, to, text);
        Some(())
    }

    /// A section that is written line by line, and ends no later than there.
    fn section(
        &mut self,
        section: &Node,
        patch: &Map<String, Value>,
        new: &Map<String, Value>,
        until: usize,
    ) -> Option<()> {
        let entries = self.layout.entries(section, until)?;
        let first = entries.first()?;
        let indent = first.key - first.line;
        let last = entries.last()?.end;
        for (name, value) in patch {
            let at = section.entries().iter().position(|(key, _)| key.name == *name);
            self.steps.push(Step::Key(name.clone()));
            match at.and_then(|it| Some((section.entries().get(it)?, entries.get(it)?))) {
                None => self.add(name, new.get(name), indent, last),
                Some((_, entry)) if value.is_null() => self.remove(*entry),
                Some(((_, old), entry)) => self.change(old, *entry, value, new.get(name)?)?,
            }
            self.steps.pop();
        }
        Some(())
    }

    fn add(&mut self, name: &str, value: Option<&Value>, indent: usize, behind: usize) {
        let Some(value) = value else { return };
        let fields = Map::from_iter([(name.to_owned(), value.clone())]);
        let at = (self.layout.line_end(behind) + 1).min(self.layout.text.len());
        self.edit(at, at, format!("{}\n", write::block(&fields, indent)));
    }

    fn remove(&mut self, entry: Entry) {
        self.note_comments(entry.value, entry.end);
        let to = (self.layout.line_end(entry.end) + 1).min(self.layout.text.len());
        self.edit(entry.line, to, String::new());
    }

    fn change(&mut self, old: &Node, entry: Entry, patch: &Value, new: &Value) -> Option<()> {
        if old.to_json() == *new {
            return Some(());
        }
        let is_emptied = new.as_object().is_some_and(Map::is_empty);
        let is_section = !old.entries().is_empty() && !self.layout.is_in_brackets(old);
        match (patch, new) {
            (Value::Object(patch), Value::Object(new)) if is_section && !is_emptied => {
                self.section(old, patch, new, self.layout.line_end(entry.end))
            }
            _ => self.replace(entry, new),
        }
    }

    /// A comment behind the key or the value stays there.
    fn replace(&mut self, entry: Entry, new: &Value) -> Option<()> {
        let text = self.layout.text;
        let head = text.get(entry.value..self.layout.line_end(entry.key).min(entry.end))?;
        let value_end = self.layout.value_end(entry);
        let comment = match value_end {
            Some(end) => text.get(end..entry.end)?,
            None => head.trim_end(),
        };
        let comment = if comment.trim_start().starts_with('#') { comment } else { "" };
        if value_end.is_none() {
            self.note_comments(entry.value + head.len(), entry.end);
        }
        let is_in_brackets = head.trim_start().starts_with(['{', '[']);
        let indent = entry.key - entry.line;
        let new = match new {
            Value::Array(_) | Value::Object(_) if is_in_brackets => {
                format!(" {}", write::inline(new))
            }
            new => write::behind_key(new, indent),
        };
        let text = if new.starts_with('\n') {
            format!("{comment}{new}")
        } else {
            format!("{new}{comment}")
        };
        self.edit(entry.value, entry.end, text);
        Some(())
    }

    fn edit(&mut self, from: usize, to: usize, text: String) {
        self.edits.push(Edit { from, to, text });
    }

    fn note_comments(&mut self, from: usize, to: usize) {
        let lost = self.layout.text.get(from..to).unwrap_or_default();
        let is_comment = |it: &str| it.trim_start().starts_with('#') || it.contains(" #");
        if !lost.lines().any(is_comment) {
            return;
        }
        let path = Steps(&self.steps).to_string();
        let place = if path.is_empty() { "the text".to_owned() } else { path };
        self.notes.push(format!("the comments in {place} are gone with what they stood in"));
    }
}
