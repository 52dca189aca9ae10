//! An update of a configuration, in the text that somebody wrote: what is not updated stays as it is, comments included.
//!
//! The text is edited where the keys stand that change. Then it is read again: it has to mean what it should, or it is written anew,
//! and that is said.

mod edits;
mod layout;
#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::{Map, Value};

use self::edits::Edits;
use super::write;
use crate::tree::{Content, Node, Step, Steps};

/// The new text, and what was lost of the old one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    pub text: String,
    /// One sentence for everything that is not as it was although nobody asked for it. Mostly there is none.
    pub notes: Vec<String>,
}

/// Why a text cannot be updated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotMerged(String);

impl fmt::Display for NotMerged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotMerged {}

/// Updates a text by a patch: sections are gone into, everything else is replaced, and `null` takes a key away.
pub fn merge(existing: &str, patch: &Value) -> Result<Merged, NotMerged> {
    let Value::Object(patch) = patch else {
        return Err(NotMerged("the update is no section: give keys with values".to_owned()));
    };
    let tree = read(existing)?;
    let old = fields(tree.to_json());
    let new = patched(old.clone(), patch);
    if new == old {
        return Ok(Merged { text: existing.to_owned(), notes: Vec::new() });
    }
    let edited = Edits::new(existing, &new).made(&tree, patch);
    if let Some(edited) = edited.filter(|it| means(&it.text, &new)) {
        return Ok(edited);
    }
    anew(existing, &new)
}

/// The tree of a text that can be updated.
fn read(text: &str) -> Result<Node, NotMerged> {
    let tree = Node::parse(text).map_err(|error| {
        NotMerged(format!("the text is no YAML, mend it first: {}", error.without_snippet()))
    })?;
    if !matches!(tree.content, Content::Fields(_) | Content::Null) {
        return Err(NotMerged("the text is no section: write keys with values".to_owned()));
    }
    match double(&tree) {
        Some(path) => {
            Err(NotMerged(format!("{path} is written twice: leave one of them out first")))
        }
        None => Ok(tree),
    }
}

fn double(tree: &Node) -> Option<String> {
    let mut found = None;
    tree.walk(&mut Vec::new(), &mut |steps, node| {
        let entries = node.entries();
        let is_double =
            |(at, name): &(usize, &str)| entries.iter().take(*at).any(|(key, _)| key.name == *name);
        let names = entries.iter().map(|(key, _)| key.name.as_str()).enumerate();
        if let Some((_, name)) = names.into_iter().find(is_double) {
            let mut steps = steps.to_vec();
            steps.push(Step::Key(name.to_owned()));
            found.get_or_insert_with(|| Steps(&steps).to_string());
        }
    });
    found
}

/// Nothing at all is a section without keys.
fn fields(value: Value) -> Map<String, Value> {
    if let Value::Object(fields) = value { fields } else { Map::new() }
}

fn means(text: &str, meant: &Map<String, Value>) -> bool {
    Node::parse(text).is_ok_and(|it| fields(it.to_json()) == *meant)
}

/// What the fields become.
fn patched(mut old: Map<String, Value>, patch: &Map<String, Value>) -> Map<String, Value> {
    for (name, value) in patch {
        if value.is_null() {
            old.shift_remove(name);
            continue;
        }
        let before = old.get_mut(name).map(Value::take);
        old.insert(name.clone(), replaced(before, value));
    }
    old
}

fn replaced(before: Option<Value>, value: &Value) -> Value {
    match (before, value) {
        (Some(Value::Object(old)), Value::Object(patch)) => Value::Object(patched(old, patch)),
        (_, Value::Object(patch)) => Value::Object(patched(Map::new(), patch)),
        (_, value) => value.clone(),
    }
}

fn anew(existing: &str, new: &Map<String, Value>) -> Result<Merged, NotMerged> {
    let text = format!("{}\n", write::block(new, 0));
    if !means(&text, new) {
        return Err(NotMerged("the update cannot be written as YAML".to_owned()));
    }
    let had_comments =
        existing.lines().any(|it| it.trim_start().starts_with('#') || it.contains(" #"));
    let lost = if had_comments { ", and its comments are gone" } else { "" };
    let note = format!("the text is written anew{lost}: it could not be changed where it stands");
    Ok(Merged { text, notes: vec![note] })
}
