//! Texts in which a `*` stands for anything.

use std::collections::BTreeMap;

use serde::Deserialize;

/// `grafana`, `*-grafana`, `mcp-*-headless`; `*` alone is anything.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub(in crate::toolsets::discovery) struct Pattern {
    /// What it begins with, up to the first `*`.
    start: String,
    /// What stands behind each `*`.
    rest: Vec<String>,
}

/// Labels that must all be there: `{app: jaeger, app.kubernetes.io/component: "*"}`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "BTreeMap<String, Pattern>")]
pub(in crate::toolsets::discovery) struct Labels(BTreeMap<String, Pattern>);

impl Pattern {
    pub(super) fn matches(&self, text: &str) -> bool {
        let Some((end, middle)) = self.rest.split_last() else { return text == self.start };
        let inside =
            text.strip_prefix(self.start.as_str()).and_then(|it| it.strip_suffix(end.as_str()));
        middle.iter().fold(inside, |text, part| behind(text, part)).is_some()
    }

    /// Whether it says something, and not that anything will do.
    pub(super) fn is_telling(&self) -> bool {
        !self.start.is_empty() || self.rest.iter().any(|it| !it.is_empty())
    }

    /// The text that it stands for, if it is only one.
    fn exact(&self) -> Option<&str> {
        self.rest.is_empty().then_some(self.start.as_str())
    }
}

/// Whether only one product's Services have such a label, whatever its value.
fn is_own(key: &str) -> bool {
    let shared = ["app.kubernetes.io", "helm.sh"];
    key.split_once('/').is_some_and(|(domain, _)| !shared.contains(&domain))
}

/// The text behind the first place where the part stands.
fn behind<'a>(text: Option<&'a str>, part: &str) -> Option<&'a str> {
    Some(text?.split_once(part)?.1)
}

pub(super) fn any(patterns: &[Pattern], text: &str) -> bool {
    patterns.iter().any(|it| it.matches(text))
}

impl Labels {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn match_all(&self, labels: &BTreeMap<String, String>) -> bool {
        self.missing(labels).next().is_none()
    }

    /// The one key that keeps them from matching, where others speak for it. That it is some server or gateway does not.
    pub(super) fn nearly(&self, labels: &BTreeMap<String, String>) -> Option<&str> {
        let mut missing = self.missing(labels);
        let key = missing.next().filter(|_| missing.next().is_none())?;
        let mut others = self.0.iter().filter(|(it, _)| *it != key && !it.ends_with("component"));
        others.any(|(_, it)| it.is_telling()).then_some(key)
    }

    fn missing(&self, labels: &BTreeMap<String, String>) -> impl Iterator<Item = &str> {
        let misses =
            |key: &str, value: &Pattern| !labels.get(key).is_some_and(|it| value.matches(it));
        self.0.iter().filter(move |(key, value)| misses(key, value)).map(|(key, _)| key.as_str())
    }

    /// `app=jaeger app.kubernetes.io/component`: a value is told only where it is the only one that matches.
    pub(super) fn told(&self) -> String {
        let told = self.0.iter().map(|(key, value)| match value.exact() {
            Some(value) => format!("{key}={value}"),
            None => key.clone(),
        });
        told.collect::<Vec<_>>().join(" ")
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_plain = |it: char| it.is_ascii_alphanumeric() || "._-*".contains(it);
        if text.is_empty() || text.len() > 100 || !text.chars().all(is_plain) {
            return Err("a pattern has 1 to 100 letters, digits and `._-*`".to_owned());
        }
        let mut parts = text.split('*').map(str::to_owned);
        let start = parts.next().unwrap_or_default();
        Ok(Self { start, rest: parts.collect() })
    }
}

impl TryFrom<BTreeMap<String, Pattern>> for Labels {
    type Error = String;

    fn try_from(labels: BTreeMap<String, Pattern>) -> Result<Self, String> {
        let is_key = |it: char| it.is_ascii_alphanumeric() || "._/-".contains(it);
        let bad = |key: &String| key.is_empty() || key.len() > 317 || !key.chars().all(is_key);
        if labels.keys().any(bad) {
            return Err("a label's key has letters, digits and `._/-`".to_owned());
        }
        let is_telling = |(key, value): (&String, &Pattern)| value.is_telling() || is_own(key);
        if !labels.iter().any(is_telling) {
            return Err("a set needs a label that says something".to_owned());
        }
        Ok(Self(labels))
    }
}
