//! The tools, resources and prompts that exist: availability times policy, asked by list and call alike.

mod page;
mod report;
mod shelf;
mod watched;

pub use self::{page::Page, watched::Rhythm};

use std::sync::{Arc, PoisonError, RwLock};

use self::shelf::Shelf;
use crate::{
    nearest::nearest,
    policy::{Outcome, Stack, Subject},
    prompt::{Blanks, BoundPrompt},
    resource::BoundResource,
    tool::{Arguments, BoundTool, Session},
    toolsets::{Change, Changes, Health, Toolset},
};

/// What is offered, and the way to it. Cheap to clone; a reload puts another shelf in place for all clones at once.
#[derive(Clone)]
pub struct Registry {
    shelf: Arc<RwLock<Arc<Shelf>>>,
    changes: Changes,
    rhythm: Rhythm,
}

/// Two owners of one name: a mistake in the program or its configuration, told at start-up.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{kind} {name} is declared twice, by toolset {first} and by toolset {second}")]
pub struct Duplicate {
    kind: &'static str,
    name: String,
    first: &'static str,
    second: &'static str,
}

/// The name is not on offer; nothing was run.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown {kind}: {name}{}", .nearest.as_ref().map(|it| format!(" (did you mean {it}?)")).unwrap_or_default())]
pub struct Unknown {
    kind: &'static str,
    name: String,
    nearest: Option<String>,
}

impl Registry {
    pub fn new(
        toolsets: Vec<Arc<dyn Toolset>>,
        stack: Stack,
        rhythm: Rhythm,
    ) -> Result<Self, Duplicate> {
        let changes = Changes::default();
        let shelf = Shelf::new(toolsets, stack, &changes, rhythm)?;
        Ok(Self { shelf: Arc::new(RwLock::new(Arc::new(shelf))), changes, rhythm })
    }

    /// Takes other toolsets and policies into service. Calls under way end as they began; the old toolsets are shut down.
    pub async fn replace(
        &self,
        toolsets: Vec<Arc<dyn Toolset>>,
        stack: Stack,
    ) -> Result<(), Duplicate> {
        let shelf = Shelf::new(toolsets, stack, &self.changes, self.rhythm)?;
        let before = self.put(shelf);
        for change in [Change::Tools, Change::Prompts, Change::Resources] {
            self.changes.announce(change);
        }
        before.stop().await;
        Ok(())
    }

    pub async fn shutdown(&self) {
        self.shelf().stop().await;
    }

    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// What every toolset is for, one line each, in a fixed order.
    pub fn purposes(&self) -> Vec<String> {
        self.shelf().purposes()
    }

    /// Every toolset and how its first probe ended, however long it takes to end.
    pub async fn examined(&self) -> Vec<(&'static str, Health)> {
        self.shelf().examined().await
    }

    /// Every toolset and what is known of it now; `None` is a first probe that has not ended.
    pub fn health(&self) -> Vec<(&'static str, Option<Health>)> {
        self.shelf().health()
    }

    /// The tools that can be called now, in the order of their names.
    pub async fn tools(&self) -> Vec<BoundTool> {
        let shelf = self.shelf();
        shelf.settled().await;
        shelf.listed_tools()
    }

    /// The tools that the policies leave, whether their backend is there or not.
    pub fn admitted(&self) -> Vec<BoundTool> {
        self.shelf().admitted().map(|it| it.item.clone()).collect()
    }

    pub async fn resources(&self) -> Vec<BoundResource> {
        let shelf = self.shelf();
        shelf.settled().await;
        shelf.available(shelf.resources.values())
    }

    pub async fn prompts(&self) -> Vec<BoundPrompt> {
        let shelf = self.shelf();
        shelf.settled().await;
        shelf.available(shelf.prompts.values())
    }

    /// The tool of that name, listed or not.
    pub fn tool(&self, name: &str) -> Option<BoundTool> {
        self.shelf().tool(name).map(|it| it.item.clone())
    }

    pub fn prompt(&self, name: &str) -> Result<BoundPrompt, Unknown> {
        Ok(self.shelf().prompt(name)?.item.clone())
    }

    /// The resource at an address, or the one behind that template.
    pub fn resource(&self, uri: &str) -> Result<BoundResource, Unknown> {
        Ok(self.shelf().resource(uri)?.item.clone())
    }

    pub async fn call(
        &self,
        name: &str,
        arguments: Arguments,
        session: Session,
    ) -> Result<Outcome, Unknown> {
        let shelf = self.shelf();
        let tool = shelf.tool(name).ok_or_else(|| shelf.unknown_tool(name))?.clone();
        Ok(shelf.run(tool.owner, Subject::Tool { tool: tool.item, arguments }, session).await)
    }

    pub async fn read(&self, uri: &str, session: Session) -> Result<Outcome, Unknown> {
        let shelf = self.shelf();
        let found = shelf.resource(uri)?.clone();
        let variables = found.item.matches(uri).unwrap_or_default();
        let subject = Subject::Resource { resource: found.item, uri: uri.to_owned(), variables };
        Ok(shelf.run(found.owner, subject, session).await)
    }

    pub async fn get_prompt(
        &self,
        name: &str,
        blanks: Blanks,
        session: Session,
    ) -> Result<Outcome, Unknown> {
        let shelf = self.shelf();
        let found = shelf.prompt(name)?.clone();
        Ok(shelf.run(found.owner, Subject::Prompt { prompt: found.item, blanks }, session).await)
    }

    fn shelf(&self) -> Arc<Shelf> {
        Arc::clone(&self.shelf.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn put(&self, shelf: Shelf) -> Arc<Shelf> {
        let mut place = self.shelf.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut place, Arc::new(shelf))
    }
}

impl Unknown {
    fn new<'a>(kind: &'static str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        Self { kind, name: name.to_owned(), nearest: nearest(name, known).map(str::to_owned) }
    }

    /// The name or address that was asked for.
    pub fn name(&self) -> &str {
        &self.name
    }
}
