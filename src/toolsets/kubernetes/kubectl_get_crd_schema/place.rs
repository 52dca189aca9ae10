//! A kind and the way to one of its fields: `deploy.spec.template`, `crontabs.stable.example.com.spec`.

use std::sync::Arc;

use crate::{
    nearest::several,
    output::hinted,
    tool::ToolError,
    toolsets::kubernetes::{
        cluster::Cluster,
        discovery::{self, Resource},
        few::{briefly, few},
        openapi::{Document, Schema},
    },
};

/// How many names an error proposes, and how many it lists when none is near.
const MOST_NEAR: usize = 3;
const MOST_LISTED: usize = 12;

pub(super) struct Place {
    pub(super) resource: Arc<Resource>,
    /// The kind, as the caller wrote it.
    pub(super) kind: String,
    pub(super) path: Vec<String>,
}

/// Where the path ends.
#[derive(Clone, Copy)]
pub(super) struct Field<'a> {
    pub(super) schema: &'a Schema,
    pub(super) required: bool,
}

impl Place {
    /// A group has dots too, so the catalog decides where the kind ends: as late as can be.
    pub(super) async fn read(cluster: &Cluster, text: &str) -> Result<Self, ToolError> {
        let text = text.trim();
        let found = cluster.discovery().find(cluster, |catalog| {
            readings(text).find_map(|(kind, path)| {
                let resource = catalog.resource(kind)?;
                Some(Self { resource, kind: kind.to_owned(), path: steps(path) })
            })
        });
        found.await?.map_err(|catalog| {
            let kind = text.split('.').next().unwrap_or(text);
            discovery::unknown(&catalog, if text.contains('/') { text } else { kind })
        })
    }

    pub(super) fn walk<'a>(&self, document: &'a Document) -> Result<Field<'a>, ToolError> {
        let nothing = || ToolError::NotFound(format!("no schema of {}", self.resource.full_name()));
        let schema = document.kind(&self.resource).ok_or_else(nothing)?;
        let mut field = Field { schema, required: false };
        for (position, step) in self.path.iter().enumerate() {
            let before = self.path.get(..position).unwrap_or_default();
            field = child(document, field.schema, step)
                .ok_or_else(|| self.missing(document, field.schema, before, step))?;
        }
        Ok(field)
    }

    /// `deploy.spec.template`
    pub(super) fn text(&self) -> String {
        let steps = self.path.iter().map(String::as_str);
        std::iter::once(self.kind.as_str()).chain(steps).collect::<Vec<_>>().join(".")
    }

    fn missing(
        &self,
        document: &Document,
        schema: &Schema,
        before: &[String],
        step: &str,
    ) -> ToolError {
        let parent = if before.is_empty() { self.resource.kind.clone() } else { before.join(".") };
        let element = document.element(schema);
        let names = || element.properties.keys().map(|it| &**it);
        let near = several(step, names(), MOST_NEAR);
        let hint = if !near.is_empty() {
            format!("did you mean {}?", near.join(" or "))
        } else if !element.properties.is_empty() {
            format!("it has {}", few(&names().collect::<Vec<_>>(), MOST_LISTED))
        } else if element.is_open() {
            "it takes any fields, and its schema does not say which".to_owned()
        } else {
            format!("it is {} and has none", schema.type_name())
        };
        let wrong = format!("{parent} has no field {}", briefly(step));
        ToolError::NotFound(hinted(&wrong, &hint))
    }
}

fn child<'a>(document: &'a Document, schema: &'a Schema, step: &str) -> Option<Field<'a>> {
    let element = document.element(schema);
    if let Some(schema) = element.properties.get(step) {
        let required = element.required.iter().any(|it| **it == *step);
        return Some(Field { schema, required });
    }
    // A key of a map and an index of a list are named by no schema.
    let inner = document.resolved(schema).inner()?;
    let is_list = schema.type_name().starts_with("[]");
    let is_index = step.bytes().all(|it| it.is_ascii_digit());
    (!is_list || is_index).then_some(Field { schema: inner, required: false })
}

/// Every way to divide a text at a dot, the longest kind first.
fn readings(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let divided = text.rmatch_indices('.').map(|(dot, _)| {
        (text.get(..dot).unwrap_or_default(), text.get(dot + 1..).unwrap_or_default())
    });
    std::iter::once((text, "")).chain(divided).filter(|it| !it.0.is_empty())
}

/// `spec.containers[*].image` without what stands for elements.
fn steps(path: &str) -> Vec<String> {
    let names = path.split('.').map(|it| it.split('[').next().unwrap_or_default());
    names.filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_divided_at_every_dot_with_the_longest_kind_first() {
        let all: Vec<_> = readings("a.b.c").collect();
        assert_eq!(all, [("a.b.c", ""), ("a.b", "c"), ("a", "b.c")]);
        assert_eq!(readings(".a").collect::<Vec<_>>(), [(".a", "")]);
    }

    #[test]
    fn elements_of_lists_are_no_steps() {
        assert_eq!(
            steps("spec.containers[*].ports[0].name"),
            ["spec", "containers", "ports", "name"]
        );
        assert!(steps("").is_empty());
    }
}
