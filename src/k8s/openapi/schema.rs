//! Of an `OpenAPI` document what says how objects look; its paths, the larger half, are skipped.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::k8s::discovery::Resource;

/// References that lead round in a circle end here.
const MOST_HOPS: usize = 8;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Document {
    components: Components,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Components {
    schemas: BTreeMap<Box<str>, Schema>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Schema {
    #[serde(rename = "$ref")]
    reference: Option<Box<str>>,
    /// Built-in kinds refer to others by a list of one.
    all_of: Vec<Self>,
    #[serde(rename = "type")]
    base: Option<Box<str>>,
    pub(crate) format: Option<Box<str>>,
    pub(crate) description: Option<Box<str>>,
    pub(crate) properties: BTreeMap<Box<str>, Self>,
    pub(crate) required: Vec<Box<str>>,
    items: Option<Box<Self>>,
    additional_properties: Option<Additional>,
    #[serde(rename = "enum")]
    pub(crate) values: Vec<Value>,
    pub(crate) default: Option<Value>,
    pub(crate) minimum: Option<Value>,
    pub(crate) maximum: Option<Value>,
    pub(crate) pattern: Option<Box<str>>,
    #[serde(rename = "x-kubernetes-int-or-string")]
    int_or_string: bool,
    /// Fields that are not named here are taken too.
    #[serde(rename = "x-kubernetes-preserve-unknown-fields")]
    open: bool,
    #[serde(rename = "x-kubernetes-group-version-kind")]
    kinds: Vec<Kind>,
}

/// What the values of a map are, or whether there may be any.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Additional {
    Allowed(#[allow(dead_code, reason = "it says what is not a schema")] bool),
    Values(Box<Schema>),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Kind {
    group: String,
    version: String,
    #[serde(rename = "kind")]
    name: String,
}

impl Document {
    pub(crate) fn kind(&self, resource: &Resource) -> Option<&Schema> {
        let is_it = |it: &Kind| {
            it.name == resource.kind && it.group == resource.group && it.version == resource.version
        };
        // What deletes or patches every kind lists them all.
        let named = |it: &&Schema| it.kinds.len() == 1 && it.kinds.iter().any(is_it);
        self.components.schemas.values().find(named)
    }

    /// What a schema refers to, or itself.
    pub(crate) fn resolved<'a>(&'a self, schema: &'a Schema) -> &'a Schema {
        let mut schema = schema;
        for _ in 0..MOST_HOPS {
            let target = schema.target().and_then(|it| self.components.schemas.get(it));
            let Some(target) = target else { break };
            schema = target;
        }
        schema
    }

    /// What has the fields: the object itself, or the elements of a list or map of them.
    pub(crate) fn element<'a>(&'a self, schema: &'a Schema) -> &'a Schema {
        let mut schema = self.resolved(schema);
        for _ in 0..MOST_HOPS {
            let Some(inner) = schema.inner() else { break };
            schema = self.resolved(inner);
        }
        schema
    }
}

impl Schema {
    /// `[]Container`, `map[string]Quantity`, `string`
    pub(crate) fn type_name(&self) -> String {
        if let Some(name) = self.target() {
            return name.rsplit('.').next().unwrap_or(name).to_owned();
        }
        if self.int_or_string {
            return "IntOrString".to_owned();
        }
        match (self.base.as_deref(), self.inner()) {
            (Some("array"), Some(items)) => format!("[]{}", items.type_name()),
            (_, Some(values)) => format!("map[string]{}", values.type_name()),
            (Some(base), None) => base.to_owned(),
            (None, None) => "any".to_owned(),
        }
    }

    /// Whether any field is taken, whatever its name.
    pub(crate) fn is_open(&self) -> bool {
        self.open || (self.base.as_deref() == Some("object") && self.properties.is_empty())
    }

    /// Whether its definition says so, beside the fields that it names.
    pub(crate) fn takes_any(&self) -> bool {
        self.open
    }

    /// The name of the schema that stands for this one.
    fn target(&self) -> Option<&str> {
        let reference = match (&self.reference, self.all_of.as_slice()) {
            (Some(reference), _) => reference,
            (None, [only]) => only.reference.as_ref()?,
            _ => return None,
        };
        reference.strip_prefix("#/components/schemas/")
    }

    /// What the elements of a list or the values of a map are.
    pub(crate) fn inner(&self) -> Option<&Self> {
        if !self.properties.is_empty() {
            return None;
        }
        match (&self.items, &self.additional_properties) {
            (Some(items), _) => Some(items),
            (None, Some(Additional::Values(values))) => Some(values),
            _ => None,
        }
    }
}
