//! One object, existing or not: where requests about it go, and how it is called.

use std::{fmt, sync::Arc};

use serde_json::Value;

use super::{
    cluster::{Cluster, JSON},
    discovery::Resource,
    error::{ApiError, Asked},
    field::text,
    listing::Listing,
    missing::found,
    write::{Write, Written},
};
use crate::tool::{Affected, Effect, ToolError};

/// How often a change is sent to an object whose status changes under it.
const TRIES: usize = 5;

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
            let error = match cluster.write(&write(&version)).await {
                Ok(written) => return Ok(written),
                Err(error) => error,
            };
            if !error.is_stale() {
                return Err(self.failed(cluster, verb, &error));
            }
            let now = self.get(cluster).await.map_err(|it| self.failed(cluster, "get", &it))?;
            if state(&now) != state(seen) {
                return Err(self.moved_on());
            }
            text(&now, "/metadata/resourceVersion").clone_into(&mut version);
        }
        Err(ToolError::Conflict(format!("{self} changes all the time, and was not changed")))
    }

    /// The error that it is not the object any more that was shown.
    pub(super) fn moved_on(&self) -> ToolError {
        ToolError::Conflict(format!(
            "{self} has changed since it was looked at, and was left alone: call again to see what would be done now"
        ))
    }

    /// What it means that a request about it failed. `verb` is that of RBAC.
    pub(super) fn failed(&self, cluster: &Cluster, verb: &str, error: &ApiError) -> ToolError {
        let resource = self.resource.full_name();
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
/// and nobody could say yes to it in time; its generation changes when somebody wants something else of it.
pub(super) fn state(object: &Value) -> String {
    let uid = text(object, "/metadata/uid");
    let generation = object.pointer("/metadata/generation").and_then(Value::as_i64);
    match generation.filter(|_| object.get("status").is_some()) {
        Some(generation) => format!("uid {uid} generation {generation}"),
        None => format!("uid {uid} version {}", text(object, "/metadata/resourceVersion")),
    }
}
