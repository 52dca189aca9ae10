//! Apply sets, as KEP-3659 has them: a `ConfigMap` that stands for the set, and a label on each of its members.

use std::collections::BTreeSet;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{
    intent::Intent,
    step::Step,
    trouble::{Troubles, Who},
};
use crate::{
    tool::ToolError,
    toolsets::kubernetes::{
        address::Address,
        cluster::Cluster,
        discovery::Resource,
        targets::check_name,
        write::{APPLY_PATCH, Write, Written, under},
    },
};

pub(super) const PART_OF: &str = "applyset.kubernetes.io/part-of";
const ID: &str = "applyset.kubernetes.io/id";
const TOOLING: &str = "applyset.kubernetes.io/tooling";
const KINDS: &str = "applyset.kubernetes.io/contains-group-kinds";
const NAMESPACES: &str = "applyset.kubernetes.io/additional-namespaces";

const OURS: &str = concat!("tacklebox/v", env!("CARGO_PKG_VERSION"));

/// The argument `apply_set`.
pub(super) struct SetName(String);

impl SetName {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        check_name("apply_set", text).map(|()| Self(text.to_owned()))
    }
}

pub(super) struct ApplySet {
    pub(super) id: String,
    pub(super) address: Address,
    /// As they were when it was read.
    pub(super) members: Members,
    /// The object that stands for it, as it was read.
    pub(super) parent: Option<Value>,
    /// What the object that stands for the set says besides.
    pub(super) data: Map<String, Value>,
}

/// Where members are, and of which kinds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Members {
    /// `Deployment.apps`, `ConfigMap`
    pub(super) kinds: BTreeSet<String>,
    /// Beside that of the set itself.
    pub(super) namespaces: BTreeSet<String>,
}

impl ApplySet {
    pub(super) async fn read(
        cluster: &Cluster,
        name: &SetName,
        namespace: Option<&str>,
    ) -> Result<Self, ToolError> {
        let resource = cluster.resource("v1/ConfigMap").await?;
        let namespace = namespace.unwrap_or(&cluster.identity.namespace);
        let address = Address::new(&resource, Some(namespace), &name.0);
        let id = id(&name.0, namespace);
        let (members, parent) = match address.get(cluster).await {
            Ok(parent) => (known(&parent, &address, &id)?, Some(parent)),
            Err(error) if error.is_not_found() => (Members::default(), None),
            Err(error) => return Err(address.failed(cluster, "get", &error)),
        };
        Ok(Self { id, address, members, data: Map::new(), parent })
    }

    /// Makes the objects its members, and adds the one that stands for the set.
    pub(super) fn take(&self, intents: &mut Vec<Intent>) -> Result<(), ToolError> {
        let mut troubles = Troubles::default();
        for intent in intents.iter_mut().filter(|it| it.is_member) {
            if let Err(error) = self.label(intent) {
                troubles.add(&intent.who, error);
            }
        }
        troubles.none()?;
        let mut members = self.members.clone();
        members.add(&self.address, intents.iter().filter(|it| it.is_member));
        intents.push(Intent {
            who: Who::set(&self.address),
            address: self.address.clone(),
            body: self.standing_for(&members),
            notes: Vec::new(),
            is_known: true,
            is_member: false,
        });
        Ok(())
    }

    fn label(&self, intent: &mut Intent) -> Result<(), ToolError> {
        if intent.address == self.address {
            return Err(ToolError::invalid(format!(
                "this ConfigMap stands for the apply set {}: give one of them another name",
                self.address.name
            )));
        }
        let metadata = intent.body.get_mut("metadata").and_then(Value::as_object_mut);
        let Some(metadata) = metadata else { return Ok(()) };
        let labels = metadata.entry("labels").or_insert_with(|| json!({}));
        if labels.is_null() {
            *labels = json!({});
        }
        let Value::Object(labels) = labels else { return Ok(()) };
        let other = labels.get(PART_OF).and_then(Value::as_str).filter(|it| *it != self.id);
        if other.is_some() {
            return Err(ToolError::invalid(format!(
                "its label {PART_OF} makes it a member of another apply set: leave the label out"
            )));
        }
        labels.insert(PART_OF.to_owned(), self.id.clone().into());
        Ok(())
    }

