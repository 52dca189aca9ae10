//! Labels and annotations that are to be there, and those that are not.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    output::manifest::LAST_APPLIED,
    toolsets::kubernetes::{few::briefly, problems::Problems},
};

/// In characters, of the part of a key that is not its prefix, and of a label's value.
const LONGEST: usize = 63;
const LONGEST_PREFIX: usize = 253;
/// In bytes, of all annotations of an object.
const MOST_BYTES: usize = 256 * 1024;

/// By key; what has no value is to go.
type Wanted = BTreeMap<String, Option<String>>;

#[derive(Debug, Default)]
pub(super) struct Marks {
    pub(super) labels: Wanted,
    pub(super) annotations: Wanted,
}

impl Marks {
    pub(super) fn read(
        labels: Option<&Map<String, Value>>,
        annotations: Option<&Map<String, Value>>,
        problems: &mut Problems,
    ) -> Self {
        let marks = Self {
            labels: read("labels", labels, label_value, problems),
            annotations: read("annotations", annotations, |_| Ok(()), problems),
        };
        let given = [labels, annotations].into_iter().flatten().any(|it| !it.is_empty());
        problems.unless(given, "give `labels` or `annotations`: {name: value}, null to remove");
        problems.unless(
            !marks.annotations.contains_key(LAST_APPLIED),
            "`annotations`: last-applied-configuration is kubectl's own record of what it applied",
        );
        let bytes: usize = marks
            .annotations
            .iter()
            .map(|(key, it)| key.len() + it.as_ref().map_or(0, String::len))
            .sum();
        problems.unless(bytes <= MOST_BYTES, "`annotations`: 256 KiB are the most of an object");
        marks
    }

    pub(super) fn are_on(&self, object: &Value) -> bool {
        let is_on = |field: &str, wanted: &Wanted| {
            wanted.iter().all(|(key, value)| now(object, field, key) == value.as_deref())
        };
        is_on("labels", &self.labels) && is_on("annotations", &self.annotations)
    }

    /// A merge patch for an object in this version.
    pub(super) fn patch(&self, version: &str) -> Value {
        json!({ "metadata": {
            "resourceVersion": version,
            "labels": self.labels,
            "annotations": self.annotations,
        } })
    }
}

/// The value under a key of `labels` or `annotations`.
pub(super) fn now<'a>(object: &'a Value, field: &str, key: &str) -> Option<&'a str> {
    object.get("metadata")?.get(field)?.get(key)?.as_str()
}

fn read(
    argument: &str,
    given: Option<&Map<String, Value>>,
    check: fn(&str) -> Result<(), String>,
    problems: &mut Problems,
) -> Wanted {
    let mut wanted = Wanted::new();
    for (key, value) in given.into_iter().flatten() {
        let told = |problem: String| format!("`{argument}.{}`: {problem}", briefly(key));
        problems.keep(check_key(key).map_err(told));
        let value = match value {
            Value::Null => Ok(None),
            Value::String(value) => check(value).map(|()| Some(value.clone())),
            other => Err(format!("{} is no text: write it in quotes", briefly(&other.to_string()))),
        };
        if let Some(value) = problems.keep(value.map_err(told)) {
            wanted.insert(key.clone(), value);
        }
    }
    wanted
}

/// `team`, `app.kubernetes.io/name`
pub(in super::super) fn check_key(key: &str) -> Result<(), String> {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    if prefix.is_some_and(|it| !is_domain(it)) {
        return Err("what stands before the `/` is a DNS name in lower case, such as example.com"
            .to_owned());
    }
    if !is_word(name) {
        return Err(format!(
            "a key is letters, digits and, between them, `-`, `_`, `.`, {LONGEST} at most, and perhaps a DNS name and a `/` before them"
        ));
    }
    Ok(())
}

pub(in super::super) fn label_value(value: &str) -> Result<(), String> {
    if value.is_empty() || is_word(value) {
        return Ok(());
    }
    Err(format!(
        "{:?} is no value of a label: letters, digits and, between them, `-`, `_`, `.`, {LONGEST} at most; an annotation takes any text",
        briefly(value)
    ))
}

fn is_word(text: &str) -> bool {
    let is_end = |it: Option<char>| it.is_some_and(|it| it.is_ascii_alphanumeric());
    let is_part = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.');
    text.len() <= LONGEST
        && is_end(text.chars().next())
        && is_end(text.chars().last())
        && text.chars().all(is_part)
}

fn is_domain(text: &str) -> bool {
    let is_plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
    let is_label = |it: &str| {
        !it.is_empty() && !it.starts_with('-') && !it.ends_with('-') && it.chars().all(is_plain)
    };
    text.len() <= LONGEST_PREFIX && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_are_those_that_the_api_server_takes() {
        let long = "a".repeat(63);
        for key in
            ["team", "app.kubernetes.io/name", "a_b.c-D", "1", &long, &format!("x.io/{long}")]
        {
            assert!(check_key(key).is_ok(), "{key}");
        }
        let longer = "a".repeat(64);
        for key in [
            "",
            "a b",
            "-a",
            "a-",
            "/a",
            "a/",
            "a/b/c",
            "Example.com/a",
            "a..b/c",
            "größe",
            "../x",
            "--server=x",
            &longer,
        ] {
            assert!(check_key(key).is_err(), "{key}");
        }
        for value in ["", "shop", "1.2", "A_b"] {
            assert!(label_value(value).is_ok(), "{value}");
        }
        for value in ["a b", "-", "x/y", "a=", "ö", &longer] {
            assert!(label_value(value).is_err(), "{value}");
        }
    }
}
