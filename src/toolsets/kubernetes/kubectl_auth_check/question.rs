//! What is asked: a verb on a resource, or on a path of the API server.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{
    nearest::nearest,
    tool::ToolError,
    toolsets::kubernetes::{
        cluster::Cluster,
        discovery::{self, Reference, Resource},
        few::briefly,
        guard::{Guard, Refusal},
    },
};

/// How RBAC writes every resource, and every group.
const ALL: &str = "*";

/// Of HTTP, and of single APIs.
const OTHER_VERBS: [&str; 5] = ["post", "put", "head", "attest", "proxy"];

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
        resource: Arc<Resource>,
        subresource: Option<String>,
        name: Option<String>,
        /// All of them when none is named.
        namespace: Option<String>,
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
        let (resource, name) = match every(kind) {
            Some(every) => (Arc::new(every), None),
            None => named(cluster, kind).await?,
        };
        let namespace = namespace.filter(|_| resource.namespaced).map(str::to_owned);
        Ok(Self { verb, what: What::Resource { resource, subresource, name, namespace } })
    }

    /// Why the policies of this server would not let such a request out, whatever RBAC says.
    pub(super) fn denied_by(&self, guard: &Guard) -> Option<Refusal> {
        match &self.what {
            What::Resource { resource, subresource, namespace, .. } => {
                if guard.denies(&resource.group, &resource.plural, subresource.as_deref()) {
                    return Some(Refusal::Resource(resource.full_name()));
                }
                if resource.plural == ALL && resource.group == ALL && subresource.is_none() {
                    return guard.denied().map(Refusal::Resource);
                }
                let is_wide = resource.namespaced && namespace.is_none();
                (is_wide && guard.restricts_namespaces())
                    .then(|| Refusal::AllNamespaces(resource.full_name()))
            }
            What::Path(_) => None,
        }
    }

    /// A misspelt subresource is read as the name of an object.
    pub(super) fn slip(&self) -> Option<String> {
        let What::Resource { resource, subresource: None, name: Some(name), .. } = &self.what
        else {
            return None;
        };
        let near = nearest(name, SUBRESOURCES)?;
        let plural = &resource.plural;
        Some(format!("asked of the object named {name}; did you mean {plural}/{near}?"))
    }

    /// As a review takes it.
    pub(super) fn attributes(&self) -> (&'static str, Value) {
        match &self.what {
            What::Path(path) => {
                ("nonResourceAttributes", json!({ "verb": self.verb, "path": path }))
            }
            What::Resource { resource, subresource, name, namespace } => {
                let attributes = json!({
                    "verb": self.verb,
                    "group": resource.group,
                    "resource": resource.plural,
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
            What::Resource { resource, subresource, name, namespace } => {
                let sub = subresource.as_ref().map(|it| format!("/{it}")).unwrap_or_default();
                let name = name.as_ref().map(|it| format!(" {it}")).unwrap_or_default();
                let place = match namespace {
                    Some(namespace) => format!(" in namespace {namespace}"),
                    None if resource.namespaced => " in every namespace".to_owned(),
                    None => String::new(),
                };
                format!("{} {}{sub}{name}{place}", self.verb, resource.full_name())
            }
        }
    }
}

/// A kind that the cluster serves, and the name behind it.
async fn named(
    cluster: &Cluster,
    text: &str,
) -> Result<(Arc<Resource>, Option<String>), ToolError> {
    let found = cluster.discovery().find(cluster, |catalog| {
        let mut readings = Reference::readings(text).into_iter().flatten();
        readings.find_map(|it| Some((catalog.resource(it.kind)?, it.name.map(str::to_owned))))
    });
    found.await?.map_err(|catalog| discovery::unknown(&catalog, text))
}

/// All resources, in `*` and `*.*`, or those of a group, in `*.apps`: as RBAC knows them, though no catalog does.
fn every(text: &str) -> Option<Resource> {
    let group = match text.strip_prefix('*')? {
        "" => ALL,
        rest => rest.strip_prefix('.')?,
    };
    Some(Resource {
        group: group.to_owned(),
        version: ALL.to_owned(),
        kind: ALL.to_owned(),
        plural: ALL.to_owned(),
        singular: ALL.to_owned(),
        short_names: Vec::new(),
        categories: Vec::new(),
        namespaced: true,
        verbs: Vec::new(),
        preferred: false,
    })
}

/// A verb that is misspelt is granted by nobody, which would be a true answer to the wrong question. Others may exist: an
/// aggregated API has verbs of its own, and paths have those of HTTP.
fn known_verb(verb: &str) -> Result<String, ToolError> {
    let verb = verb.trim().to_ascii_lowercase();
    let known = VERBS.iter().chain(&OTHER_VERBS);
    if known.clone().any(|it| *it == verb) {
        return Ok(verb);
    }
    match nearest(&verb, known.copied()) {
        Some(near) => Err(ToolError::invalid(format!(
            "`verb`: there is no verb {}: did you mean `{near}`?",
            briefly(&verb)
        ))),
        None => Ok(verb),
    }
}
