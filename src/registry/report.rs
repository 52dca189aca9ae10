//! `tacklebox://toolsets`: what is enabled, how it is doing, and why something is not there.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::watched::Gauge;
use crate::{
    output::Answer,
    resource::{Resource, ResourceDefinition, Variables},
    tool::{Session, ToolError},
    toolsets::Health,
};

pub(super) const URI: &str = "tacklebox://toolsets";

pub(super) struct Report(pub(super) Vec<Gauge>);

#[async_trait]
impl Resource for Report {
    fn definition(&self) -> ResourceDefinition {
        ResourceDefinition {
            uri: URI.to_owned(),
            name: "toolsets".to_owned(),
            title: "Toolsets and their health".to_owned(),
            description: "Which toolsets are enabled, how each is doing, and why one is missing."
                .to_owned(),
            mime_type: "application/json".to_owned(),
        }
    }

    async fn read(&self, _variables: &Variables, _session: &Session) -> Result<Answer, ToolError> {
        let toolsets: Vec<_> =
            self.0.iter().map(|it| entry(it.toolset, it.read().as_ref())).collect();
        let value = json!({ "toolsets": toolsets });
        Ok(Answer::Object { text: value.to_string(), value })
    }
}

fn entry(name: &str, health: Option<&Health>) -> Value {
    let state = health.map_or("probing", Health::word);
    match health.and_then(Health::reason) {
        None => json!({ "name": name, "state": state }),
        Some(reason) => json!({ "name": name, "state": state, "reason": reason }),
    }
}
