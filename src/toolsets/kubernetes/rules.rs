//! All that whoever asks may do in one namespace, as the API server lists it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::json;

use super::{cluster::Cluster, reviews::ask};
use crate::tool::ToolError;

/// What every user may ask about themselves says nothing about this one.
const EVERYBODY: [&str; 3] = [
    "selfsubjectaccessreviews.authorization.k8s.io",
    "selfsubjectreviews.authentication.k8s.io",
    "selfsubjectrulesreviews.authorization.k8s.io",
];

/// Paths that Kubernetes itself opens to everybody: discovery, versions and health.
const OPEN: [&str; 8] =
    ["api", "apis", "healthz", "livez", "openapi", "readyz", "version", ".well-known"];

/// The verbs in the order in which people think of them.
const ORDER: [&str; 8] =
    ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];

#[derive(Deserialize)]
struct Review {
    #[serde(default)]
    status: Rules,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Rules {
    #[serde(rename = "resourceRules")]
    on_resources: Vec<ResourceRule>,
    #[serde(rename = "nonResourceRules")]
    on_paths: Vec<PathRule>,
    incomplete: bool,
    evaluation_error: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ResourceRule {
    verbs: Vec<String>,
    api_groups: Vec<String>,
    resources: Vec<String>,
    resource_names: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PathRule {
    verbs: Vec<String>,
    #[serde(rename = "nonResourceURLs")]
    paths: Vec<String>,
}

impl Rules {
    pub(super) async fn of(cluster: &Cluster, namespace: &str) -> Result<Self, ToolError> {
        let spec = json!({ "namespace": namespace });
        Ok(ask::<Review>(cluster, "selfsubjectrulesreviews", &spec).await?.status)
    }

    /// Whether that verb may be used on any resource that fits, be it on a few objects by name only.
    pub(super) fn allow(&self, verb: &str, fits: impl Fn(&str, &str) -> bool) -> bool {
        self.on_resources.iter().any(|rule| {
            let mut pairs = rule.api_groups.iter().flat_map(|group| {
                rule.resources.iter().map(move |resource| (group.as_str(), resource.as_str()))
            });
            rule.verbs.iter().any(|it| it == verb || it == "*")
                && pairs.any(|(group, resource)| fits(group, resource))
        })
    }

    /// `get,list,watch: pods pods/log deployments.apps`, a line for all that have the same verbs.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut by_resource: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for rule in &self.on_resources {
            for resource in rule.targets() {
                by_resource.entry(resource).or_default().extend(rule.verbs.iter().cloned());
            }
        }
        for rule in &self.on_paths {
            for path in rule.paths.iter().filter(|it| !is_everybodys(it)) {
                let path = format!("path {path}");
                by_resource.entry(path).or_default().extend(rule.verbs.iter().cloned());
            }
        }
        by_resource.retain(|resource, _| !EVERYBODY.contains(&resource.as_str()));
        let mut by_verbs: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (resource, verbs) in by_resource {
            by_verbs.entry(joined(&verbs)).or_default().push(resource);
        }
        by_verbs.into_iter().map(|(verbs, them)| format!("{verbs}: {}", them.join(" "))).collect()
    }

    /// What this list may lack; a webhook's answers, for one, cannot be listed.
    pub(super) fn doubt(&self) -> Option<String> {
        if !self.incomplete && self.evaluation_error.is_empty() {
            return None;
        }
        let why = Some(self.evaluation_error.as_str()).filter(|it| !it.is_empty());
        let why = why.map(|it| format!(" ({it})")).unwrap_or_default();
        Some(format!(
            "the API server says that this list is not complete{why}: ask for one verb and resource"
        ))
    }
}

impl ResourceRule {
    /// `pods`, `deployments.apps`, `*.*`, `configmaps[a,b]`
    fn targets(&self) -> impl Iterator<Item = String> {
        let names = if self.resource_names.is_empty() {
            String::new()
        } else {
            format!("[{}]", self.resource_names.join(","))
        };
        self.api_groups.iter().flat_map(move |group| {
            let names = names.clone();
            self.resources.iter().map(move |resource| {
                match (group.as_str(), resource.split_once('/')) {
                    ("", _) => format!("{resource}{names}"),
                    (group, Some((kind, sub))) => format!("{kind}.{group}/{sub}{names}"),
                    (group, None) => format!("{resource}.{group}{names}"),
                }
            })
        })
    }
}

fn is_everybodys(path: &str) -> bool {
    let root = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    OPEN.contains(&root)
}

fn joined(verbs: &BTreeSet<String>) -> String {
    if verbs.contains("*") {
        return "*".to_owned();
    }
    let place = |verb: &str| ORDER.iter().position(|it| *it == verb).unwrap_or(ORDER.len());
    let mut verbs: Vec<&str> = verbs.iter().map(String::as_str).collect();
    verbs.sort_by_key(|it| (place(it), *it));
    verbs.join(",")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn what_has_the_same_verbs_is_one_line_and_what_everybody_may_is_none() {
        let rules: Rules = serde_json::from_value(json!({
            "resourceRules": [
                {"verbs": ["list", "get"], "apiGroups": [""], "resources": ["pods", "pods/log"]},
                {"verbs": ["watch", "get", "list"], "apiGroups": ["apps"], "resources": ["deployments", "deployments/scale"]},
                {"verbs": ["watch"], "apiGroups": [""], "resources": ["pods"]},
                {"verbs": ["get"], "apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["a", "b"]},
                {"verbs": ["*"], "apiGroups": ["example.test"], "resources": ["*"]},
                {"verbs": ["create"], "apiGroups": ["authorization.k8s.io"], "resources": ["selfsubjectaccessreviews"]},
            ],
            "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": ["/healthz", "/api/*", "/metrics"]}],
            "incomplete": true, "evaluationError": "webhook",
        }))
        .unwrap();
        expect![[r"
            *: *.example.test
            get: configmaps[a,b] path /metrics
            get,list: pods/log
            get,list,watch: deployments.apps deployments.apps/scale pods"]]
        .assert_eq(&rules.lines().join("\n"));
        assert!(rules.doubt().unwrap().contains("(webhook)"));
        assert!(Rules::default().doubt().is_none() && Rules::default().lines().is_empty());
    }
}
