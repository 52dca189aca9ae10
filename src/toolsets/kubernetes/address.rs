//! One object, existing or not: where requests about it go, and how it is called.

use std::{fmt, sync::Arc};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{
    cluster::{Cluster, JSON},
    discovery::Resource,
    error::{ApiError, Asked},
    field::text,
    listing::Listing,
    missing::found,
    write::{Write, Written},
};
use crate::{
    output::Redactor,
    tool::{Affected, Effect, ToolError},
};

/// How often a change is sent to an object whose status changes under it.
const TRIES: usize = 5;

/// In every error after which nobody knows whether the change was made.
pub(super) const UNKNOWN: &str = "is not known";

/// What controllers note down of an object beside its status.
const NOTES: [&str; 5] = [
    "control-plane.alpha.kubernetes.io/",
    "deployment.kubernetes.io/",
    "pv.kubernetes.io/",
    "volume.beta.kubernetes.io/",
    "volume.kubernetes.io/",
];

/// Where an object is. Its parts have been checked: none leads out of the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) resource: Arc<Resource>,
    /// None for what has none.
    pub(super) namespace: Option<String>,
    pub(super) name: String,
}

impl Address {
    pub(super) fn new(resource: &Arc<Resource>, namespace: Option<&str>, name: &str) -> Self {
        let namespace = namespace.filter(|_| resource.namespaced).map(str::to_owned);
        Self { resource: Arc::clone(resource), namespace, name: name.to_owned() }
    }

    /// Of an object that the API server gave.
    pub(super) fn of(resource: &Arc<Resource>, object: &Value) -> Self {
        let namespace = object.pointer("/metadata/namespace").and_then(Value::as_str);
        Self::new(resource, namespace, text(object, "/metadata/name"))
    }

    pub(super) fn path(&self) -> String {
        format!("{}/{}", self.resource.path(self.namespace.as_deref()), self.name)
    }

    /// What would happen to it, `before` being how it was seen.
    pub(super) fn affected(&self, effect: Effect, before: Option<&Value>) -> Affected {
        Affected {
            effect,
            kind: self.resource.kind.clone(),
            group: self.resource.group.clone(),
            namespace: self.namespace.clone(),
            name: self.name.clone(),
            state: before.map(state).unwrap_or_default(),
        }
    }

    /// The object, or what is near when it is not there.
    pub(super) async fn found(&self, cluster: &Cluster) -> Result<Value, ToolError> {
        let (namespace, name) = (self.namespace.as_deref(), Some(self.name.as_str()));
        let listing = Listing { namespace, name, ..Listing::of_all(cluster, &self.resource) };
        Ok(listing.typed(Box::pin(found(&listing)).await?))
    }

    pub(super) async fn get(&self, cluster: &Cluster) -> Result<Value, ApiError> {
        cluster.get_json(&self.path(), JSON).await
    }

    /// Sends a change under the condition that the object is still the one that was `seen`; `write` is given its resource version
    /// for that. What only its status is different in is still the same.
    pub(super) async fn write_as_seen(
        &self,
        cluster: &Cluster,
        verb: &str,
        seen: &Value,
        write: impl Fn(&str) -> Write,
    ) -> Result<Written, ToolError> {
        let mut version = text(seen, "/metadata/resourceVersion").to_owned();
        for _ in 0..TRIES {
            let sent = write(&version);
            let error = match cluster.write(&sent).await {
                Ok(written) => return Ok(written),
                Err(error) => error,
            };
            if !error.is_stale() {
                return Err(self.not_written(cluster, verb, &error, &sent));
            }
            let now = self.now(cluster).await?;
            if state(&now) != state(seen) {
                return Err(self.moved_on(seen, &now));
            }
            text(&now, "/metadata/resourceVersion").clone_into(&mut version);
        }
        Err(ToolError::Conflict(format!("{self} changes all the time, and was not changed")))
    }

    /// As it is now, in the form in which it was found.
    pub(super) async fn now(&self, cluster: &Cluster) -> Result<Value, ToolError> {
        match self.get(cluster).await {
            Ok(now) => Ok(Listing::of_all(cluster, &self.resource).typed(now)),
            Err(error) if error.is_not_found() => Err(self.gone()),
            Err(error) => Err(self.failed(cluster, "get", &error)),
        }
    }

