//! A text, a picture, a family behind a template, and an address to watch.

use async_trait::async_trait;
use serde_json::json;

use super::{DOT, beginning_with, says};
use crate::{
    blank::Blank,
    output::{Answer, Content, Part},
    resource::{BoundResource, Resource, ResourceDefinition, Variables},
    tool::{Session, ToolError},
};

pub(super) fn all() -> Vec<BoundResource> {
    vec![
        BoundResource::new(Fixed {
            uri: "test://static-text",
            name: "static-text",
            mime_type: "text/plain",
            content: Content::Text("This is the content of the static text resource.".to_owned()),
        }),
        BoundResource::new(Fixed {
            uri: "test://static-binary",
            name: "static-binary",
            mime_type: "image/png",
            content: Content::Blob(DOT.to_owned()),
        }),
        BoundResource::new(Fixed {
            uri: "test://watched-resource",
            name: "watched-resource",
            mime_type: "text/plain",
            content: Content::Text("This is the content of the watched resource.".to_owned()),
        }),
        BoundResource::new(Template),
    ]
}

struct Fixed {
    uri: &'static str,
    name: &'static str,
    mime_type: &'static str,
    content: Content,
}

#[async_trait]
impl Resource for Fixed {
    fn definition(&self) -> ResourceDefinition {
        definition(self.uri, self.name, self.mime_type)
    }

    async fn read(&self, _variables: &Variables, _session: &Session) -> Result<Answer, ToolError> {
        Ok(Answer::Media(vec![Part::Resource {
            uri: self.uri.to_owned(),
            mime_type: self.mime_type.to_owned(),
            content: self.content.clone(),
        }]))
    }
}

struct Template;

#[async_trait]
impl Resource for Template {
    fn definition(&self) -> ResourceDefinition {
        definition("test://template/{id}/data", "template", "application/json")
    }

    async fn read(&self, variables: &Variables, _session: &Session) -> Result<Answer, ToolError> {
        let id = variables.get("id").cloned().unwrap_or_default();
        let data = format!("Data for ID: {id}");
        let value = json!({ "id": id, "templateTest": true, "data": data });
        Ok(says(value.to_string()))
    }

    async fn complete(&self, variable: &Blank, _session: &Session) -> Vec<String> {
        beginning_with(&variable.prefix, &["1", "2", "3"])
    }
}

fn definition(uri: &str, name: &str, mime_type: &str) -> ResourceDefinition {
    ResourceDefinition {
        uri: uri.to_owned(),
        name: name.to_owned(),
        title: name.to_owned(),
        description: format!("A fixture of type {mime_type}."),
        mime_type: mime_type.to_owned(),
    }
}
