//! From the configuration of obi-mcp to this one: `tacklebox migrate OLD > tacklebox.yml`.
//!
//! obi-mcp had two forms: a flat one, which was the local toolset's settings beside OBI's own, and one with `toolsets:` that is
//! nearly ours. Both hold keys under `obi` that OBI does not have, and silently ignores.

mod notes;
mod obi;
mod old;
mod tidy;

use serde_json::{Map, Value};

use self::notes::Notes;
use super::{
    parse::{parse, tree},
    problem::{Problem, Problems},
    schema::schema,
    tree::Node,
};

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
    let new = renew(old, &mut notes);
    let yaml = serde_saphyr::to_string(&new)
        .map_err(|error| problem(Problem::general(format!("cannot be written: {error}"))))?;
    parse(&yaml, "the new file")?;
    Ok(Migrated { yaml, notes: notes.into() })
}

fn renew(old: Map<String, Value>, notes: &mut Notes) -> Value {
    let mut new = if old.contains_key("toolsets") { old } else { old::nested(old, notes) };
    if let Some(Value::Object(settings)) = new.get_mut("obi") {
        obi::translate(settings, notes);
    }
    let mut new = Value::Object(new);
    tidy::tidy(&mut new, &schema(), notes);
    new
}

/// Why a file of obi-mcp is not read as it is, and the command that makes it one of ours.
pub(super) fn refusal(tree: &Node, name: &str) -> Option<Problem> {
    let place = old::trace(tree).or_else(|| obi::trace(tree))?;
    let message = format!("this is a configuration of obi-mcp; run: {}", command(name));
    Some(Problem::at(place, message))
}

/// The shell empties the file that is written to before the old one is read, so they must not be the same.
fn command(name: &str) -> String {
    let old = quoted(name);
    if name.rsplit('/').next() == Some("tacklebox.yml") {
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
