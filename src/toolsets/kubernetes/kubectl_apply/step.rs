//! What a trial has shown of one object.

use serde_json::Value;

use super::{conflict::Taken, intent::Intent};
use crate::{
    tool::{Affected, Effect},
    toolsets::kubernetes::{delicate::Delicate, field::text},
};

pub(super) struct Step {
    pub(super) intent: Intent,
    pub(super) attempt: Attempt,
}

pub(super) enum Attempt {
    Create {
        delicate: Delicate,
        warnings: Vec<String>,
    },
    Update(Box<Update>),
    /// It is as it is wanted, to the last field and its manager.
    Unchanged {
        now: Value,
        warnings: Vec<String>,
    },
    /// It cannot be tried before that is there.
    Awaits(String),
}

pub(super) struct Update {
    pub(super) before: Value,
    /// What would be different, redacted.
    pub(super) diff: Vec<String>,
    /// What other managers lose by it.
    pub(super) taken: Vec<Taken>,
    /// What goes since the manifest does not say it any more.
    pub(super) abandoned: Vec<String>,
    /// What may delete it, or keep it for ever.
    pub(super) delicate: Delicate,
    pub(super) notes: Vec<String>,
    pub(super) warnings: Vec<String>,
}

impl Step {
    /// None if nothing would be written.
    pub(super) fn affected(&self) -> Option<Affected> {
        let address = &self.intent.address;
        match &self.attempt {
            Attempt::Create { delicate, .. } => {
                Some(address.affected(effect(delicate, Effect::Create), None))
            }
            Attempt::Awaits(_) => {
                let delicate = Delicate::of_new(&self.intent.body);
                Some(address.affected(effect(&delicate, Effect::Create), None))
            }
            Attempt::Update(update) => {
                let effect = effect(&update.delicate, Effect::Apply);
                Some(address.affected(effect, Some(&update.before)))
            }
            Attempt::Unchanged { .. } => None,
        }
    }

    /// As kubectl says it.
    pub(super) fn done(&self) -> &'static str {
        match &self.attempt {
            Attempt::Create { .. } | Attempt::Awaits(_) => "created",
            Attempt::Update(update) if update.diff.is_empty() => "unchanged",
            Attempt::Update(_) => "configured",
            Attempt::Unchanged { .. } => "unchanged",
        }
    }

    /// All that is to be said of it beside the diff, the words of the API server last.
    pub(super) fn notes(&self) -> (Vec<String>, &[String]) {
        let mut notes = self.intent.notes.clone();
        let warnings: &[String] = match &self.attempt {
            Attempt::Awaits(_) => {
                notes.extend(Delicate::of_new(&self.intent.body).lines());
                &[]
            }
            Attempt::Create { delicate, warnings } => {
                notes.extend(delicate.lines());
                warnings
            }
            Attempt::Unchanged { warnings, .. } => warnings,
            Attempt::Update(update) => {
                notes.extend(update.delicate.lines());
                notes.extend(update.notes.iter().cloned());
                notes.extend(update.taken.iter().map(Taken::note));
                if !update.abandoned.is_empty() {
                    let lines = update.abandoned.join("; ");
                    notes.push(format!(
                        "removed, since we applied it before and the manifest does not say it any more: {lines}"
                    ));
                }
                &update.warnings
            }
        };
        (notes, warnings)
    }
}

impl Attempt {
    /// The object as it was seen; none if there was none.
    pub(super) fn before(&self) -> Option<&Value> {
        match self {
            Self::Update(update) => Some(&update.before),
            Self::Unchanged { now, .. } => Some(now),
            Self::Create { .. } | Self::Awaits(_) => None,
        }
    }
}

impl Update {
    pub(super) fn is_forced(&self) -> bool {
        !self.taken.is_empty()
    }
}

/// What may be gone after that counts as deleted, however it is written.
fn effect(delicate: &Delicate, otherwise: Effect) -> Effect {
    if delicate.may_delete() { Effect::Delete } else { otherwise }
}

/// Whether writing it would change nothing at all. When a manager last wrote is not a part of what it manages.
pub(super) fn is_same(before: &Value, after: &Value) -> bool {
    timeless(before) == timeless(after)
}

fn timeless(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
        metadata.shift_remove("resourceVersion");
        if let Some(Value::Array(managers)) = metadata.get_mut("managedFields") {
            for manager in managers.iter_mut().filter_map(Value::as_object_mut) {
                manager.shift_remove("time");
            }
            managers.sort_by_cached_key(|it| {
                format!("{} {}", text(it, "/manager"), text(it, "/operation"))
            });
        }
    }
    object
}
