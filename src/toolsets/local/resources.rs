//! `obi://…`: what is deployed here, by address, and heard of when it changes.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::{StreamExt, stream};
use tokio::time::sleep;

use super::{Local, look::nothing, store::length};
use crate::{
    obi::config::schema,
    output::{Answer, Document, Keep, Part},
    resource::{BoundResource, Resource, ResourceDefinition, Updates, Variables},
    tool::{BoundTool, Definition, Session, ToolError},
};

/// How often whoever listens has it looked at: OBI says nothing by itself.
const PAUSE: Duration = Duration::from_secs(2);

/// Of the log, so many bytes of its end.
const RECENT: usize = 64 << 10;

pub(super) fn all(
    local: &Arc<Local>,
    config: &BoundTool,
    status: &BoundTool,
    logs: &BoundTool,
    validate: &BoundTool,
) -> Vec<BoundResource> {
    let address = |what, tool: &BoundTool| {
        BoundResource::new(Address { what, local: Arc::clone(local), tool: tool.clone() })
    };
    vec![
        address(What::Config, config),
        address(What::Status, status),
        address(What::Logs, logs),
        address(What::Schema, validate),
    ]
}

struct Address {
    what: What,
    local: Arc<Local>,
    tool: BoundTool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Config,
    Status,
    Logs,
    Schema,
}

impl What {
    fn uri(self) -> &'static str {
        match self {
            Self::Config => "obi://config/current",
            Self::Status => "obi://status/health",
            Self::Logs => "obi://logs/recent",
            Self::Schema => "obi://schema/v1",
        }
    }

    fn mime_type(self) -> &'static str {
        match self {
            Self::Config => "application/yaml",
            Self::Status => "application/json",
            Self::Schema => "application/schema+json",
            Self::Logs => "text/plain",
        }
    }

    async fn text(self, local: &Local) -> Result<String, ToolError> {
        Ok(match self {
            Self::Config => {
                let deployment = local.store.deployment()?.ok_or_else(nothing)?;
                local.store.configuration(deployment.revision)?
            }
            Self::Status => {
                let status = local.answered(&local.look()?).await.status();
                serde_json::to_string_pretty(&status).unwrap_or_default()
            }
            Self::Schema => schema().to_string(),
            Self::Logs => {
                let from = local.store.deployment()?.ok_or_else(nothing)?.log_from;
                let tail = local.tail(from).map_err(|it| ToolError::Failed(it.to_string()))?;
                let recent = tail.bytes.len().saturating_sub(RECENT);
                String::from_utf8_lossy(tail.bytes.get(recent..).unwrap_or_default()).into_owned()
            }
        })
    }

    /// What is another whenever it has changed, and cheap to be had.
    async fn mark(self, local: &Local) -> String {
        let deployment = local.store.deployment().ok().flatten();
        match self {
            Self::Config => format!("{:?}", deployment.map(|it| it.revision)),
            Self::Logs => length(&local.store.log()).to_string(),
            Self::Schema => String::new(),
            Self::Status => match local.look() {
                Ok(look) => local.answered(&look).await.mark(),
                Err(error) => error.to_string(),
            },
        }
    }
}

#[async_trait]
impl Resource for Address {
    fn definition(&self) -> ResourceDefinition {
        let (name, title, description) = match self.what {
            What::Config => {
                ("obi-config", "OBI's configuration", "What OBI on this host runs with, as YAML.")
            }
            What::Status => {
                ("obi-status", "OBI's state", "How OBI on this host is, and why, as JSON.")
            }
            What::Schema => {
                ("obi-schema", "OBI's schema", "The JSON schema of OBI's configuration, version 1.")
            }
            What::Logs => ("obi-logs", "OBI's log", "The end of the log of OBI on this host."),
        };
        ResourceDefinition {
            uri: self.what.uri().to_owned(),
            name: name.to_owned(),
            title: title.to_owned(),
            description: description.to_owned(),
            mime_type: self.what.mime_type().to_owned(),
        }
    }

    fn tools(&self) -> Vec<&Definition> {
        vec![self.tool.definition()]
    }

    async fn read(&self, _: &Variables, _: &Session) -> Result<Answer, ToolError> {
        let text = self.what.text(&self.local).await?;
        if self.what == What::Logs {
            // Programs that OBI looks at have a word in it.
            return Ok(Answer::from(Document::new().untrusted("OBI's log", text, Keep::Tail)));
        }
        Ok(Answer::Media(vec![Part::resource(self.what.uri(), self.what.mime_type(), text)]))
    }

    async fn updates(&self, _: &Variables, _: &Session) -> Result<Updates, ToolError> {
        if self.what == What::Schema {
            return Ok(stream::pending().boxed());
        }
        let (what, local) = (self.what, Arc::clone(&self.local));
        let before = what.mark(&local).await;
        let changes = stream::unfold((local, before), move |(local, before)| async move {
            loop {
                sleep(PAUSE).await;
                let now = what.mark(&local).await;
                if now != before {
                    return Some(((), (local, now)));
                }
            }
        });
        Ok(changes.boxed())
    }
}
