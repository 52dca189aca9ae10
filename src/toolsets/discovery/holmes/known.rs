//! What HolmesGPT 0.45 knows of toolsets, as it says itself: `known.json` is written and checked by a test that asks it.
//!
//! HolmesGPT passes over fields of a configuration that it does not know. They are problems here: whoever wrote one meant something.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use jsonschema::{ValidationError, Validator, error::ValidationErrorKind};
use serde::Deserialize;
use serde_json::Value;

use super::problem::Problem;
use crate::nearest::nearest;

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let raw: Raw = serde_json::from_str(include_str!("known.json")).expect("a test reads it");
    let schemas = |it: &Vec<Value>| it.iter().map(Schema::new).collect();
    let configs = raw.configs.iter().map(|(name, it)| (name.clone(), schemas(it)));
    Known {
        configs: configs.collect(),
        entry: Schema::new(&raw.entry),
        tool: Schema::new(&raw.tool),
        builtins: raw.builtins,
        several: raw.several,
        subtypes: raw.subtypes,
    }
});

#[derive(Deserialize)]
struct Raw {
    builtins: BTreeSet<String>,
    configs: BTreeMap<String, Vec<Value>>,
    entry: Value,
    several: BTreeSet<String>,
    subtypes: BTreeMap<String, Vec<String>>,
    tool: Value,
}

pub(super) struct Known {
    /// Names of toolsets that HolmesGPT brings along.
    pub(super) builtins: BTreeSet<String>,
    /// Those that may have instances.
    pub(super) several: BTreeSet<String>,
    pub(super) subtypes: BTreeMap<String, Vec<String>>,
    /// By the name of a toolset, or by its type: one of these must fit its configuration.
    pub(super) configs: BTreeMap<String, Vec<Schema>>,
    /// A toolset's own fields.
    pub(super) entry: Schema,
    /// One of the tools of a toolset that somebody has written.
    pub(super) tool: Schema,
}

impl Known {
    pub(super) fn get() -> &'static Self {
        &KNOWN
    }
}

pub(super) struct Schema {
    fields: Vec<String>,
    validator: Validator,
}

impl Schema {
    fn new(schema: &Value) -> Self {
        let fields = schema.get("properties").and_then(Value::as_object);
        let fields = fields.map(|it| it.keys().cloned().collect()).unwrap_or_default();
        let validator = jsonschema::validator_for(schema).expect("a test compiles all of them");
        Self { fields, validator }
    }

    /// No message shows a value: it may be secret.
    pub(super) fn problems(&self, field: &str, value: &Value) -> Vec<Problem> {
        self.validator.iter_errors(value).flat_map(|it| self.explain(field, &it)).collect()
    }

    fn explain(&self, field: &str, error: &ValidationError<'_>) -> Vec<Problem> {
        let path = error.instance_path().to_string();
        let is_top = path.is_empty();
        let field = format!("{field}{}", path.replace('/', ".").replace("~1", "/"));
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                unexpected.iter().map(|it| self.unknown(&field, it, is_top)).collect()
            }
            ValidationErrorKind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                vec![Problem::new(field, format!("`{name}` is missing"))]
            }
            ValidationErrorKind::AnyOf { .. } => {
                vec![Problem::new(field, "it is not of a type that HolmesGPT takes there")]
            }
            _ => vec![Problem::new(field, error.masked().to_string())],
        }
    }

    fn unknown(&self, field: &str, name: &str, is_top: bool) -> Problem {
        let fields = || self.fields.iter().map(String::as_str).filter(|_| is_top);
        // `url` is most likely an address that has a longer name here.
        let ending = format!("_{name}");
        let near = nearest(name, fields()).or_else(|| fields().find(|it| it.ends_with(&ending)));
        let near = near.map(|it| format!(": did you mean `{it}`?")).unwrap_or_default();
        let name = name.escape_default();
        Problem::new(field, format!("HolmesGPT knows no field `{name}` there{near}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_can_be_read() {
        let known = Known::get();
        assert!(known.several.iter().all(|it| known.builtins.contains(it)));
        assert!(known.several.contains("prometheus/metrics"));
        assert!(known.configs.contains_key("http") && known.configs.contains_key("mcp"));
    }
}
