//! What is waited for, as it is written after `kubectl wait --for=`.

use std::fmt;

use crate::{
    tool::ToolError,
    toolsets::kubernetes::{discovery::Resource, mistake::Mistake, path::Path},
};

#[derive(Debug, Clone, PartialEq)]
pub(in crate::toolsets::kubernetes) enum Goal {
    Condition { kind: String, status: String },
    Create,
    Delete,
    Rollout,
    Value { path: Path, text: String, value: Option<String> },
}

impl Goal {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let text =
            text.strip_prefix("--for=").or_else(|| text.strip_prefix("for=")).unwrap_or(text);
        let (word, rest) = text.split_once('=').unwrap_or((text, ""));
        match (word.trim().to_ascii_lowercase().as_str(), rest) {
            ("create" | "created", "") => Ok(Self::Create),
            ("delete" | "deleted" | "deletion", "") => Ok(Self::Delete),
            ("rollout", "") => Ok(Self::Rollout),
            ("condition", rest) if !rest.is_empty() => Ok(Self::condition(rest)),
            ("jsonpath", rest) if !rest.is_empty() => Self::value(rest),
            _ => Err(format!(
                "`for`: {text:?} is none of rollout, create, delete, condition=TYPE, jsonpath={{.path}}=VALUE"
            )),
        }
    }

    fn condition(text: &str) -> Self {
        let (kind, status) = text.split_once('=').unwrap_or((text, "True"));
        Self::Condition { kind: kind.trim().to_owned(), status: status.trim().to_owned() }
    }

    fn value(text: &str) -> Result<Self, String> {
        let text = text.trim_matches('\'');
        let slip = |it: Mistake| it.told("for", text);
        let (path, value) = divided(text).map_err(slip)?;
        let parsed = Path::parse(path).map_err(slip)?;
        let value = value.map(|it| it.trim_matches(['"', '\'']).to_owned());
        Ok(Self::Value { path: parsed, text: path.to_owned(), value })
    }

    /// What people wait for with such a kind.
    pub(super) fn usual(resource: &Resource) -> Result<Self, ToolError> {
        let condition = |kind: &str| Ok(Self::condition(kind));
        match (resource.group.as_str(), resource.plural.as_str()) {
            ("apps", "deployments" | "statefulsets" | "daemonsets") => Ok(Self::Rollout),
            ("batch", "jobs") => condition("Complete"),
            ("", "pods" | "nodes") => condition("Ready"),
            ("apiextensions.k8s.io", "customresourcedefinitions") => condition("Established"),
            _ => Err(ToolError::invalid(format!(
                "`for` is missing: what to wait for with {}",
                resource.full_name()
            ))),
        }
    }

    pub(in crate::toolsets::kubernetes) fn suits(
        &self,
        resource: &Resource,
    ) -> Result<(), ToolError> {
        let rolls = resource.group == "apps"
            && matches!(resource.plural.as_str(), "deployments" | "statefulsets" | "daemonsets");
        if *self != Self::Rollout || rolls {
            return Ok(());
        }
        Err(ToolError::invalid(format!(
            "`for`: deployments, statefulsets and daemonsets are rolled out, and {} are not",
            resource.full_name()
        )))
    }
}

/// The path, and the value that is wanted there: behind the braces, or without braces behind the last `=`.
fn divided(text: &str) -> Result<(&str, Option<&str>), Mistake> {
    if !text.starts_with('{') {
        let parts = text.rsplit_once('=').filter(|it| !it.1.contains(']'));
        return Ok(parts.map_or((text, None), |(path, value)| (path, Some(value))));
    }
    let end = text.rfind('}').map_or(text.len(), |it| it + 1);
    let (path, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let rest = rest.trim_start_matches('\'');
    let value = rest.strip_prefix('=');
    if value.is_none() && !rest.is_empty() {
        return Err(Mistake::new(end, "`=` is expected"));
    }
    Ok((path, value))
}

impl fmt::Display for Goal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Condition { kind, status } => write!(out, "{kind}={status}"),
            Self::Create => out.write_str("created"),
            Self::Delete => out.write_str("deleted"),
            Self::Rollout => out.write_str("rolled out"),
            Self::Value { text, value: Some(value), .. } => write!(out, "{text}={value}"),
            Self::Value { text, value: None, .. } => write!(out, "{text} set"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> String {
        Goal::parse(text).map_or_else(|problem| problem, |it| format!("{it:#}"))
    }

    #[test]
    fn goals_are_read_as_kubectl_reads_them() {
        let cases = [
            ("delete", "deleted"),
            ("create", "created"),
            ("rollout", "rolled out"),
            ("condition=Available", "Available=True"),
            ("condition=Ready=false", "Ready=false"),
            ("--for=condition=Ready", "Ready=True"),
            ("jsonpath={.status.phase}=Running", "{.status.phase}=Running"),
            ("jsonpath='{.status.phase}'=Running", "{.status.phase}=Running"),
            ("jsonpath=.status.phase=Running", ".status.phase=Running"),
            ("jsonpath={.status.loadBalancer.ingress}", "{.status.loadBalancer.ingress} set"),
            (
                r#"jsonpath={.status.conditions[?(@.type=="Ready")].status}=True"#,
                r#"{.status.conditions[?(@.type=="Ready")].status}=True"#,
            ),
            (
                r#"jsonpath=.status.conditions[?(@.type=="Ready")]"#,
                r#".status.conditions[?(@.type=="Ready")] set"#,
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn a_slip_is_told() {
        assert_eq!(
            read("ready"),
            r#"`for`: "ready" is none of rollout, create, delete, condition=TYPE, jsonpath={.path}=VALUE"#
        );
        assert!(read("condition=").contains("is none of"));
        assert_eq!(read("jsonpath={.a}x"), "`for`: `=` is expected at character 5: {.a}»x");
        assert!(read("jsonpath={.a[}=1").starts_with("`for`: "), "{}", read("jsonpath={.a[}=1"));
    }

    proptest! {
        #[test]
        fn any_text_is_a_goal_or_a_mistake(text in "(condition=|jsonpath=|jsonpath=\\{)?\\PC{0,24}") {
            if let Err(problem) = Goal::parse(&text) {
                prop_assert!(problem.starts_with("`for`: "), "{}", problem);
            }
        }
    }
}
