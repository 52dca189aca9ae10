//! Words that OBI keeps lists of.

use super::{Keys, Release, Wrong, advice, each, scalar, shown};
use crate::tree::Node;

/// Since then OBI refuses features that it does not know.
const STRICT_SINCE: Release = Release::new(0, 11, 0);

pub(super) fn features(value: &Node, release: Release) -> Option<Wrong> {
    let keys = Keys::v1();
    each(value, |it| {
        let text = scalar(it).unwrap_or_default();
        if keys.once.get(&text).is_some_and(|until| release < *until) {
            return None;
        }
        let wrong = known(it, "feature", &keys.features)?;
        let is_strict = release >= STRICT_SINCE;
        Some(if is_strict { wrong } else { wrong.but("OBI ignores it without a word") })
    })
}

/// The one list in which OBI takes any word.
pub(super) fn instrumentations(value: &Node) -> Option<Wrong> {
    each(value, |it| {
        let wrong = known(it, "instrumentation", &Keys::v1().instrumentations)?;
        Some(wrong.but("OBI ignores it without a word"))
    })
}

pub(super) fn exports(value: &Node) -> Option<Wrong> {
    each(value, |it| known(it, "signal", &["traces", "metrics", "logs"]))
}

fn known<S: AsRef<str>>(value: &Node, what: &str, known: &[S]) -> Option<Wrong> {
    let text = scalar(value).unwrap_or_default();
    if known.iter().any(|it| it.as_ref() == text) {
        return None;
    }
    let names: Vec<&str> = known.iter().map(AsRef::as_ref).collect();
    Some(Wrong::new(format!("{} is no {what} that is known", shown(value)), advice(&text, &names)))
}
