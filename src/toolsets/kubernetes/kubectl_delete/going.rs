//! One object that is to go: what somebody should know of it before they say yes.

use serde_json::{Value, json};

use super::{inside::Inside, options::Options};
use crate::{
    tool::{Affected, Effect},
    toolsets::kubernetes::{changed::Changed, field::text, selection::Seen},
};

/// Controllers that make again what is taken from them.
const RENEW: [&str; 6] =
    ["DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet"];

pub(super) struct Going {
    pub(super) seen: Seen,
    /// What goes with it.
    pub(super) inside: Option<Inside>,
}

impl Going {
    /// What is being deleted already is left alone, unless it is to be quicker.
    pub(super) fn is_to_be_deleted(&self, options: &Options) -> bool {
        !is_ending(&self.seen.object) || options.grace_period.is_some()
    }

    pub(super) fn affected(&self) -> Affected {
        self.seen.address.affected(Effect::Delete, Some(&self.seen.object))
    }

    /// `pod/web-1 in namespace shop: Running, since 2026-11-25T14:00:00Z, owned by …`. No age: a yes is to this very text.
    pub(super) fn told(&self, others: &[Self]) -> String {
        let object = &self.seen.object;
        let since = format!("since {}", text(object, "/metadata/creationTimestamp"));
        let ending = is_ending(object).then(|| {
            format!(
                "is being deleted already, since {}",
                text(object, "/metadata/deletionTimestamp")
            )
        });
        let facts = [standing(object), Some(since), owner(object, others), ending];
        let facts: Vec<String> = facts.into_iter().flatten().collect();
        let inside = self.inside.as_ref().map(|it| format!("\n  {}", it.told()));
        format!("{}: {}{}", self.seen.address, facts.join(", "), inside.unwrap_or_default())
    }

    pub(super) fn already(&self) -> Changed {
        let since = text(&self.seen.object, "/metadata/deletionTimestamp");
        self.done(&format!("is being deleted already, since {since}")).left()
    }

    pub(super) fn done(&self, done: &str) -> Changed {
        let uid = text(&self.seen.object, "/metadata/uid");
        Changed::new(&self.seen.address, done, &json!({ "metadata": { "uid": uid } }))
    }
}

pub(super) fn is_ending(object: &Value) -> bool {
    object.pointer("/metadata/deletionTimestamp").is_some()
}

/// How it is, in a word or two, as far as its kind tells.
fn standing(object: &Value) -> Option<String> {
    if let Some(wanted) = object.pointer("/spec/replicas").and_then(Value::as_i64) {
        let ready = object.pointer("/status/readyReplicas").and_then(Value::as_i64);
        return Some(format!("{} of {wanted} ready", ready.unwrap_or_default()));
    }
    if let Some(phase) = object.pointer("/status/phase").and_then(Value::as_str) {
        return Some(phase.to_owned());
    }
    let conditions = object.pointer("/status/conditions")?.as_array()?;
    let holds = |kind: &&str| {
        conditions.iter().any(|it| text(it, "/type") == *kind && text(it, "/status") == "True")
    };
    let told = ["Complete", "Failed", "Suspended", "Ready", "Established", "Available"];
    told.into_iter().find(holds).map(str::to_owned)
}

/// Whoever made it may make another, unless it goes too.
fn owner(object: &Value, others: &[Going]) -> Option<String> {
    let owners = object.pointer("/metadata/ownerReferences")?.as_array()?;
    let is_controller = |it: &&Value| it.get("controller") == Some(&Value::Bool(true));
    let owner = owners.iter().find(is_controller).or_else(|| owners.first())?;
    let (kind, name) = (text(owner, "/kind"), text(owner, "/name"));
    let owned = format!("owned by {}/{name}", kind.to_ascii_lowercase());
    let uid = text(owner, "/uid");
    if others.iter().any(|it| text(&it.seen.object, "/metadata/uid") == uid) {
        return Some(format!("{owned}, which goes too"));
    }
    let again = if RENEW.contains(&kind) && is_controller(&owner) {
        ", which will make it again"
    } else if is_controller(&owner) {
        ", which may make it again"
    } else {
        ""
    };
    Some(format!("{owned}{again}"))
}
