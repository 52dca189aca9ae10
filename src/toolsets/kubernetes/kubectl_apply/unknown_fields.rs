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

/// None as well where there is no schema to know it from.
pub(super) async fn of(cluster: &Cluster, intent: &Intent) -> Vec<String> {
    let resource = &intent.address.resource;
    let Ok(document) = cluster.discovery().schemas().of(cluster, resource).await else {
        return Vec::new();
    };
    let Some(schema) = document.kind(resource) else { return Vec::new() };
    let mut search = Search { document: &document, path: Vec::new(), found: Vec::new() };
    search.value(schema, &intent.body);
    search.found
}

struct Search<'a> {
    document: &'a Document,
    path: Vec<String>,
    found: Vec<String>,
}

impl Search<'_> {
    fn value(&mut self, schema: &Schema, value: &Value) {
        if self.path.len() > DEEPEST {
            return;
        }
        let schema = self.document.resolved(schema);
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    self.path.push(format!(".{}", briefly(name)));
                    self.field(schema, name, value);
                    self.path.pop();
                }
            }
            Value::Array(items) => {
                let Some(inner) = schema.inner() else { return };
                for (index, item) in items.iter().enumerate() {
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

    fn field(&mut self, schema: &Schema, name: &str, value: &Value) {
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
        }
    }
}
