//! `toolset://…`: what was found, by address, and heard of when it changes.

use std::sync::Arc;

use async_trait::async_trait;
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use tokio::sync::watch;

use super::{
    Discovery,
    discover_services::listed,
    looked::{NOT_YET, seen},
    snapshot::{Filter, Snapshot},
};
use crate::{
    output::{Answer, Part},
    resource::{BoundResource, Resource, ResourceDefinition, Updates, Variables},
    tool::{BoundTool, Definition, Session, ToolError},
};

pub(super) fn all(
    discovery: &Arc<Discovery>,
    services: &BoundTool,
    toolset: &BoundTool,
) -> Vec<BoundResource> {
    let address = |what, tool: &BoundTool| {
        let (discovery, tool) = (Arc::clone(discovery), tool.clone());
        BoundResource::new(Address { what, discovery, tool })
    };
    vec![address(What::Services, services), address(What::Toolset, toolset)]
}

struct Address {
    what: What,
    discovery: Arc<Discovery>,
    tool: BoundTool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Services,
    Toolset,
}

impl What {
    fn uri(self) -> &'static str {
        match self {
            Self::Services => "toolset://services",
            Self::Toolset => "toolset://holmesgpt",
        }
    }

    async fn text(self, discovery: &Discovery, snapshot: &Snapshot) -> Result<String, ToolError> {
        Ok(match self {
            Self::Services => {
                listed(&snapshot.filtered(Filter::default()), snapshot, &discovery.settings.domain)
                    .to_string()
            }
            Self::Toolset => discovery.loaded(None, snapshot).await?.0.yaml(),
        })
    }

    fn mime_type(self) -> &'static str {
        match self {
            Self::Services => "application/json",
            Self::Toolset => "application/yaml",
        }
    }
}

#[async_trait]
impl Resource for Address {
    fn definition(&self) -> ResourceDefinition {
        let (name, title, description) = match self.what {
            What::Services => {
                ("services", "Services", "The observability services that were found, as JSON.")
            }
            What::Toolset => {
                ("holmesgpt-toolset", "HolmesGPT's toolset", "What HolmesGPT loads, as YAML.")
            }
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

    async fn read(&self, _: &Variables, session: &Session) -> Result<Answer, ToolError> {
        let (snapshot, is_whole) = seen(self.discovery.survey(None)?, session).await?;
        if !is_whole {
            return Err(ToolError::Unavailable(NOT_YET.to_owned()));
        }
        let text = self.what.text(&self.discovery, &snapshot).await?;
        Ok(Answer::Media(vec![Part::resource(self.what.uri(), self.what.mime_type(), text)]))
    }

    async fn updates(&self, _: &Variables, _: &Session) -> Result<Updates, ToolError> {
        let running = self.discovery.of(None)?;
        let found = changes(running.survey.looks());
        let publishing = running.publishing.as_ref().filter(|_| self.what == What::Toolset);
        Ok(match publishing {
            Some(it) => stream::select(found, changes(it.publisher.seen_overrides())).boxed(),
            None => found,
        })
    }
}

/// Each counts, also one after which all is as it was before: who has read in between has seen something else.
fn changes<T: Send + Sync + 'static>(mut seen: watch::Receiver<T>) -> BoxStream<'static, ()> {
    seen.mark_unchanged();
    let changes = stream::unfold(seen, |mut seen| async move {
        seen.changed().await.ok()?;
        Some(((), seen))
    });
    changes.boxed()
}
