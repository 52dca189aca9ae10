//! What an answer says of objects that were changed: which they are now, what is different, and what to look at next.

use serde_json::Value;

use super::{address::Address, field::text};
use crate::output::{Document, Keep};

/// One object, and what became of it.
#[derive(Debug)]
pub(super) struct Changed {
    /// `deployment.apps/web in namespace shop configured (uid …, resourceVersion …)`
    pub(super) headline: String,
    /// What is different, redacted.
    diff: Vec<String>,
    warnings: Vec<String>,
    /// What somebody should know of it.
    notes: Vec<String>,
    /// Whether nothing was changed by this call.
    pub(super) is_left: bool,
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
        let (diff, warnings, notes) = (Vec::new(), Vec::new(), Vec::new());
        Self { headline, diff, warnings, notes, is_left: false }
    }

    /// It is as it was, or somebody else changed it.
    #[must_use]
    pub(super) fn left(self) -> Self {
        Self { is_left: true, ..self }
    }

    #[must_use]
    pub(super) fn diff(self, diff: Vec<String>) -> Self {
        Self { diff, ..self }
    }

    #[must_use]
    pub(super) fn notes(self, notes: Vec<String>) -> Self {
        Self { notes, ..self }
    }

    #[must_use]
    pub(super) fn warnings(self, warnings: Vec<String>) -> Self {
        Self { warnings, ..self }
    }
}

/// `kubectl_get {"resource":"pods","namespace":"shop"}`, where the address is, with what else is given.
pub(super) fn call(
    tool: &str,
    resource: &str,
    address: &Address,
    others: &[(&str, Option<Value>)],
) -> String {
    let resource = ("resource", Some(resource.into()));
    let namespace = ("namespace", address.namespace.as_deref().map(Value::from));
    let all = [resource, namespace].into_iter().chain(others.iter().cloned());
    let given = all.filter_map(|(name, it)| Some((name.to_owned(), it?)));
    format!("{tool} {}", Value::Object(given.collect()))
}

/// `next` is the call that shows how it goes on; empty when there is nothing to wait for.
pub(super) fn document(changes: Vec<Changed>, next: &str) -> Document {
    let mut document = Document::new();
    for Changed { headline, diff, warnings, notes, .. } in changes {
        document = document.lines(vec![headline]);
        if !diff.is_empty() {
            document = document.untrusted("what has changed", diff.join("\n"), Keep::Head);
        }
        if !notes.is_empty() {
            document = document.lines(notes);
        }
        for warning in warnings {
            document = document.note(warned(&warning));
        }
    }
    with_next(document, next)
}

/// What the API server warns of, as it is said.
pub(super) fn warned(warning: &str) -> String {
    format!("warning of the API server: {warning}")
}

/// With the call that shows how it goes on, if there is one.
pub(super) fn with_next(document: Document, next: &str) -> Document {
    if next.is_empty() { document } else { document.note(format!("next: {next}")) }
}
