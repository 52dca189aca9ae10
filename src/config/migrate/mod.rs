//! From the configuration of obi-mcp to this one: `tacklebox migrate OLD > tacklebox.yml`.
//!
//! obi-mcp had two forms: a flat one, which was the local toolset's settings beside OBI's own, and one with `toolsets:` that is
//! nearly ours. Both hold keys under `obi` that OBI does not have, and silently ignores.

mod notes;
mod obi;
mod old;
mod tidy;

use std::path::Path;

use serde_json::{Map, Value};

use self::notes::Notes;
use super::{
    parse::{parse, tree},
    problem::{Problem, Problems},
};
use crate::tree::{Node, Place};

/// A new file, and what became of every key that is not where it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    /// The new file; [`parse`] accepts it.
    pub yaml: String,
    /// One sentence for every key that was moved, renamed, replaced or left out.
    pub notes: Vec<String>,
}

/// Turns an obi-mcp configuration of either form into one of ours. A file of ours comes back as it is, without its comments.
pub fn migrate(text: &str) -> Result<Migrated, Problems> {
    let problem = |it| Problems::one("the old file", it);
    let tree = tree(text).map_err(problem)?;
    let old = match tree.to_json() {
        Value::Object(old) => old,
        Value::Null => Map::new(),
        _ => return Err(problem(Problem::general("is not a section of keys and values"))),
    };
    let mut notes = Notes::default();
    let new = renew(old, is_flat(&tree), &mut notes);
    let yaml = serde_saphyr::to_string(&new)
        .map_err(|error| problem(Problem::general(format!("cannot be written: {error}"))))?;
    parse(&yaml, "the new file").map_err(Problems::without_places)?;
    Ok(Migrated { yaml, notes: notes.into() })
}

/// Whether a file is of the old form: it has no toolsets, and keys that only obi-mcp had.
fn is_flat(tree: &Node) -> bool {
    tree.get("toolsets").is_none() && trace(tree).is_some()
}

fn trace(tree: &Node) -> Option<Place> {
    old::trace(tree).or_else(|| obi::trace(tree))
}

fn renew(old: Map<String, Value>, flat: bool, notes: &mut Notes) -> Value {
    let mut new = if flat { old::nested(old, notes) } else { old };
    if let Some(Value::Object(settings)) = new.get_mut("obi") {
        obi::translate(settings, notes);
    }
    let mut new = Value::Object(new);
    tidy::tidy(&mut new, notes);
    new
}

/// Why a file of obi-mcp is not read as it is, and the command that makes it one of ours.
pub(super) fn refusal(tree: &Node, name: &str) -> Option<Problem> {
    let message = format!("this is a configuration of obi-mcp; run: {}", command(name));
    trace(tree).map(|place| Problem::at(place, message))
}

/// A file in a place that is searched is replaced there. Not by writing to it: the shell would empty it before it is read.
fn command(name: &str) -> String {
    let old = quoted(name);
    let name = Path::new(name);
    if name.ends_with("tacklebox.yml") || name.ends_with("tacklebox/config.yml") {
        return format!("tacklebox migrate {old} > {old}.new && mv {old}.new {old}");
    }
    format!("tacklebox migrate {old} > tacklebox.yml")
}

/// For the shell.
fn quoted(name: &str) -> String {
    let plain = |it: char| it.is_alphanumeric() || "/._-~".contains(it);
    if name.chars().all(plain) {
        name.to_owned()
    } else {
        format!("'{}'", name.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests;
