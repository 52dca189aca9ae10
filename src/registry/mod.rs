//! The tools, resources and prompts that exist: availability times policy, asked by list and call alike.

mod endpoints;
mod error;
mod owned;
mod page;
mod probe;
mod report;
mod shelf;
mod subscriptions;
mod watched;

pub use self::{
    endpoints::{Answered, Found},
    error::{Duplicate, Unknown},
    page::Page,
    probe::Rhythm,
    subscriptions::{Crowded, Subscription},
};

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use futures::{StreamExt, stream};
use prometheus_client::encoding::DescriptorEncoder;
use tokio::time::timeout;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::{
    shelf::{Listing, Shelf},
    subscriptions::{Again, Heard, Subscriptions},
};
use crate::{
    blank::Blank,
    policy::{Attempt, Outcome, Place, Stack, Subject, Typed},
    prompt::{Blanks, BoundPrompt},
    resource::BoundResource,
    tool::{Arguments, BoundTool, Session, ToolError},
    toolsets::{Changes, Health, Toolset, Unusable},
};

/// What is offered, and the way to it. Cheap to clone; a reload puts another shelf in place for all clones at once.
#[derive(Clone)]
pub struct Registry {
    shelf: Arc<RwLock<Arc<Shelf>>>,
    changes: Changes,
    subscriptions: Subscriptions,
    rhythm: Rhythm,
    /// What reloads have taken out of service and not shut down yet, and the end of its patience.
    retiring: TaskTracker,
    ending: CancellationToken,
}

/// All that a client may be offered, in the order of its lists.
pub struct Offer {
    pub tools: Vec<BoundTool>,
    pub resources: Vec<BoundResource>,
    pub prompts: Vec<BoundPrompt>,
}

/// What somebody who types might mean: the first values, and how many there are.
#[derive(Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub struct Proposals {
    pub values: Vec<String>,
    pub total: usize,
}

/// How long a reload waits for calls under way before it takes their toolsets away.
const GRACE: Duration = Duration::from_secs(10);
/// How long a reload waits for what is listened to.
const PATIENCE: Duration = Duration::from_secs(10);

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
        let subscriptions = Subscriptions::default();
        Ok(Self { shelf, changes, subscriptions, rhythm, retiring, ending })
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
        self.renew_subscriptions();
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

    /// The toolsets that have yet to see for the first time what they serve.
    pub fn starting(&self) -> Vec<&'static str> {
        self.shelf().starting()
    }

    /// The numbers of the toolsets that are in service now.
    pub fn measure(&self, out: &mut DescriptorEncoder<'_>) -> fmt::Result {
        self.shelf().measure(out)
    }

    /// The tools that can be called now by whoever asks, in the order of their names.
    pub async fn tools(&self, session: &Session) -> Vec<BoundTool> {
        let shelf = self.shelf();
        shelf.settled().await;
        let unusable = shelf.unusable(session).await;
        let is_usable = |tool: &BoundTool| {
            let name = tool.definition().name;
            !unusable.iter().any(|it| it.tool == name)
        };
        shelf.listed_tools().into_iter().filter(is_usable).collect()
    }

    /// The tools that are there and not listed to whoever asks.
    pub async fn unusable(&self, session: &Session) -> Vec<Unusable> {
        self.shelf().unusable(session).await
    }

    /// What the policies leave, whether its backend is there or not.
    pub fn admitted(&self) -> Offer {
        self.shelf().offer()
    }

    pub async fn resources(&self) -> Vec<BoundResource> {
        let shelf = self.shelf();
        shelf.settled().await;
        shelf.listed_resources()
    }

    pub async fn prompts(&self) -> Vec<BoundPrompt> {
        let shelf = self.shelf();
        shelf.settled().await;
        shelf.listed_prompts()
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

    /// Listens to what is at an address, until the subscription is dropped; every change is announced. What cannot be read
    /// cannot be listened to.
    pub async fn subscribe(
        &self,
        uri: &str,
        session: Session,
    ) -> Result<Result<Subscription, ToolError>, Unknown> {
        let shelf = self.shelf();
        let found = shelf.noted(shelf.resource(uri), "resources/subscribe", &session)?.clone();
        let (place, heard) = (Place::default(), Heard::new(uri, &session.caller));
        let subject = Subject::Subscription {
            variables: found.item.matches(uri).unwrap_or_default(),
            resource: found.item,
            uri: uri.to_owned(),
            updates: place.clone(),
        };
        let outcome = shelf.run(found.owner, subject, session).await;
        Ok(outcome.and_then(|_| {
            let updates = place.take().unwrap_or_else(|| stream::pending().boxed());
            let opened = self.subscriptions.open(heard, updates, &self.changes);
            let opened = opened.map_err(|it| ToolError::Busy(it.to_string()))?;
            // A reload that came in between has not seen it.
            if !Arc::ptr_eq(&shelf, &self.shelf()) {
                self.renew_subscriptions();
            }
            Ok(opened)
        }))
    }

    fn renew_subscriptions(&self) {
        let shelf = self.shelf();
        self.subscriptions.renew(&self.changes, move |it| listen_again(Arc::clone(&shelf), it));
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

    /// Values for a blank of a prompt. What is not there completes to nothing: who types has no use for errors.
    pub async fn complete_prompt(&self, name: &str, blank: Blank, session: Session) -> Proposals {
        let shelf = self.shelf();
        let Ok(found) = shelf.prompt(name).cloned() else { return Proposals::default() };
        let subject = Subject::Completion { of: Typed::Prompt(found.item), blank };
        shelf.complete(found.owner, subject, session).await
    }

    /// The same for a variable of the template at that address.
    pub async fn complete_resource(&self, uri: &str, blank: Blank, session: Session) -> Proposals {
        let shelf = self.shelf();
        let Ok(found) = shelf.resource(uri).cloned() else { return Proposals::default() };
        let subject = Subject::Completion { of: Typed::Resource(found.item), blank };
        shelf.complete(found.owner, subject, session).await
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

/// The updates of an address, by what a reload has put behind it, if whoever listens may read that.
async fn listen_again(shelf: Arc<Shelf>, heard: Heard) -> Again {
    let Heard { uri, caller } = heard;
    let Ok(found) = shelf.resource(&uri) else { return Again::Never };
    let Some(variables) = found.item.matches(&uri) else { return Again::Never };
    if !shelf.stack.admits_all(&found.item.tools()) {
        return Again::Never;
    }
    let session = Session::of(caller).until(Instant::now() + PATIENCE);
    let updates = timeout(PATIENCE, found.item.updates(&variables, &session)).await;
    updates.ok().and_then(Result::ok).map_or(Again::NotNow, Again::Updates)
}
