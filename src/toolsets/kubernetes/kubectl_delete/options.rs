//! How objects are deleted.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::toolsets::kubernetes::{field::text, selection::Seen, write::Write};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Propagation {
    Background,
    Foreground,
    Orphan,
}

pub(super) struct Options {
    pub(super) propagation: Option<Propagation>,
    pub(super) grace_period: Option<i64>,
}

impl Options {
    /// Deletes the very object that was seen, and no other that has its name by now.
    pub(super) fn delete(&self, seen: &Seen, version: &str) -> Write {
        let mut options = json!({
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": self.policy(),
            "preconditions": { "uid": text(&seen.object, "/metadata/uid"), "resourceVersion": version },
        });
        if let (Some(seconds), Value::Object(options)) = (self.grace_period, &mut options) {
            options.insert("gracePeriodSeconds".to_owned(), seconds.into());
        }
        Write::delete(&seen.address.path(), &options)
    }

    fn policy(&self) -> &'static str {
        match self.propagation.unwrap_or(Propagation::Background) {
            Propagation::Background => "Background",
            Propagation::Foreground => "Foreground",
            Propagation::Orphan => "Orphan",
        }
    }

    /// What somebody should know who chose them.
    pub(super) fn warnings(&self) -> Vec<&'static str> {
        let orphan = (self.propagation == Some(Propagation::Orphan))
            .then_some("propagation orphan: what they own stays, and nothing manages it any more");
        let forced = (self.grace_period == Some(0)).then_some(
            "grace_period 0: pods are taken out of the API at once, while their containers may still run; a StatefulSet may then run one twice",
        );
        orphan.into_iter().chain(forced).collect()
    }
}
