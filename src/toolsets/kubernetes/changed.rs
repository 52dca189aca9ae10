//! What an answer says of objects that were changed: which they are now, what is different, and what to look at next.

use serde_json::Value;

use super::{address::Address, field::text};
use crate::output::{Document, Keep};

/// One object, and what became of it.
#[derive(Debug)]
pub(super) struct Changed {
    /// `deployment.apps/web in namespace shop configured (uid …, resourceVersion …)`
    headline: String,
    /// What is different, redacted.
    diff: Vec<String>,
    warnings: Vec<String>,
}

impl Changed {
    /// `done` is what happened, as kubectl says it: `created`, `configured`, `scaled`. `now` is the object as it is after that.
    pub(super) fn new(address: &Address, done: &str, now: &Value) -> Self {
        let (uid, version) = (text(now, "/metadata/uid"), text(now, "/metadata/resourceVersion"));
        let identity = match (uid, version) {
            ("", _) => String::new(),
            (uid, "") => format!(" (uid {uid})"),
            (uid, version) => format!(" (uid {uid}, resourceVersion {version})"),
        };
        let headline = format!("{address} {done}{identity}");
        Self { headline, diff: Vec::new(), warnings: Vec::new() }
    }

    #[must_use]
    pub(super) fn diff(self, diff: Vec<String>) -> Self {
        Self { diff, ..self }
    }

    #[must_use]
    pub(super) fn warnings(self, warnings: Vec<String>) -> Self {
        Self { warnings, ..self }
    }
}

/// `next` is the call that shows how it goes on; empty when there is nothing to wait for.
pub(super) fn document(changes: Vec<Changed>, next: &str) -> Document {
    let mut document = Document::new();
    for Changed { headline, diff, warnings } in changes {
        document = document.lines(vec![headline]);
        if !diff.is_empty() {
            document = document.untrusted("what has changed", diff.join("\n"), Keep::Head);
        }
        for warning in warnings {
            document = document.note(format!("warning of the API server: {warning}"));
        }
    }
    if next.is_empty() { document } else { document.note(format!("next: {next}")) }
}
