//! What somebody wants to be: documents with the place where each belongs.

use std::{fmt, sync::Arc};

use serde_json::Value;

use super::{
    cleaned,
    kinds::Kinds,
    trouble::{Troubles, Who},
};
use crate::{
    tool::ToolError,
    toolsets::kubernetes::{
        address::Address, cluster::Cluster, discovery::Resource, documents::Document, field::text,
        guard::Refusal,
    },
};

/// One object of the manifest.
pub(super) struct Intent {
    pub(super) who: Who,
    pub(super) address: Address,
    /// As it is sent, without the conditions under which.
    pub(super) body: Value,
    /// What was left out of it.
    pub(super) notes: Vec<String>,
    /// No other document defines its kind, so that the API server knows it already.
    pub(super) is_known: bool,
    /// Whether a set takes it as its own.
    pub(super) is_member: bool,
}

impl Intent {
    pub(super) fn is(&self, group: &str, kind: &str) -> bool {
        self.address.resource.group == group && self.address.resource.kind == kind
    }

    pub(super) fn makes_namespace(&self, name: &str) -> bool {
        self.is("", "Namespace") && self.address.name == name
    }

    pub(super) fn is_definition(&self) -> bool {
        self.is("apiextensions.k8s.io", "CustomResourceDefinition")
    }

    /// Whether it is a definition, and of that kind.
    pub(super) fn defines(&self, resource: &Resource) -> bool {
        self.is_definition()
            && text(&self.body, "/spec/group") == resource.group
            && text(&self.body, "/spec/names/kind") == resource.kind
    }
}

impl fmt::Display for Intent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(out)
    }
}

/// All of them, or all that is wrong with them. Nothing that the policy denies is asked about.
pub(super) async fn all(
    cluster: &Cluster,
    documents: Vec<Document>,
    namespace: Option<&str>,
) -> Result<Vec<Intent>, ToolError> {
    let kinds = Kinds::of(cluster, &documents).await?;
    let mut troubles = Troubles::default();
    let mut intents: Vec<Intent> = Vec::with_capacity(documents.len());
    for document in documents {
        let who = Who::of(&document);
        match intent(cluster, &kinds, document, namespace) {
            Ok(intent) => intents.push(intent),
            Err(error) => troubles.add(&who, error),
        }
    }
    troubles.add_twins(&intents);
    troubles.none()?;
    Ok(intents)
}

fn intent(
    cluster: &Cluster,
    kinds: &Kinds,
    document: Document,
    namespace: Option<&str>,
) -> Result<Intent, ToolError> {
    let who = Who::of(&document);
    let mut body = document.object;
    let (resource, is_known) = kinds.find(&body)?;
    if is_known && !resource.supports("patch") {
        return Err(ToolError::invalid(format!("{} cannot be applied", resource.full_name())));
    }
    let namespace = place(cluster, &resource, &body, namespace)?;
    let address = Address::new(&resource, namespace.as_deref(), text(&body, "/metadata/name"));
    admitted(cluster, &address)?;
    let notes = cleaned::clean(&mut body, namespace.as_deref());
    Ok(Intent { who: who.at(&address), address, body, notes, is_known, is_member: true })
}

/// The namespace of an object that has one.
fn place(
    cluster: &Cluster,
    resource: &Arc<Resource>,
    body: &Value,
    namespace: Option<&str>,
) -> Result<Option<String>, ToolError> {
    let own = Some(text(body, "/metadata/namespace")).filter(|it| !it.is_empty());
    let kind = &resource.kind;
    match (own, namespace) {
        (Some(own), _) if !resource.namespaced => Err(ToolError::invalid(format!(
            "{kind} has no namespace, and `metadata.namespace` is {own}: leave it out"
        ))),
        _ if !resource.namespaced => Ok(None),
        (Some(own), Some(asked)) if own != asked => Err(ToolError::invalid(format!(
            "it is in namespace {own}, and the argument `namespace` is {asked}: leave one of them out"
        ))),
        (own, asked) => Ok(Some(own.or(asked).unwrap_or(&cluster.identity.namespace).to_owned())),
    }
}

/// Said before anything else of the manifest is asked of the API server, or made there.
fn admitted(cluster: &Cluster, address: &Address) -> Result<(), ToolError> {
    let (guard, resource) = (cluster.guard(), &address.resource);
    if guard.denies(&resource.group, &resource.plural, None) {
        let refusal = Refusal::Resource(resource.full_name());
        return Err(ToolError::Refused(refusal.to_string()));
    }
    let is_namespace = resource.group.is_empty() && resource.kind == "Namespace";
    let namespace = if is_namespace { Some(&address.name) } else { address.namespace.as_ref() };
    match namespace.filter(|it| !guard.allows_namespace(it)) {
        Some(denied) => Err(ToolError::Refused(Refusal::Namespace(denied.to_owned()).to_string())),
        None => Ok(()),
    }
}
