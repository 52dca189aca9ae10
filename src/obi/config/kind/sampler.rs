//! Samplers of OpenTelemetry's document. OBI makes its own of those that it has as well.

use super::{Wrong, wrong};
use crate::tree::{Content, Node};

/// What those that ask their parent do with each kind of one, and nothing else.
const BY_PARENT: [(&str, &str); 4] = [
    ("local_parent_sampled", "always_on"),
    ("local_parent_not_sampled", "always_off"),
    ("remote_parent_sampled", "always_on"),
    ("remote_parent_not_sampled", "always_off"),
];

pub(super) fn sampler(value: &Node) -> Option<Wrong> {
    if is_one(value, true) {
        return None;
    }
    wrong(
        "OBI has no such sampler",
        "write one of always_on, always_off, trace_id_ratio_based with a ratio from 0 to 1, or parent_based with one of these as root",
    )
}

fn is_one(value: &Node, may_ask_parent: bool) -> bool {
    let [(key, it)] = value.entries() else { return false };
    match key.name.as_str() {
        "always_on" | "always_off" => true,
        "trace_id_ratio_based" => is_ratio(it),
        "parent_based" => may_ask_parent && asks_parent(it),
        _ => false,
    }
}

fn is_ratio(value: &Node) -> bool {
    let keys = value.entries();
    let is_in_range = |it: &Node| match &it.content {
        Content::Null => true,
        Content::Number(ratio) => ratio.as_f64().is_some_and(|it| (0.0..=1.0).contains(&it)),
        _ => false,
    };
    !value.is_null() && keys.iter().all(|(key, it)| key.name == "ratio" && is_in_range(it))
}

fn asks_parent(value: &Node) -> bool {
    let fits = |name: &str, it: &Node| {
        let usual = BY_PARENT.iter().find(|(key, _)| *key == name).map(|(_, usual)| *usual);
        let is_usual =
            |it: &Node| matches!(it.entries(), [(key, _)] if Some(key.name.as_str()) == usual);
        it.is_null() || (name == "root" && is_one(it, false)) || is_usual(it)
    };
    !value.is_null() && value.entries().iter().all(|(key, it)| fits(&key.name, it))
}
