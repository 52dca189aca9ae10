//! What a text of the cluster has to look like before it may stand in a document: HolmesGPT fills in `{{ }}` wherever it finds
//! it, and reads a key with a dot as a path. A text that does not fit leaves its service out; nothing is mended.

use std::{collections::BTreeMap, fmt::Write};

use sha2::{Digest, Sha256};

use super::super::service::Place;

/// A name of an object or of a namespace: a label of DNS.
pub(super) fn is_label(text: &str) -> bool {
    let is_inner = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    text.len() <= 63
        && !text.is_empty()
        && text.bytes().all(is_inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// `svc` or `svc.cluster.local`.
pub(super) fn is_domain(text: &str) -> bool {
    text.len() <= 200 && text.split('.').all(is_label)
}

/// Nothing, or `/select/0/prometheus`.
pub(super) fn is_prefix(text: &str) -> bool {
    text.is_empty() || (is_path(text) && !text.contains('*') && !text.ends_with('/'))
}

/// `/api/traces/*`
pub(super) fn is_path(text: &str) -> bool {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || b"._~/*-".contains(&it);
    text.len() <= 200
        && text.starts_with('/')
        && text.bytes().all(is_plain)
        && !text.contains("//")
        && !text.split('/').any(|it| it == "." || it == "..")
}

/// `2.55.1`, `v1.0.0-rc.1+x`
pub(super) fn is_version(text: &str) -> bool {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || b".+-_".contains(&it);
    (1..=64).contains(&text.len()) && text.bytes().all(is_plain)
}

/// `Argo CD`
pub(super) fn is_title(text: &str) -> bool {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || b" .-".contains(&it);
    (1..=64).contains(&text.len()) && text.bytes().all(is_plain)
}

/// A text as it may be told of, however long and whatever is in it.
pub(super) fn quoted(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    let dots = if short.len() < text.len() { "…" } else { "" };
    format!("\"{}{dots}\"", short.escape_default())
}

/// A toolset's name becomes a tool's with `_request` behind it, and no model takes names of more than 64 letters.
const LONGEST: usize = 56;

/// A name for each place: the given one, or, where others have the same (`a-b` of `c` and `a` of `b-c`) or it is too long, one that
/// ends in a digest of the place. `None` if somebody has taken that, too.
pub(super) fn unique(wanted: &[(String, &Place)]) -> Vec<Option<String>> {
    let mut names: Vec<String> = wanted.iter().map(|(name, _)| name.clone()).collect();
    for digits in [8, 16] {
        let counts = counts(&names);
        for (name, (plain, place)) in names.iter_mut().zip(wanted) {
            if name.len() > LONGEST || counts.get(name.as_str()).is_some_and(|it| *it > 1) {
                *name = digested(plain, place, digits);
            }
        }
    }
    let counts = counts(&names);
    let is_alone = |it: &String| counts.get(it.as_str()) == Some(&1);
    names.iter().map(|it| is_alone(it).then(|| it.clone())).collect()
}

fn counts(names: &[String]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for name in names {
        *counts.entry(name.clone()).or_default() += 1;
    }
    counts
}

fn digested(plain: &str, place: &Place, digits: usize) -> String {
    let digest = hex(&Sha256::digest(place.to_string()));
    let kept: String = plain.chars().take(LONGEST - digits - 1).collect();
    format!("{}-{}", kept.trim_end_matches('-'), digest.get(..digits).unwrap_or_default())
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, it| {
        let written = write!(text, "{it:02x}");
        debug_assert!(written.is_ok(), "writing to a String cannot fail");
        text
    })
}
