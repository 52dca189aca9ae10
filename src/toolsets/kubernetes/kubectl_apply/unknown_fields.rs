//! Fields that a kind does not have, all of them, each with the one that was meant.

use serde_json::Value;

use super::intent::Intent;
use crate::{
    nearest::several,
    output::hinted,
    toolsets::kubernetes::{
        cluster::Cluster,
        few::{briefly, few},
        field::text,
        openapi::{Document, Schema},
    },
};

const MOST_NEAR: usize = 3;
const MOST_LISTED: usize = 12;
/// Schemas can contain themselves.
const DEEPEST: usize = 64;

/// What is said of them, and what there is without them.
pub(super) struct Unknown {
    pub(super) told: Vec<String>,
    pub(super) rest: Value,
}

/// None as well where there is no schema to know it from.
pub(super) async fn of(cluster: &Cluster, intent: &Intent) -> Unknown {
    let resource = &intent.address.resource;
    let mut rest = intent.body.clone();
    let Ok(document) = cluster.discovery().schemas().of(cluster, resource).await else {
        return Unknown { told: Vec::new(), rest };
    };
    let mut search = Search { document: &document, path: Vec::new(), found: Vec::new() };
    if let Some(schema) = document.kind(resource) {
        search.value(schema, &mut rest);
    }
    Unknown { told: search.found, rest }
}

struct Search<'a> {
    document: &'a Document,
    path: Vec<String>,
    found: Vec<String>,
}

impl Search<'_> {
    /// Takes out what is not known.
    fn value(&mut self, schema: &Schema, value: &mut Value) {
        if self.path.len() > DEEPEST {
            return;
        }
        let schema = self.document.resolved(schema);
        match value {
            Value::Object(fields) => {
                fields.retain(|name, value| {
                    self.path.push(format!(".{}", briefly(name)));
                    let is_known = self.field(schema, name, value);
                    self.path.pop();
                    is_known
                });
            }
            Value::Array(items) => {
                let Some(inner) = schema.inner() else { return };
                for (index, item) in items.iter_mut().enumerate() {
                    let label = Some(text(item, "/name")).filter(|it| !it.is_empty());
                    let label = label.map_or_else(|| index.to_string(), briefly);
                    self.path.push(format!("[{label}]"));
                    self.value(inner, item);
                    self.path.pop();
                }
            }
            _ => {}
        }
    }

    /// Whether there is such a field.
    fn field(&mut self, schema: &Schema, name: &str, value: &mut Value) -> bool {
        if let Some(known) = schema.properties.get(name) {
            self.value(known, value);
        } else if let Some(inner) = schema.inner() {
            self.value(inner, value);
        } else if !schema.properties.is_empty() && !schema.takes_any() {
            let names = || schema.properties.keys().map(|it| &**it);
            let near = several(name, names(), MOST_NEAR);
            let hint = match near.as_slice() {
                [] => format!("it has {}", few(&names().collect::<Vec<_>>(), MOST_LISTED)),
                near => format!("did you mean {}?", near.join(" or ")),
            };
            let path = self.path.concat();
            let wrong = format!("unknown field {}", path.trim_start_matches('.'));
            self.found.push(hinted(&wrong, &hint));
            return false;
        }
        true
    }
}
