//! The tools, resources and prompts that exist: availability times policy, asked by list and call alike.

mod error;
mod owned;
mod page;
mod probe;
mod report;
mod shelf;
mod watched;

pub use self::{
    error::{Duplicate, Unknown},
    page::Page,
    probe::Rhythm,
};

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::shelf::{Listing, Shelf};
use crate::{
    policy::{Attempt, Outcome, Stack, Subject, Typed},
    prompt::{Blanks, BoundPrompt},
    resource::BoundResource,
    tool::{Arguments, BoundTool, Session},
    toolsets::{Changes, Health, Toolset},
};

/// What is offered, and the way to it. Cheap to clone; a reload puts another shelf in place for all clones at once.
#[derive(Clone)]
pub struct Registry {
    shelf: Arc<RwLock<Arc<Shelf>>>,
    changes: Changes,
    rhythm: Rhythm,
    /// What reloads have taken out of service and not shut down yet, and the end of its patience.
    retiring: TaskTracker,
    ending: CancellationToken,
}

/// What somebody who types might mean: the first values, and how many there are.
#[derive(Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub struct Proposals {
    pub values: Vec<String>,
    pub total: usize,
}

/// How long a reload waits for calls under way before it takes their toolsets away.
const GRACE: Duration = Duration::from_secs(10);

impl Registry {
    pub fn new(
        toolsets: Vec<Arc<dyn Toolset>>,
        stack: Stack,
        rhythm: Rhythm,
    ) -> Result<Self, Duplicate> {
        let changes = Changes::default();
        let shelf = Shelf::new(toolsets, stack, &changes, rhythm, &[])?;
        let shelf = Arc::new(RwLock::new(Arc::new(shelf)));
        let (retiring, ending) = (TaskTracker::new(), CancellationToken::new());
        Ok(Self { shelf, changes, rhythm, retiring, ending })
    }

    /// Takes other toolsets and policies into service. Calls under way end as they began; when they have, or after ten seconds,
    /// the old toolsets are shut down. Clients are told of the lists that are others than before.
    ///
    /// A toolset that was available stays so until its backend has been asked again: a reload takes no tool away for a moment.
    pub fn replace(&self, toolsets: Vec<Arc<dyn Toolset>>, stack: Stack) -> Result<(), Duplicate> {
        let before = self.shelf();
        let shelf = Shelf::new(toolsets, stack, &self.changes, self.rhythm, &before.health())?;
        let listed = before.listing();
        let before = self.put(shelf);
        tokio::spawn(tell_differences(listed, self.shelf(), self.changes.clone()));
        self.retiring.spawn(retire(before, self.ending.clone()));
        Ok(())
    }

    /// Shuts everything down, what a reload has left behind as well.
    pub async fn shutdown(&self) {
        self.ending.cancel();
        self.retiring.close();
        let shelf = self.shelf();
        tokio::join!(shelf.shut_down(), self.retiring.wait());
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

    /// What of the operator's settings has no effect on the backends as they are.
    pub async fn doubts(&self) -> Vec<String> {
        self.shelf().doubts().await
    }

    /// The names of all tools, whatever policies say of them.
    pub fn tool_names(&self) -> Vec<&'static str> {
        self.shelf().tool_names()
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
        let found = shelf.tool(name).ok_or_else(|| shelf.unknown_tool(name));
        let tool = shelf.noted(found, "tools/call", &session)?.clone();
        Ok(shelf.run(tool.owner, Subject::Tool { tool: tool.item, arguments }, session).await)
    }

    pub async fn read(&self, uri: &str, session: Session) -> Result<Outcome, Unknown> {
        let shelf = self.shelf();
        let found = shelf.noted(shelf.resource(uri), "resources/read", &session)?.clone();
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
        let found = shelf.noted(shelf.prompt(name), "prompts/get", &session)?.clone();
        Ok(shelf.run(found.owner, Subject::Prompt { prompt: found.item, blanks }, session).await)
    }

    /// Values for a blank of a prompt, given how it begins. What is not there completes to nothing: who types has no use for errors.
    pub async fn complete_prompt(
        &self,
        name: &str,
        argument: &str,
        prefix: &str,
        session: Session,
    ) -> Proposals {
        let shelf = self.shelf();
        let Ok(found) = shelf.prompt(name).cloned() else { return Proposals::default() };
        let of = Typed::Prompt(found.item);
        shelf.complete(found.owner, completion(of, argument, prefix), session).await
    }

    /// The same for a variable of the template at that address.
    pub async fn complete_resource(
        &self,
        uri: &str,
        argument: &str,
        prefix: &str,
        session: Session,
    ) -> Proposals {
        let shelf = self.shelf();
        let Ok(found) = shelf.resource(uri).cloned() else { return Proposals::default() };
        let of = Typed::Resource(found.item);
        shelf.complete(found.owner, completion(of, argument, prefix), session).await
    }

    /// Tells the policies of what never became a call.
    pub fn turned_away(&self, attempt: &Attempt<'_>) {
        self.shelf().stack.turned_away(attempt);
    }

    fn shelf(&self) -> Arc<Shelf> {
        Arc::clone(&self.shelf.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn put(&self, shelf: Shelf) -> Arc<Shelf> {
        let mut place = self.shelf.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut place, Arc::new(shelf))
    }
}

async fn tell_differences(before: Listing, after: Arc<Shelf>, changes: Changes) {
    after.settled().await;
    let differs = before.into_iter().zip(after.listing()).filter(|(old, new)| old != new);
    differs.for_each(|(_, (change, _))| changes.announce(change));
}

/// Lets calls under way end, but not for ever, nor beyond the end of the program.
async fn retire(shelf: Arc<Shelf>, ending: CancellationToken) {
    tokio::select! {
        () = shelf.calls_ended() => {}
        () = tokio::time::sleep(GRACE) => tracing::warn!("toolsets are shut down under running calls"),
        () = ending.cancelled() => {}
    }
    shelf.shut_down().await;
}

fn completion(of: Typed, argument: &str, prefix: &str) -> Subject {
    Subject::Completion { of, argument: argument.to_owned(), prefix: prefix.to_owned() }
}
