//! Which item of a list is which: by its natural key, or by what comes before and after it.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::{lines::between, sides::Side};

/// What tells the items of a list apart, the likeliest first. A further field counts where it is there.
const KEYS: [&[&str]; 16] = [
    &["name"],
    &["containerPort", "protocol"],
    &["port", "protocol"],
    &["mountPath", "subPath"],
    &["devicePath"],
    &["type"],
    &["key", "operator", "value", "effect"],
    &["topologyKey", "whenUnsatisfiable"],
    &["uid"],
    &["ip"],
    &["kind", "name", "namespace"],
    &["host"],
    &["path"],
    &["secretName"],
    &["key"],
    &["id"],
];

/// Lists in which a name is not what tells items apart.
const OWN_KEYS: [(&str, &[&str]); 4] = [
    ("volumeMounts", &["mountPath", "subPath"]),
    ("conditions", &["type"]),
    ("subjects", &["kind", "name", "namespace"]),
    ("ownerReferences", &["uid"]),
];

/// With more items than these between the first and the last difference, on both sides together, lists without keys are compared place by place.
const MOST_ALIGNED: usize = 4_000;

/// The items that are the same one, or on one side only.
pub(super) struct Matched<'a> {
    pub(super) pairs: Vec<Pair<'a>>,
    /// Those on both sides come in another order.
    pub(super) is_reordered: bool,
    /// The fields that the labels are made of.
    pub(super) key: &'static [&'static str],
}

pub(super) struct Pair<'a> {
    /// What stands in brackets.
    pub(super) label: String,
    pub(super) before: Option<Side<'a>>,
    pub(super) after: Option<Side<'a>>,
}

impl Pair<'_> {
    pub(super) fn is_change(&self) -> bool {
        self.before.map(|it| it.raw) != self.after.map(|it| it.raw)
    }
}

pub(super) fn matched<'a>(name: &str, before: &[Side<'a>], after: &[Side<'a>]) -> Matched<'a> {
    let own = OWN_KEYS.iter().filter(|it| it.0 == name).map(|it| it.1);
    let mut keys = own.chain(KEYS);
    match keys.find(|it| tells_apart(it, before) && tells_apart(it, after)) {
        Some(key) => by_key(key, before, after),
        None => by_order(before, after),
    }
}

fn tells_apart(key: &[&str], items: &[Side<'_>]) -> bool {
    let mut known = HashSet::with_capacity(items.len());
    items.iter().all(|it| of(key, it.raw).is_some_and(|it| known.insert(it)))
}

/// The key of an item; its first field must be there.
fn of(key: &[&str], item: &Value) -> Option<Vec<String>> {
    let is_scalar = |it: &&Value| !it.is_object() && !it.is_array() && !it.is_null();
    item.get(key.first()?).filter(is_scalar)?;
    Some(key.iter().map(|it| item.get(it).map_or_else(String::new, text)).collect())
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn by_key<'a>(
    key: &'static [&'static str],
    before: &[Side<'a>],
    after: &[Side<'a>],
) -> Matched<'a> {
    let mut places: HashMap<Vec<String>, Side<'a>> = HashMap::with_capacity(after.len());
    for item in after {
        places.extend(of(key, item.raw).map(|it| (it, *item)));
    }
    let mut pairs = Vec::new();
    let mut kept = HashSet::new();
    for item in before {
        let Some(own) = of(key, item.raw) else { continue };
        let after = places.get(&own).copied();
        if after.is_some() {
            kept.insert(own);
        }
        pairs.push(Pair { label: label(key, item.shown), before: Some(*item), after });
    }
    let keys = |items: &[Side<'a>]| -> Vec<Vec<String>> {
        let keys = items.iter().filter_map(|it| of(key, it.raw));
        keys.filter(|it| kept.contains(it)).collect()
    };
    let is_reordered = keys(before) != keys(after);
    for item in after {
        if of(key, item.raw).is_some_and(|it| !kept.contains(&it)) {
            let label = label(key, item.shown);
            pairs.push(Pair { label, before: None, after: Some(*item) });
        }
    }
    Matched { pairs, is_reordered, key }
}

/// `web`, `8080/UDP`; of what is as it mostly is nothing is said.
fn label(key: &[&str], item: &Value) -> String {
    let parts = key.iter().filter_map(|it| item.get(it)).map(text);
    let parts: Vec<String> = parts.filter(|it| !it.is_empty() && it != "TCP").collect();
    parts.join("/")
}

fn by_order<'a>(before: &[Side<'a>], after: &[Side<'a>]) -> Matched<'a> {
    let written =
        |items: &[Side<'a>]| -> Vec<String> { items.iter().map(|it| it.raw.to_string()).collect() };
    let (old, new) = (written(before), written(after));
    let (mut one, mut other) = (old.clone(), new.clone());
    one.sort_unstable();
    other.sort_unstable();
    if one == other {
        return Matched { pairs: Vec::new(), is_reordered: old != new, key: &[] };
    }
    let pairs = if between(&old, &new) > MOST_ALIGNED {
        aligned(before, after, (0, 0))
    } else {
        let steps = capture_diff_slices(Algorithm::Myers, &old, &new);
        steps.iter().flat_map(|it| step(*it, before, after)).collect()
    };
    Matched { pairs, is_reordered: false, key: &[] }
}

fn step<'a>(step: DiffOp, before: &[Side<'a>], after: &[Side<'a>]) -> Vec<Pair<'a>> {
    let (old, new) = (step.old_range(), step.new_range());
    if matches!(step, DiffOp::Equal { .. }) {
        return Vec::new();
    }
    let places = (old.start, new.start);
    aligned(before.get(old).unwrap_or_default(), after.get(new).unwrap_or_default(), places)
}

/// Place by place; what is left over on one side comes or goes.
fn aligned<'a>(
    before: &[Side<'a>],
    after: &[Side<'a>],
    (old, new): (usize, usize),
) -> Vec<Pair<'a>> {
    let pair = |place: usize| {
        let (before, after) = (before.get(place).copied(), after.get(place).copied());
        let label = if after.is_some() { new + place } else { old + place };
        Pair { label: label.to_string(), before, after }
    };
    (0..before.len().max(after.len())).map(pair).collect()
}
