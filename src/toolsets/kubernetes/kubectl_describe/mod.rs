//! `kubectl_describe`: one object with all that one looks for next: its state, its owners, what belongs to it, its events.

mod allocation;
mod conditions;
mod owners;
mod related;
#[cfg(test)]
mod tests;

use std::time::Instant;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    clients::Clients,
    cluster::Cluster,
    discovery::Resource,
    field,
    kubectl_events::KubectlEvents,
    listing::Listing,
    missing::found,
    problems::Problems,
    targets::{self, Target},
};
use crate::{
    output::{Document, Format, Keep, age, manifest},
    tool::{Session, Tool, ToolError},
};

/// One object of any kind: cleaned manifest, conditions, owners, what belongs to it, and events.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KubectlDescribe {
    /// deploy/web, or a kind with name
    resource: String,
    /// Of the object
    name: Option<String>,
    /// Default: the context's
    namespace: Option<String>,
    /// Kubeconfig context
    context: Option<String>,
}

/// The object, and where it is.
pub(super) struct Described<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) resource: &'a Resource,
    pub(super) name: &'a str,
    /// None of objects that have no namespace.
    pub(super) namespace: Option<&'a str>,
    pub(super) object: &'a Value,
}

impl Tool for KubectlDescribe {
    const NAME: &'static str = "kubectl_describe";
    const TITLE: &'static str = "Describe an object";

    type Context = Clients;
    type Output = Document;

    async fn call(self, clients: &Clients, session: &Session) -> Result<Document, ToolError> {
        let mut problems = Problems::default();
        problems.names(self.namespace.as_deref(), self.name.as_deref());
        problems.none()?;
        let cluster = clients.cluster(self.context.as_deref(), session).await?;
        cluster.before(session.deadline(), Box::pin(self.answer(&cluster, session))).await
    }
}

impl KubectlDescribe {
    async fn answer(&self, cluster: &Cluster, session: &Session) -> Result<Document, ToolError> {
        let targets = targets::resolve(cluster, &self.resource, self.name.as_deref()).await?;
        let [Target { resource, names }] = targets.as_slice() else { return Err(one_at_a_time()) };
        let [name] = names.as_slice() else { return Err(one_at_a_time()) };
        let scope = targets::scope(cluster, self.namespace.as_deref(), false);
        let Some(namespace) = scope.namespace() else {
            return Err(ToolError::invalid("`namespace`: an object is in one namespace"));
        };
        let namespace = Some(namespace).filter(|_| resource.namespaced);
        let listing = Listing { namespace, name: Some(name), ..Listing::of_all(cluster, resource) };
        let object = listing.typed(found(&listing).await?);
        let described = Described { cluster, resource, name, namespace, object: &object };
        Ok(Box::pin(described.document(session.deadline())).await)
    }
}

impl Described<'_> {
    async fn document(&self, deadline: Option<Instant>) -> Document {
        let (owners, related, events) = futures::join!(
            owners::chain(self),
            related::of(self),
            KubectlEvents::of(self, deadline)
        );
        let now = Timestamp::now();
        let mut document = Document::new()
            .note(self.head(&owners, now))
            .manifests(vec![shown(self.object)], Format::Yaml);
        let conditions = conditions::lines(self.object, now);
        if !conditions.is_empty() {
            document = document.untrusted("conditions", conditions.join("\n"), Keep::Head);
        }
        document = document.and(related);
        match events {
            Ok(events) => document.and(events),
            Err(error) => document.note(format!("events: {error}")),
        }
    }

    /// `Pod web-1 in namespace shop, 5d old; owned by ReplicaSet/web-5d4 of Deployment/web`
    fn head(&self, owners: &[String], now: Timestamp) -> String {
        let place = self.namespace.map(|it| format!(" in namespace {it}")).unwrap_or_default();
        let created = self.text("/metadata/creationTimestamp");
        let age = created.parse().map(|it| format!(", {} old", age::of(it, now)));
        let deleted = if self.text("/metadata/deletionTimestamp").is_empty() {
            String::new()
        } else {
            format!(", being deleted since {}", self.text("/metadata/deletionTimestamp"))
        };
        let owners = if owners.is_empty() {
            String::new()
        } else {
            format!("; owned by {}", owners.join(" of "))
        };
        let kind = &self.resource.kind;
        format!("{kind} {}{place}{}{deleted}{owners}", self.name, age.unwrap_or_default())
    }

    pub(super) fn text(&self, pointer: &str) -> &str {
        field::text(self.object, pointer)
    }
}

/// The manifest without what is told better below and above it.
fn shown(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(Value::Object(status)) = object.get_mut("status") {
        status.shift_remove("conditions");
        count_images(status);
    }
    manifest::clean(&mut object);
    if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
        for told in ["creationTimestamp", "resourceVersion", "ownerReferences"] {
            metadata.shift_remove(told);
        }
    }
    object
}

/// A node knows fifty images by two long names each: more than all the rest of it.
fn count_images(status: &mut Map<String, Value>) {
    if let Some(images) = status.get_mut("images")
        && let Some(many) = images.as_array().map(Vec::len)
    {
        *images = format!("{many}, which kubectl_get with output=yaml shows").into();
    }
}

fn one_at_a_time() -> ToolError {
    ToolError::invalid("`resource`: name one object, such as deploy/web; kubectl_get shows several")
}
