//! Patterns of the configuration: denied resources and allowed names.

use std::borrow::Cow;

use globset::{GlobBuilder, GlobMatcher};

use super::target::is_version;

/// A pattern of the configuration that means nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("bad pattern {pattern:?}: {reason}")]
pub struct BadPattern {
    pub pattern: String,
    pub reason: String,
}

/// A glob over one name.
#[derive(Debug, Clone)]
pub(crate) struct Glob {
    text: String,
    matcher: GlobMatcher,
}

impl Glob {
    pub(crate) fn new(text: &str) -> Result<Self, BadPattern> {
        let glob = GlobBuilder::new(text).literal_separator(false).build().map_err(|error| {
            BadPattern { pattern: text.to_owned(), reason: error.kind().to_string() }
        })?;
        Ok(Self { text: text.to_owned(), matcher: glob.compile_matcher() })
    }

    pub(crate) fn matches(&self, name: &str) -> bool {
        self.matcher.is_match(name)
    }

    fn is_literal(&self) -> bool {
        !self.text.contains(['*', '?', '[', '{', '\\'])
    }
}

/// Names that are allowed and not denied.
#[derive(Debug, Clone)]
pub struct Names {
    allow: Vec<Glob>,
    deny: Vec<Glob>,
}

impl Names {
    pub fn new(allow: &[String], deny: &[String]) -> Result<Self, BadPattern> {
        Ok(Self { allow: globs(allow)?, deny: globs(deny)? })
    }

    pub fn allow(&self, name: &str) -> bool {
        self.allow.iter().any(|it| it.matches(name)) && !self.deny.iter().any(|it| it.matches(name))
    }

    pub(super) fn allow_everything(&self) -> bool {
        self.deny.is_empty() && self.allow.iter().any(|it| it.text == "*")
    }

    pub(super) fn are_literal(&self) -> bool {
        self.allow.iter().all(Glob::is_literal)
    }

    /// The patterns that fit none of these.
    pub(crate) fn idle<'a>(&'a self, names: &[&str]) -> impl Iterator<Item = &'a str> {
        let idle = |it: &&Glob| !names.iter().any(|name| it.matches(name));
        self.allow.iter().chain(&self.deny).filter(idle).map(|it| it.text.as_str())
    }

    /// Those that are named in full.
    pub(crate) fn literal(&self) -> Vec<String> {
        let allowed = self.allow.iter().filter(|it| it.is_literal() && self.allow(&it.text));
        allowed.map(|it| it.text.clone()).collect()
    }
}

fn globs(patterns: &[String]) -> Result<Vec<Glob>, BadPattern> {
    patterns.iter().map(|it| Glob::new(it)).collect()
}

/// One denied resource: `kind-or-plural[.group][/subresource]`, each part a glob.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    /// As the operator wrote it.
    pub(super) text: String,
    resource: Glob,
    /// Any group when it is not said.
    group: Option<Glob>,
    /// The resource with all of its subresources when it is not said.
    subresource: Option<Glob>,
}

impl Rule {
    pub(super) fn parse(pattern: &str) -> Result<Self, BadPattern> {
        let lower = pattern.trim().to_ascii_lowercase();
        let bad =
            |reason: &str| BadPattern { pattern: pattern.to_owned(), reason: reason.to_owned() };
        let (name, subresource) = match lower.split_once('/') {
            // A rule that is read as something else than was meant would protect nothing.
            Some((name, rest)) if is_version(name) || rest.contains('/') => {
                let kind = rest.rsplit('/').next().unwrap_or_default();
                return Err(bad(&format!("write it without a version: {kind}, or {kind}.GROUP")));
            }
            Some((name, subresource)) => (name, Some(Glob::new(subresource)?)),
            None => (lower.as_str(), None),
        };
        let (resource, group) = match name.split_once('.') {
            Some((resource, "core")) => (resource, Some(Glob::new("")?)),
            Some((resource, group)) => (resource, Some(Glob::new(group)?)),
            None => (name, None),
        };
        if resource.is_empty() {
            return Err(bad("it names no resource"));
        }
        let resource = Glob::new(spelled_out(resource))?;
        Ok(Self { text: pattern.to_owned(), resource, group, subresource })
    }

    pub(super) fn matches(&self, group: &str, resource: &str, subresource: Option<&str>) -> bool {
        let mut names = std::iter::once(Cow::Borrowed(resource)).chain(singular_forms(resource));
        names.any(|it| self.resource.matches(&it))
            && self.group.as_ref().is_none_or(|it| it.matches(group))
            && self.matches_subresource(subresource)
    }

    /// Whether it is about any of the resources of a cluster, given as `(group, plural)`.
    pub(super) fn has_effect(&self, resources: &[(&str, &str)]) -> bool {
        let any = Self { subresource: None, ..self.clone() };
        resources.iter().any(|(group, plural)| any.matches(group, plural, None))
    }

    fn matches_subresource(&self, subresource: Option<&str>) -> bool {
        match (&self.subresource, subresource) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(pattern), Some(subresource)) => pattern.matches(subresource),
        }
    }
}

/// Kinds are often written where plurals are meant: `pod`, `ingress`, `networkpolicy`.
fn singular_forms(plural: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let shorter = ["s", "es"].into_iter().filter_map(|it| plural.strip_suffix(it));
    let with_y = plural.strip_suffix("ies").map(|it| Cow::Owned(format!("{it}y")));
    shorter.map(Cow::Borrowed).chain(with_y)
}

/// kubectl's short names of built-in resources; a rule that matches nothing would protect nothing.
fn spelled_out(name: &str) -> &str {
    match name {
        "cj" => "cronjobs",
        "cm" => "configmaps",
        "crd" | "crds" => "customresourcedefinitions",
        "csr" => "certificatesigningrequests",
        "deploy" => "deployments",
        "ds" => "daemonsets",
        "ep" => "endpoints",
        "ev" => "events",
        "hpa" => "horizontalpodautoscalers",
        "ing" => "ingresses",
        "limits" => "limitranges",
        "netpol" => "networkpolicies",
        "no" => "nodes",
        "ns" => "namespaces",
        "pc" => "priorityclasses",
        "pdb" => "poddisruptionbudgets",
        "po" => "pods",
        "pv" => "persistentvolumes",
        "pvc" => "persistentvolumeclaims",
        "quota" => "resourcequotas",
        "rc" => "replicationcontrollers",
        "rs" => "replicasets",
        "sa" => "serviceaccounts",
        "sc" => "storageclasses",
        "sts" => "statefulsets",
        "svc" => "services",
        other => other,
    }
}
