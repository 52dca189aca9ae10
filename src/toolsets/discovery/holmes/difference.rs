//! What became different from one document to the next, for people.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Document, Listed,
    overrides::{addresses, is_same},
};

/// In a sentence each, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::toolsets::discovery) struct Changes {
    pub(in crate::toolsets::discovery) added: Vec<String>,
    pub(in crate::toolsets::discovery) removed: Vec<String>,
    pub(in crate::toolsets::discovery) changed: Vec<String>,
    /// Whether a toolset that stays has another configuration: HolmesGPT reads that only when it is told to reload.
    pub(in crate::toolsets::discovery) needs_reload: bool,
}

impl Changes {
    #[cfg(test)]
    pub(in crate::toolsets::discovery) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }

    /// All of them: what is new, what has changed, what is gone.
    pub(in crate::toolsets::discovery) fn sentences(&self) -> impl Iterator<Item = &str> {
        self.added.iter().chain(&self.changed).chain(&self.removed).map(String::as_str)
    }
}

pub(in crate::toolsets::discovery) fn difference(old: &Document, new: &Document) -> Changes {
    let mut changes = Changes::default();
    let told = services(old, new, &mut changes);
    entries(old, new, &told, &mut changes);
    changes
}

/// The endpoints of all services of which something is told.
fn services<'a>(old: &'a Document, new: &'a Document, changes: &mut Changes) -> Vec<&'a str> {
    let (before, after) = (by_name(old), by_name(new));
    let mut told: Vec<&str> = Vec::new();
    for (name, now) in &after {
        let Some(then) = before.get(name) else {
            changes.added.push(format!("{} was added: {}", now.who(), now.endpoint));
            told.push(&now.endpoint);
            continue;
        };
        if let Some(change) = changed(then, now) {
            changes.changed.push(change);
            told.extend([then.endpoint.as_str(), now.endpoint.as_str()]);
        }
    }
    for (_, then) in before.iter().filter(|(name, _)| !after.contains_key(*name)) {
        changes.removed.push(format!("{} was removed", then.who()));
        told.push(&then.endpoint);
    }
    told
}

fn changed(then: &Listed, now: &Listed) -> Option<String> {
    if then.endpoint != now.endpoint {
        let (who, from, to) = (now.who(), &then.endpoint, &now.endpoint);
        return Some(format!("{who} moved from {from} to {to}"));
    }
    let what = |it: &Listed, name: &str| it.metadata.get(name).cloned();
    let fields = ["health", "version", "toolset", "confidence"];
    let field = fields.iter().find(|it| what(then, it) != what(now, it))?;
    let shown = |it: &Listed| what(it, field).unwrap_or_else(|| "none".to_owned());
    Some(format!("{}: {field} {} became {}", now.who(), shown(then), shown(now)))
}

/// Toolsets, where the services that they lead to do not say it already.
fn entries(old: &Document, new: &Document, told: &[&str], changes: &mut Changes) {
    let (before, after) = (all(old), all(new));
    let leads = |it: &Value| {
        let addresses = addresses(it);
        told.iter().any(|endpoint| addresses.iter().any(|it| is_same(it, endpoint)))
    };
    for (name, now) in &after {
        let then = before.get(name);
        changes.needs_reload |= then.is_some_and(|it| it.get("config") != now.get("config"));
        if then == Some(now) || leads(now) || then.is_some_and(|it| leads(it)) {
            continue;
        }
        match then {
            None => changes.added.push(format!("toolset {name} was added")),
            Some(_) => changes.changed.push(format!("toolset {name} was changed")),
        }
    }
    let gone = before.iter().filter(|(name, it)| !after.contains_key(*name) && !leads(it));
    changes.removed.extend(gone.map(|(name, _)| format!("toolset {name} was removed")));
}

fn by_name(document: &Document) -> BTreeMap<&String, &Listed> {
    document.tools.iter().map(|it| (&it.name, it)).collect()
}

fn all(document: &Document) -> BTreeMap<&String, &Value> {
    document.toolsets.iter().chain(&document.servers).collect()
}
