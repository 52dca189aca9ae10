//! Changes of few letters that delete things, keep them for ever, or leave them to nobody.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::toolsets::kubernetes::field::{last_applied, text};

#[derive(Debug, Default)]
pub(super) struct Delicate {
    lines: Vec<String>,
    may_delete: bool,
}

impl Delicate {
    pub(super) fn of(before: &Value, after: &Value) -> Self {
        let mut delicate = Self::default();
        delicate.finalizers(before, after);
        delicate.owners(before, after);
        if last_applied(before) != last_applied(after) {
            delicate.say("kubectl's record of what was applied changes: the next kubectl apply computes what to remove from it");
        }
        delicate
    }

    /// Of an object that is made: what is held from its beginning on needs no word, but an owner that is not there does.
    pub(super) fn of_new(object: &Value) -> Self {
        let mut delicate = Self::default();
        delicate.owners(&Value::Null, object);
        delicate
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        self.lines.clone().into_iter()
    }

    /// Whether something may be gone after that: then it counts as a deletion.
    pub(super) fn may_delete(&self) -> bool {
        self.may_delete
    }

    fn finalizers(&mut self, before: &Value, after: &Value) {
        let (old, new) = (finalizers(before), finalizers(after));
        for gone in old.difference(&new) {
            self.may_delete = true;
            self.say(&format!(
                "finalizer {gone} is removed: what it is there for may be left behind for ever"
            ));
        }
        if before.pointer("/metadata/deletionTimestamp").is_some() && old != new && new.is_empty() {
            self.say("it is being deleted, and gone with its last finalizer");
        }
        for come in new.difference(&old) {
            self.say(&format!(
                "finalizer {come} is added: nothing deletes the object until somebody removes it"
            ));
        }
    }

    fn owners(&mut self, before: &Value, after: &Value) {
        let (old, new) = (owners(before), owners(after));
        for gone in old.difference(&new) {
            self.may_delete = true;
            self.say(&format!(
                "{gone} owns it no longer: it is not deleted with that, and may be replaced"
            ));
        }
        for come in new.difference(&old) {
            self.may_delete = true;
            self.say(&format!(
                "{come} owns it: it is deleted with that, and at once if there is no such owner"
            ));
        }
    }

    fn say(&mut self, text: &str) {
        self.lines.push(format!("CAREFUL: {text}"));
    }
}

fn finalizers(object: &Value) -> BTreeSet<String> {
    let list = object.pointer("/metadata/finalizers").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// `replicaset/web (uid …)`, with all that is said of it.
fn owners(object: &Value) -> BTreeSet<String> {
    let list = object.pointer("/metadata/ownerReferences").and_then(Value::as_array);
    let name = |it: &Value| {
        let kind = text(it, "/kind").to_ascii_lowercase();
        let is_controller = it.get("controller") == Some(&Value::Bool(true));
        let controller = if is_controller { ", its controller" } else { "" };
        format!("{kind}/{} (uid {}{controller})", text(it, "/name"), text(it, "/uid"))
    };
    list.into_iter().flatten().map(name).collect()
}