    /// The error that it is not there any more.
    fn gone(&self) -> ToolError {
        ToolError::NotFound(format!(
            "{self} has been deleted since it was looked at: call again to see what would be done now"
        ))
    }

    /// The error that it is not the object any more that was shown.
    pub(super) fn moved_on(&self, seen: &Value, now: &Value) -> ToolError {
        let what = if text(seen, "/metadata/uid") == text(now, "/metadata/uid") {
            "has changed since it was looked at"
        } else {
            "is another one by now: what was looked at has been deleted, and this was made after it"
        };
        ToolError::Conflict(format!(
            "{self} {what}; it was left alone: call again to see what would be done now"
        ))
    }

    /// A change that was sent and not answered may have been made.
    pub(super) fn not_written(
        &self,
        cluster: &Cluster,
        verb: &str,
        error: &ApiError,
        sent: &Write,
    ) -> ToolError {
        let told = self.failed_at(cluster, verb, sent.subresource(&self.path()), error);
        match told {
            ToolError::Unavailable(why) if error.leaves_open() && !sent.is_dry_run() => {
                ToolError::Unavailable(format!(
                    "{why}; whether {self} has been changed {UNKNOWN}: look at it before you try again"
                ))
            }
            known => known,
        }
    }

    /// What it means that a request about it failed. `verb` is that of RBAC.
    pub(super) fn failed(&self, cluster: &Cluster, verb: &str, error: &ApiError) -> ToolError {
        self.failed_at(cluster, verb, None, error)
    }

    /// The same of a subresource of it.
    pub(super) fn failed_at(
        &self,
        cluster: &Cluster,
        verb: &str,
        subresource: Option<&str>,
        error: &ApiError,
    ) -> ToolError {
        let resource = self.resource.full_name();
        let resource = match subresource {
            Some(subresource) => format!("{resource}/{subresource}"),
            None => resource,
        };
        let (name, namespace) = (Some(self.name.as_str()), self.namespace.as_deref());
        cluster.explain(error, &Asked { verb, resource: &resource, name, namespace })
    }
}

/// `deployment.apps/web in namespace shop`
impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.resource.singular)?;
        if !self.resource.group.is_empty() {
            write!(out, ".{}", self.resource.group)?;
        }
        write!(out, "/{}", self.name)?;
        self.namespace.as_ref().map_or(Ok(()), |it| write!(out, " in namespace {it}"))
    }
}

/// Which object this is, and what of it was seen. The resource version of an object with a status changes with every sign of life,
/// and nobody could say yes to it in time: there all counts but the status and the notes of controllers.
pub(super) fn state(object: &Value) -> String {
    let uid = text(object, "/metadata/uid");
    if object.get("status").is_none() {
        return format!("uid {uid} version {}", text(object, "/metadata/resourceVersion"));
    }
    let mut content = wanted(object);
    if let Some(Value::Object(metadata)) = content.get_mut("metadata") {
        without_notes(metadata);
    }
    // Whoever hears a hash of it must have nothing to compare a guess with. That a secret has changed, the generation tells.
    Redactor::without_fingerprints().manifest(&mut content);
    let hash = Sha256::digest(content.to_string());
    let hash = hash.first_chunk().map_or(0, |it| u64::from_be_bytes(*it));
    format!("uid {uid} content {hash:016x}")
}

fn without_notes(metadata: &mut Map<String, Value>) {
    let Some(Value::Object(annotations)) = metadata.get_mut("annotations") else { return };
    annotations.retain(|name, _| !NOTES.iter().any(|it| name.starts_with(it)));
    if annotations.is_empty() {
        metadata.retain(|name, _| name != "annotations");
    }
}

/// The object without its status, and without what only the API server writes.
pub(super) fn wanted(object: &Value) -> Value {
    let mut object = object.clone();
    if let Value::Object(fields) = &mut object {
        fields.retain(|name, _| name != "status");
    }
    if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
        metadata.retain(|name, _| !matches!(name.as_str(), "managedFields" | "resourceVersion"));
    }
    object
}
