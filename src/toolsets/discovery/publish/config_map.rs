//! What is to stand in the `ConfigMap`, and what to do about what stands there. Nothing here sends anything.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::{api::core::v1::ConfigMap, apimachinery::pkg::apis::meta::v1::ObjectMeta};
use serde_json::{Value, json};

use super::{Place, Wanted, election::HIGHEST_TERM};

/// By this name the API server knows which fields are ours.
pub(super) const MANAGER: &str = "tacklebox-discovery";

/// Written by an administrator, and never by us.
pub(in crate::toolsets::discovery) const OVERRIDES: &str = "overrides.yaml";

const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
const US: &str = "tacklebox";
const HASH: &str = "tacklebox.dev/content-hash";
const TERM: &str = "tacklebox.dev/term";
const OVERRIDES_ERROR: &str = "tacklebox.dev/overrides-error";

/// The API server takes no more than 1 MiB, and somebody may want to add something.
const MOST: usize = 900_000;
const MOST_WITH_OTHERS: usize = (1 << 20) - 1024;
/// Of what is wrong with overrides, the annotation tells so many bytes.
const MOST_TOLD: usize = 1000;

/// What an administrator says in it, if anything.
pub(super) fn overrides(object: &ConfigMap) -> Option<String> {
    object.data.as_ref()?.get(OVERRIDES).cloned()
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// All of it stands there.
    True,
    /// It is not written, and this is why; what stands there stays.
    Refused(String),
    /// It cannot be written by anybody.
    Immutable,
    /// Somebody has written it in a later term than ours.
    Superseded(i32),
    Write {
        /// We have written it before, so that others who hold our fields took them from us.
        is_ours: bool,
        /// What somebody else changed of it.
        drift: Option<String>,
    },
}

pub(super) fn verdict(live: Option<&ConfigMap>, wanted: &Wanted, term: i32) -> Verdict {
    if let Some(reason) = unfit(live, wanted) {
        return Verdict::Refused(reason);
    }
    let Some(live) = live else { return Verdict::Write { is_ours: true, drift: None } };
    match written_term(live) {
        Some(later) if later > term => return Verdict::Superseded(later),
        _ => {}
    }
    if is_true(live, wanted, term) {
        return Verdict::True;
    }
    if live.immutable == Some(true) {
        return Verdict::Immutable;
    }
    Verdict::Write { is_ours: is_ours(live), drift: drift(live, wanted) }
}

/// Why it is not to be written at all.
fn unfit(live: Option<&ConfigMap>, wanted: &Wanted) -> Option<String> {
    if wanted.data.is_empty() || wanted.data.values().any(|it| it.trim().is_empty()) {
        return Some(
            "there is nothing to write, and HolmesGPT does not start with an empty document"
                .to_owned(),
        );
    }
    if wanted.data.contains_key(OVERRIDES) {
        return Some(format!("the key {OVERRIDES} is the administrator's"));
    }
    let ours: usize = wanted.data.iter().map(|(key, text)| key.len() + text.len()).sum();
    if ours > MOST {
        return Some(format!(
            "the toolset has {ours} bytes, and a ConfigMap takes {MOST} of it: let fewer services into it (namespaces, overrides)"
        ));
    }
    let others = live.map_or(0, |it| of_others(it, wanted));
    (ours + others > MOST_WITH_OTHERS).then(|| {
        format!(
            "the toolset has {ours} bytes and the other keys of the ConfigMap have {others}, more than the 1 MiB that one can have: make them smaller"
        )
    })
}

fn of_others(live: &ConfigMap, wanted: &Wanted) -> usize {
    let texts = live.data.iter().flatten().filter(|(key, _)| !wanted.data.contains_key(*key));
    let texts: usize = texts.map(|(key, text)| key.len() + text.len()).sum();
    let bytes = live.binary_data.iter().flatten();
    texts + bytes.map(|(key, value)| key.len() + value.0.len()).sum::<usize>()
}

/// Whether nothing is to be done: the data themselves are compared, and not what an annotation says of them.
fn is_true(live: &ConfigMap, wanted: &Wanted, term: i32) -> bool {
    let annotations = annotations(wanted, term);
    let expected = [HASH, TERM, OVERRIDES_ERROR];
    let are_annotated = expected
        .iter()
        .all(|key| annotation(live, key) == annotations.get(*key).map(String::as_str));
    let keys = our_keys(live);
    holds(live, wanted)
        && are_annotated
        && keys.is_none_or(|it| it.iter().all(|key| wanted.data.contains_key(key)))
}

/// Whether the document stands there, whatever the marks say.
pub(super) fn holds(live: &ConfigMap, wanted: &Wanted) -> bool {
    let data = live.data.as_ref();
    wanted.data.iter().all(|(key, text)| data.and_then(|it| it.get(key)) == Some(text))
}

