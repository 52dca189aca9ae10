//! What is asked: a verb on a resource, or on a path of the API server.

use serde_json::{Value, json};

use crate::{
    nearest::nearest,
    tool::ToolError,
    toolsets::kubernetes::{cluster::Cluster, discovery::Reference},
};

/// What RBAC knows of; other verbs exist, and are asked for as they are written.
const VERBS: [&str; 15] = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "escalate",
    "impersonate",
    "approve",
    "sign",
    "*",
];

/// In `pods/exec` the second part is no name.
const SUBRESOURCES: [&str; 14] = [
    "approval",
    "attach",
    "binding",
    "ephemeralcontainers",
    "eviction",
    "exec",
    "finalizers",
    "log",
    "portforward",
    "proxy",
    "resize",
    "scale",
    "status",
    "token",
];

#[derive(Debug, PartialEq)]
pub(super) struct Question {
    pub(super) verb: String,
    pub(super) what: What,
}

#[derive(Debug, PartialEq)]
pub(super) enum What {
    Path(String),
    Resource {
        group: String,
        plural: String,
        subresource: Option<String>,
        name: Option<String>,
        /// All of them when none is named.
        namespace: Option<String>,
        namespaced: bool,
    },
}

impl Question {
    pub(super) async fn read(
        cluster: &Cluster,
        verb: &str,
        text: &str,
        namespace: Option<&str>,
    ) -> Result<Self, ToolError> {
        let verb = known_verb(verb)?;
        if text.starts_with('/') {
            return Ok(Self { verb, what: What::Path(text.to_owned()) });
        }
        let (kind, subresource) = match text.rsplit_once('/') {
            Some((kind, last)) if SUBRESOURCES.contains(&last) => (kind, Some(last.to_owned())),
            _ => (text, None),
        };
        let found = cluster.discovery().find(cluster, |catalog| {
            let mut readings = Reference::readings(kind).into_iter().flatten();
            readings.find_map(|it| Some((catalog.resource(it.kind)?, it.name.map(str::to_owned))))
        });
        let (resource, name) = found
            .await?
            .map_err(|catalog| crate::toolsets::kubernetes::discovery::unknown(&catalog, kind))?;
        Ok(Self {
            verb,
            what: What::Resource {
                group: resource.group.clone(),
                plural: resource.plural.clone(),
                subresource,
                name,
                namespace: namespace.filter(|_| resource.namespaced).map(str::to_owned),
                namespaced: resource.namespaced,
            },
        })
    }

    /// As a review takes it.
    pub(super) fn attributes(&self) -> (&'static str, Value) {
        match &self.what {
            What::Path(path) => {
                ("nonResourceAttributes", json!({ "verb": self.verb, "path": path }))
            }
            What::Resource { group, plural, subresource, name, namespace, .. } => {
                let attributes = json!({
                    "verb": self.verb,
                    "group": group,
                    "resource": plural,
                    "subresource": subresource,
                    "name": name,
                    "namespace": namespace,
                });
                ("resourceAttributes", attributes)
            }
        }
    }

    /// `get pods/log web-1 in namespace shop`
    pub(super) fn sentence(&self) -> String {
        match &self.what {
            What::Path(path) => format!("{} {path}", self.verb),
            What::Resource { group, plural, subresource, name, namespace, namespaced } => {
                let group = if group.is_empty() { String::new() } else { format!(".{group}") };
                let sub = subresource.as_ref().map(|it| format!("/{it}")).unwrap_or_default();
                let name = name.as_ref().map(|it| format!(" {it}")).unwrap_or_default();
                let place = match namespace {
                    Some(namespace) => format!(" in namespace {namespace}"),
                    None if *namespaced => " in every namespace".to_owned(),
                    None => String::new(),
                };
                format!("{} {plural}{group}{sub}{name}{place}", self.verb)
            }
        }
    }
}

/// A verb that is misspelt is granted by nobody, which would be a true answer to the wrong question.
fn known_verb(verb: &str) -> Result<String, ToolError> {
    let lower = verb.trim().to_ascii_lowercase();
    if VERBS.contains(&lower.as_str()) {
        return Ok(lower);
    }
    match nearest(&lower, VERBS) {
        Some(near) => Err(ToolError::invalid(format!(
            "`verb`: there is no verb {lower}: did you mean `{near}`?"
        ))),
        None => Err(ToolError::invalid(format!(
            "`verb`: there is no verb {lower}: known are {}",
            VERBS.join(", ")
        ))),
    }
}
