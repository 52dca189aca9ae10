//! RBAC rules as one would say them.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

/// Who is given rights.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Subject<'a> {
    User(&'a str),
    Group(&'a str),
}

impl<'a> Subject<'a> {
    /// Reads `NAME` or `group:NAME`.
    pub(crate) fn parse(text: &'a str) -> Self {
        text.strip_prefix("group:").map_or(Self::User(text), Self::Group)
    }

    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "User",
            Self::Group(_) => "Group",
        }
    }

    pub(crate) fn name(self) -> &'a str {
        match self {
            Self::User(name) | Self::Group(name) => name,
        }
    }
}

/// One sentence of rights: `VERBS WHAT [NAMES]`, each separated by commas.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    verbs: Vec<String>,
    targets: Vec<Target>,
    names: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
enum Target {
    Path(String),
    Resource { group: String, resource: String, subresource: Option<String> },
}

impl Rule {
    /// Reads `get,list pods,deployments.apps/scale`, `get secrets db-password`, `get /metrics`, `* *.*`.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let mut words = text.split_whitespace();
        let list = |it: &str| it.split(',').map(str::to_owned).collect::<Vec<_>>();
        let verbs = list(words.next().context("a rule without verbs")?);
        let targets =
            words.next().with_context(|| format!("`{text}` says nothing about on what"))?;
        let names = words.next().map(list).unwrap_or_default();
        ensure!(words.next().is_none(), "`{text}` has more than verbs, resources and names");
        Ok(Self { verbs, targets: targets.split(',').map(Target::parse).collect(), names })
    }

    /// The rules of a Role, one for each target.
    pub(crate) fn policy_rules(&self) -> impl Iterator<Item = Value> {
        self.targets.iter().map(|it| match it {
            Target::Path(path) => json!({"verbs": self.verbs, "nonResourceURLs": [path]}),
            Target::Resource { group, resource, subresource } => {
                let resource = match subresource {
                    Some(it) => format!("{resource}/{it}"),
                    None => resource.clone(),
                };
                json!({
                    "verbs": self.verbs,
                    "apiGroups": [group],
                    "resources": [resource],
                    "resourceNames": self.names,
                })
            }
        })
    }

    /// The specification of a `SubjectAccessReview` that asks for a right which this rule gives.
    pub(crate) fn question(&self, subject: Subject<'_>, namespace: Option<&str>) -> Value {
        let verb = self.verbs.first();
        let mut question = match subject {
            Subject::User(name) => json!({"user": name}),
            Subject::Group(name) => json!({"groups": [name]}),
        };
        match self.targets.first() {
            Some(Target::Path(path)) => {
                question["nonResourceAttributes"] = json!({"verb": verb, "path": path});
            }
            Some(Target::Resource { group, resource, subresource }) => {
                question["resourceAttributes"] = json!({
                    "verb": verb,
                    "group": group,
                    "resource": resource,
                    "subresource": subresource.as_deref().unwrap_or_default(),
                    "name": self.names.first().map(String::as_str).unwrap_or_default(),
                    "namespace": namespace.unwrap_or_default(),
                });
            }
            None => {}
        }
        question
    }
}

impl Target {
    fn parse(text: &str) -> Self {
        if text.starts_with('/') {
            return Self::Path(text.to_owned());
        }
        let (whole, subresource) = match text.split_once('/') {
            Some((whole, part)) => (whole, Some(part.to_owned())),
            None => (text, None),
        };
        let (resource, group) = whole.split_once('.').unwrap_or((whole, ""));
        Self::Resource { group: group.to_owned(), resource: resource.to_owned(), subresource }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rules(text: &str) -> Value {
        Rule::parse(text).unwrap().policy_rules().collect()
    }

    #[test]
    fn a_sentence_becomes_a_rule_for_each_of_its_targets() {
        assert_eq!(
            rules("get,list pods/log,deployments.apps"),
            json!([
                {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods/log"], "resourceNames": []},
                {"verbs": ["get", "list"], "apiGroups": ["apps"], "resources": ["deployments"], "resourceNames": []},
            ])
        );
    }

    #[test]
    fn paths_names_and_wildcards_are_understood() {
        assert_eq!(
            rules("get /metrics"),
            json!([{"verbs": ["get"], "nonResourceURLs": ["/metrics"]}])
        );
        assert_eq!(rules("get secrets db,key")[0]["resourceNames"], json!(["db", "key"]));
        assert_eq!(rules("* *.*")[0]["apiGroups"], json!(["*"]));
    }

    proptest! {
        #[test]
        fn a_rule_has_two_or_three_words_and_any_such_text_is_one(text in "[a-z*./, ]{0,30}") {
            let words = text.split_whitespace().count();
            prop_assert_eq!(Rule::parse(&text).is_ok(), matches!(words, 2 | 3));
        }
    }

    #[test]
    fn half_a_sentence_is_an_error() {
        assert!(Rule::parse("").is_err());
        assert!(Rule::parse("get").is_err());
        assert!(Rule::parse("get pods, services and more").is_err());
    }
}