/// What somebody else changed: what stands there is not what our own annotation says that we wrote.
fn drift(live: &ConfigMap, wanted: &Wanted) -> Option<String> {
    if annotation(live, HASH) != Some(&wanted.hash) || holds(live, wanted) {
        return None;
    }
    let data = live.data.as_ref();
    let is_other = |key: &str, text: &String| data.and_then(|it| it.get(key)) != Some(text);
    let keys = wanted.data.iter().filter(|(key, text)| is_other(key, text));
    let keys: Vec<&str> = keys.map(|(key, _)| key.as_str()).collect();
    let by = managers(live, &keys);
    let by = if by.is_empty() { String::new() } else { format!(" by {}", by.join(", ")) };
    Some(format!("{} was changed{by}", keys.join(", ")))
}

/// Who says that those keys are theirs.
fn managers(live: &ConfigMap, keys: &[&str]) -> Vec<String> {
    let entries = live.metadata.managed_fields.iter().flatten();
    let theirs = entries.filter(|it| it.manager.as_deref() != Some(MANAGER));
    let holders = theirs.filter(|it| {
        let fields = it.fields_v1.as_ref().map(|it| &it.0);
        let data = fields.and_then(|it| it.get("f:data"));
        keys.iter().any(|key| data.is_some_and(|it| it.get(format!("f:{key}")).is_some()))
    });
    holders.filter_map(|it| it.manager.clone()).collect()
}

/// Whether we wrote it before. What was there before us is not ours, whoever's it is.
fn is_ours(live: &ConfigMap) -> bool {
    annotation(live, HASH).is_some() || our_keys(live).is_some()
}

/// The keys that we applied; `None` if we never did.
fn our_keys(live: &ConfigMap) -> Option<BTreeSet<String>> {
    let mut entries = live.metadata.managed_fields.iter().flatten();
    let ours = entries.find(|it| {
        it.manager.as_deref() == Some(MANAGER) && it.operation.as_deref() == Some("Apply")
    })?;
    let fields = ours.fields_v1.as_ref()?.0.get("f:data").and_then(Value::as_object);
    let keys = fields.into_iter().flatten().filter_map(|(key, _)| key.strip_prefix("f:"));
    Some(keys.map(str::to_owned).collect())
}

/// The term of whoever wrote it. What nobody can have reached says nothing.
fn written_term(live: &ConfigMap) -> Option<i32> {
    annotation(live, TERM)?.parse().ok().filter(|it| (0..HIGHEST_TERM).contains(it))
}

fn annotation<'a>(live: &'a ConfigMap, key: &str) -> Option<&'a str> {
    live.metadata.annotations.as_ref()?.get(key).map(String::as_str)
}

/// Without leaders, there is no term.
fn annotations(wanted: &Wanted, term: i32) -> BTreeMap<&'static str, String> {
    let mut annotations = BTreeMap::from([(HASH, wanted.hash.clone())]);
    if term > 0 {
        annotations.insert(TERM, term.to_string());
    }
    if !wanted.problems.is_empty() {
        annotations.insert(OVERRIDES_ERROR, cut(&wanted.problems.join("; "), MOST_TOLD));
    }
    annotations
}

/// What is there before anything is applied. Without the key, `HolmesGPT` sees no file in it, as before.
pub(super) fn empty(place: &Place) -> Value {
    let labels = json!({ MANAGED_BY: US });
    let metadata = json!({ "name": place.name, "namespace": place.namespace, "labels": labels });
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata })
}

/// What is applied: our keys and marks, and nothing else. Version and uid make sure that nobody wrote since `live` was read, nor made
/// it anew.
pub(super) fn manifest(place: &Place, live: &ConfigMap, wanted: &Wanted, term: i32) -> Value {
    let ObjectMeta { resource_version, uid, labels, .. } = &live.metadata;
    let owner = labels.as_ref().and_then(|it| it.get(MANAGED_BY)).map(String::as_str);
    // Whoever made it, Helm say, would not know it again under another label.
    let labels =
        if owner.is_none_or(|it| it == US) { json!({ MANAGED_BY: US }) } else { json!({}) };
    let metadata = json!({
        "name": place.name,
        "namespace": place.namespace,
        "resourceVersion": resource_version,
        "uid": uid,
        "labels": labels,
        "annotations": annotations(wanted, term),
    });
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": wanted.data })
}

/// At most so many bytes of a text.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most.saturating_sub('…'.len_utf8())).rev().find(|it| text.is_char_boundary(*it));
    format!("{}…", text.get(..end.unwrap_or_default()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_letters() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("überlang", 6), "üb…");
        assert_eq!(cut("ü", 1), "…");
    }
}
