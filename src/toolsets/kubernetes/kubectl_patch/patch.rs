//! What is to be changed, in one of the three languages for that.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::operations;
use crate::{
    tool::ToolError,
    toolsets::kubernetes::{
        address::Address,
        discovery::Resource,
        documents,
        field::text,
        write::{JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, Write, under},
    },
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Type {
    Strategic,
    Merge,
    Json,
}

#[derive(Debug, Clone)]
pub(super) struct Patch {
    kind: Type,
    body: Value,
}

impl Patch {
    /// An object, a list, or a text that is one of them.
    pub(super) fn read(patch: &Value) -> Result<Self, String> {
        let body = match patch {
            Value::String(text) => documents::value("patch", text).map_err(|it| it.join("\n- "))?,
            other => other.clone(),
        };
        match &body {
            Value::Object(fields) if fields.is_empty() => {
                Err("`patch`: it is empty: give the fields to change".to_owned())
            }
            Value::Object(fields) => {
                object(fields)?;
                Ok(Self { kind: Type::Strategic, body })
            }
            Value::Array(operations) if !operations.is_empty() => {
                operations::check(operations)?;
                Ok(Self { kind: Type::Json, body })
            }
            _ => Err("`patch`: an object, or a list of operations, is expected".to_owned()),
        }
    }

    /// In the language that was asked for, or that suits the kind.
    pub(super) fn typed(
        self,
        asked: Option<Type>,
        resource: &Resource,
        is_scale: bool,
    ) -> Result<Self, ToolError> {
        let understands = resource.is_built_in() && !is_scale;
        let kind = match (self.kind, asked) {
            (Type::Json, None | Some(Type::Json)) => Type::Json,
            (Type::Json, Some(_)) => {
                return Err(ToolError::invalid("`type`: a list of operations is json"));
            }
            (_, Some(Type::Json)) => {
                return Err(ToolError::invalid(
                    "`patch`: json is a list of operations, such as [{\"op\":\"replace\",\"path\":\"/spec/replicas\",\"value\":3}]",
                ));
            }
            (_, Some(Type::Strategic)) if !understands => {
                let kind = resource.full_name();
                return Err(ToolError::invalid(format!(
                    "`type`: {kind} take merge or json here; in merge, a list replaces the whole list"
                )));
            }
            (_, Some(asked)) => asked,
            (_, None) => {
                if understands {
                    Type::Strategic
                } else {
                    Type::Merge
                }
            }
        };
        Ok(Self { kind, ..self })
    }

    /// Whether the caller meant the object in this version.
    pub(super) fn is_for(&self, address: &Address, seen: &Value) -> Result<(), ToolError> {
        let (meant, now) = (
            text(&self.body, "/metadata/resourceVersion"),
            text(seen, "/metadata/resourceVersion"),
        );
        if meant.is_empty() || meant == now {
            return Ok(());
        }
        Err(ToolError::Conflict(format!(
            "{address} has resourceVersion {now}, and not {meant} as in `patch`: look at what has changed"
        )))
    }

    /// Only operations read what is there.
    pub(super) fn reads_only_what_is_shown(&self, before: &Value) -> Result<(), ToolError> {
        let operations = self.body.as_array().map(Vec::as_slice).unwrap_or_default();
        operations::read_only_what_is_shown(operations, before).map_err(ToolError::invalid)
    }

    /// Which operation cannot be done, as far as it is seen: the API server does not say.
    pub(super) fn told(&self, error: ToolError, before: &Value) -> ToolError {
        let operations = self.body.as_array().map(Vec::as_slice).unwrap_or_default();
        match error {
            ToolError::InvalidArguments(_) if !operations.is_empty() => {
                operations::failing(operations, before).map_or(error, ToolError::invalid)
            }
            other => other,
        }
    }

    /// Only for the object in this version.
    pub(super) fn write(&self, path: &str, version: &str) -> Write {
        let content_type = match self.kind {
            Type::Strategic => STRATEGIC_PATCH,
            Type::Merge => MERGE_PATCH,
            Type::Json => JSON_PATCH,
        };
        let mut body = under(&self.body, &json!({ "resourceVersion": version }));
        if let Value::Array(operations) = &mut body {
            operations.push(
                json!({ "op": "replace", "path": "/metadata/resourceVersion", "value": version }),
            );
        }
        Write::patch(path, content_type, &body)
    }
}

pub(super) const MANAGED: &str =
    "managedFields are written by the API server alone: without them nobody knows whose a field is";

/// What would throw away more than anybody sees in a diff.
fn object(fields: &serde_json::Map<String, Value>) -> Result<(), String> {
    let whole = |it: &str| {
        format!("`patch`: {it} of the whole object or of its metadata: name the fields to change")
    };
    let metadata = match fields.get("metadata") {
        None => None,
        Some(Value::Object(metadata)) => Some(metadata),
        Some(_) => return Err("`patch`: metadata is an object".to_owned()),
    };
    for fields in [Some(fields), metadata].into_iter().flatten() {
        if let Some(directive) =
            ["$patch", "$retainKeys"].into_iter().find(|it| fields.contains_key(*it))
        {
            return Err(whole(directive));
        }
    }
    if metadata.is_some_and(|it| it.keys().any(|key| key.ends_with("managedFields"))) {
        return Err(format!("`patch`: {MANAGED}"));
    }
    Ok(())
}