    /// Members of other sets stay where they are.
    pub(super) fn may_take(&self, before: &Value) -> Result<(), ToolError> {
        let labels = before.pointer("/metadata/labels");
        let other = labels.and_then(|it| it.get(PART_OF)).and_then(Value::as_str);
        match other.filter(|it| *it != self.id) {
            None => Ok(()),
            Some(other) => Err(ToolError::Conflict(format!(
                "it is a member of another apply set ({other}): take it out of that one first, or leave it out here"
            ))),
        }
    }

    fn standing_for(&self, members: &Members) -> Value {
        let list = |it: &BTreeSet<String>| it.iter().cloned().collect::<Vec<_>>().join(",");
        let mut parent = json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": self.address.name,
                "namespace": self.address.namespace,
                "labels": { ID: self.id },
                "annotations": {
                    TOOLING: OURS,
                    KINDS: list(&members.kinds),
                    NAMESPACES: list(&members.namespaces),
                },
            },
        });
        if let (Value::Object(fields), false) = (&mut parent, self.data.is_empty()) {
            fields.insert("data".to_owned(), self.data.clone().into());
        }
        parent
    }

    /// What is to be said of the set when what is in it no more has been deleted; none if that is said already.
    pub(super) fn narrowed(&self, steps: &[Step]) -> Option<Value> {
        let intents = || steps.iter().map(|it| &it.intent).filter(|it| it.is_member);
        let (mut wide, mut narrow) = (self.members.clone(), Members::default());
        wide.add(&self.address, intents());
        narrow.add(&self.address, intents());
        (wide != narrow).then(|| self.standing_for(&narrow))
    }

    /// Says that, if the object that stands for the set is as it was seen.
    pub(super) async fn narrow(
        &self,
        cluster: &Cluster,
        narrowed: &Value,
        now: &Value,
    ) -> Result<Written, ToolError> {
        let write = |version: &str| {
            let body = under(narrowed, &json!({ "resourceVersion": version }));
            Write::patch(&self.address.path(), APPLY_PATCH, &body)
        };
        self.address.write_as_seen(cluster, "patch", now, write).await
    }
}

impl Members {
    fn add<'a>(&mut self, set: &Address, intents: impl Iterator<Item = &'a Intent>) {
        for Intent { address, .. } in intents {
            self.kinds.insert(group_kind(&address.resource));
            let others = address.namespace.clone().filter(|it| Some(it) != set.namespace.as_ref());
            self.namespaces.extend(others);
        }
    }
}

pub(super) fn group_kind(resource: &Resource) -> String {
    if resource.group.is_empty() {
        return resource.kind.clone();
    }
    format!("{}.{}", resource.kind, resource.group)
}

/// What the object that stands for a set says of it, if it does so, and if the set is ours.
fn known(parent: &Value, address: &Address, id: &str) -> Result<Members, ToolError> {
    let none = Map::new();
    let part = |name: &str| {
        parent.get("metadata").and_then(|it| it.get(name)?.as_object()).unwrap_or(&none)
    };
    let word = |part: &'_ Map<String, Value>, name: &str| {
        part.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    if word(part("labels"), ID) != id {
        return Err(ToolError::Conflict(format!(
            "{address} is there and is no apply set: give `apply_set` another name"
        )));
    }
    let tooling = word(part("annotations"), TOOLING);
    if !tooling.starts_with("tacklebox/") {
        return Err(ToolError::Conflict(format!(
            "the apply set {address} is managed by {tooling}, and no other tool may change it: give `apply_set` another name"
        )));
    }
    let list = |name: &str| {
        let words = word(part("annotations"), name);
        words.split(',').filter(|it| !it.is_empty()).map(str::to_owned).collect()
    };
    Ok(Members { kinds: list(KINDS), namespaces: list(NAMESPACES) })
}

/// By the first version of the rule that all tools share.
fn id(name: &str, namespace: &str) -> String {
    let hash = Sha256::digest(format!("{name}.{namespace}.ConfigMap."));
    format!("applyset-{}-v1", BASE64_URL_SAFE_NO_PAD.encode(hash))
}
