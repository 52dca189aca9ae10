//! What is on offer between two reloads: the toolsets, what they brought, and the policies in front of them.

use std::{collections::BTreeMap, fmt, sync::Arc};

use futures::future::join_all;
use prometheus_client::encoding::DescriptorEncoder;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::{
    Duplicate, Offer, Proposals, Unknown,
    endpoints::Endpoints,
    owned::{Owned, duplicate, place},
    probe::Rhythm,
    report::Report,
    watched::{PATIENCE, Watched},
};
use crate::{
    endpoint::BoundEndpoint,
    policy::{AlwaysThere, Attempt, Backend, Call, Outcome, Stack, Subject},
    prompt::BoundPrompt,
    resource::BoundResource,
    tool::{BoundTool, Session, ToolError},
    toolsets::{Change, Changes, Health, Toolset, Unusable},
};

pub(super) struct Shelf {
    watched: Vec<Watched>,
    pub(super) stack: Stack,
    /// The calls under way.
    calls: TaskTracker,
    tools: BTreeMap<&'static str, Owned<BoundTool>>,
    /// Older names and the names of their tools.
    aliases: BTreeMap<&'static str, Owned<&'static str>>,
    resources: BTreeMap<String, Owned<BoundResource>>,
    prompts: BTreeMap<&'static str, Owned<BoundPrompt>>,
    endpoints: Endpoints,
}

/// Toolsets and what is known of them.
pub(super) type Findings = [(&'static str, Option<Health>)];

impl Shelf {
    /// `before` is what was known of the toolsets of the shelf in whose place this one comes.
    pub(super) fn new(
        toolsets: Vec<Arc<dyn Toolset>>,
        stack: Stack,
        changes: &Changes,
        rhythm: Rhythm,
        before: &Findings,
    ) -> Result<Self, Duplicate> {
        let mut shelf = Self {
            watched: Vec::new(),
            stack,
            calls: TaskTracker::new(),
            tools: BTreeMap::new(),
            aliases: BTreeMap::new(),
            resources: BTreeMap::new(),
            prompts: BTreeMap::new(),
            endpoints: Endpoints::default(),
        };
        let names: Vec<&'static str> = toolsets.iter().map(|it| it.name()).collect();
        for (owner, toolset) in toolsets.iter().enumerate() {
            shelf.take(owner, toolset.as_ref(), &names)?;
        }
        shelf.refuse_shadows(&names)?;
        // Nothing is started before every name is known to be good.
        let start = |toolset: Arc<dyn Toolset>| {
            let known = known(before, toolset.name());
            Watched::start(toolset, changes.clone(), rhythm, known)
        };
        shelf.watched = toolsets.into_iter().map(start).collect();
        shelf.add_report();
        Ok(shelf)
    }

    fn take(
        &mut self,
        owner: usize,
        toolset: &dyn Toolset,
        names: &[&'static str],
    ) -> Result<(), Duplicate> {
        for tool in toolset.tools() {
            let (name, aliases) = (tool.definition().name, tool.definition().aliases);
            place(&mut self.tools, "tool", name, owner, tool, names)?;
            for alias in aliases {
                place(&mut self.aliases, "tool", *alias, owner, name, names)?;
            }
        }
        for resource in toolset.resources() {
            let uri = resource.definition.uri.clone();
            place(&mut self.resources, "resource", uri, owner, resource, names)?;
        }
        for prompt in toolset.prompts() {
            place(&mut self.prompts, "prompt", prompt.definition.name, owner, prompt, names)?;
        }
        let mut endpoints = toolset.endpoints().into_iter();
        endpoints.try_for_each(|it| self.endpoints.place(owner, it, names))
    }

    /// An older name of one tool must not be the name of another.
    fn refuse_shadows(&self, names: &[&'static str]) -> Result<(), Duplicate> {
        let shadow = self.aliases.iter().find_map(|(alias, of)| {
            self.tools.get(alias).map(|tool| duplicate("tool", alias, tool.owner, of.owner, names))
        });
        shadow.map_or(Ok(()), Err)
    }

    fn add_report(&mut self) {
        let gauges = self.watched.iter().map(Watched::gauge).collect();
        let report = BoundResource::new(Report(gauges));
        let uri = report.definition.uri.clone();
        self.resources.insert(uri, Owned { owner: None, item: report });
    }

    pub(super) async fn settled(&self) {
        let deadline = Instant::now() + PATIENCE;
        for watched in &self.watched {
            watched.settled(deadline).await;
        }
    }

    /// Of what policies leave and whose backend is there, what is of no use to whoever asks.
    pub(super) async fn unusable(&self, session: &Session) -> Vec<Unusable> {
        let there = self.watched.iter().filter(|it| it.is_available());
        let unusable = join_all(there.map(|it| it.toolset.unusable(session))).await.concat();
        let admits = |it: &Unusable| {
            self.tool(it.tool).is_some_and(|it| self.stack.admits(it.item.definition()))
        };
        unusable.into_iter().filter(admits).collect()
    }

    pub(super) fn purposes(&self) -> Vec<String> {
        self.watched.iter().map(|it| it.toolset.purpose()).collect()
    }

    pub(super) fn health(&self) -> Vec<(&'static str, Option<Health>)> {
        self.watched.iter().map(|it| (it.toolset.name(), it.health())).collect()
    }

    pub(super) fn starting(&self) -> Vec<&'static str> {
        let toolsets = self.watched.iter().map(|it| &it.toolset);
        toolsets.filter(|it| it.is_starting()).map(|it| it.name()).collect()
    }

    pub(super) fn measure(&self, out: &mut DescriptorEncoder<'_>) -> fmt::Result {
        self.watched.iter().try_for_each(|it| it.toolset.measure(out))
    }

    pub(super) fn listed_tools(&self) -> Vec<BoundTool> {
        self.available(self.admitted())
    }

    pub(super) fn listed_resources(&self) -> Vec<BoundResource> {
        self.available(self.admitted_resources())
    }

    pub(super) fn listed_prompts(&self) -> Vec<BoundPrompt> {
        self.available(self.admitted_prompts())
    }

    pub(super) fn offer(&self) -> Offer {
        Offer {
            tools: items(self.admitted()),
            resources: items(self.admitted_resources()),
            prompts: items(self.admitted_prompts()),
        }
    }

    pub(super) fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    pub(super) fn admits(&self, endpoint: &BoundEndpoint) -> bool {
        self.stack.admits_all(&endpoint.tools())
    }

    fn admitted(&self) -> impl Iterator<Item = &Owned<BoundTool>> {
        self.tools.values().filter(|it| self.stack.admits(it.item.definition()))
    }

    fn admitted_resources(&self) -> impl Iterator<Item = &Owned<BoundResource>> {
        self.resources.values().filter(|it| self.stack.admits_all(&it.item.tools()))
    }

    fn admitted_prompts(&self) -> impl Iterator<Item = &Owned<BoundPrompt>> {
        self.prompts.values().filter(|it| self.stack.admits_all(&it.item.tools()))
    }

    pub(super) async fn examined(&self) -> Vec<(&'static str, Health)> {
        let probes =
            self.watched.iter().map(|it| async { (it.toolset.name(), it.examined().await) });
        join_all(probes).await
    }

    pub(super) fn tool_names(&self) -> Vec<&'static str> {
        self.tools.keys().copied().collect()
    }

    pub(super) async fn doubts(&self) -> Vec<String> {
        join_all(self.watched.iter().map(|it| it.toolset.doubts())).await.concat()
    }

    fn available<'a, T: Clone + 'a>(&self, items: impl Iterator<Item = &'a Owned<T>>) -> Vec<T> {
        items.filter(|it| self.is_available(it.owner)).map(|it| it.item.clone()).collect()
    }

    pub(super) fn tool(&self, name: &str) -> Option<&Owned<BoundTool>> {
        let name = self.aliases.get(name).map_or(name, |it| it.item);
        self.tools.get(name)
    }

    pub(super) fn unknown_tool(&self, name: &str) -> Unknown {
        Unknown::new("tool", name, self.admitted().map(|it| it.item.definition().name))
    }

    pub(super) fn prompt(&self, name: &str) -> Result<&Owned<BoundPrompt>, Unknown> {
        let unknown = || Unknown::new("prompt", name, self.prompts.keys().copied());
        self.prompts.get(name).ok_or_else(unknown)
    }

    pub(super) fn resource(&self, uri: &str) -> Result<&Owned<BoundResource>, Unknown> {
        // In the order of their addresses, in which letters come before `{`: what is written out goes before a variable.
        let matching = || self.resources.values().find(|it| it.item.matches(uri).is_some());
        let unknown = || Unknown::new("resource", uri, self.resources.keys().map(String::as_str));
        self.resources.get(uri).or_else(matching).ok_or_else(unknown)
    }

    /// Tells the policies of a name that is not there.
    pub(super) fn noted<T>(
        &self,
        found: Result<T, Unknown>,
        method: &'static str,
        session: &Session,
    ) -> Result<T, Unknown> {
        found.inspect_err(|unknown| {
            let (caller, name) = (&session.caller, unknown.name());
            let outcome = &ToolError::NotFound(unknown.to_string());
            let request_id = session.request_id.as_deref();
            self.stack.turned_away(&Attempt { caller, method, name, outcome, request_id });
        })
    }

    /// Runs a call through the policies, on a backend that is there.
    pub(super) async fn run(
        &self,
        owner: Option<usize>,
        subject: Subject,
        session: Session,
    ) -> Outcome {
        let owner = owner.and_then(|it| self.watched.get(it));
        let backend = owner.map_or(&AlwaysThere as &dyn Backend, |it| it);
        let about = subject.clone();
        let _under_way = self.calls.token();
        let outcome = self.stack.run(Call { subject, session }, backend).await;
        // A call that ran out of time was dropped where it stood, and could not tell its backend.
        if let Err(error @ ToolError::TimedOut(_)) = &outcome {
            backend.failed(&about, error);
        }
        outcome
    }

    /// A backend that is down has nothing to propose, and is not asked again at every letter.
    pub(super) async fn complete(
        &self,
        owner: Option<usize>,
        subject: Subject,
        session: Session,
    ) -> Proposals {
        if !self.is_available(owner) {
            return Proposals::default();
        }
        let outcome = self.run(owner, subject, session).await;
        let proposals = outcome.ok().and_then(|it| serde_json::from_value(it.structured?).ok());
        proposals.unwrap_or_default()
    }

    fn is_available(&self, owner: Option<usize>) -> bool {
        owner.and_then(|it| self.watched.get(it)).is_none_or(Watched::is_available)
    }

    /// All that a client can see in lists, to be compared with what it sees later.
    pub(super) fn listing(&self) -> Listing {
        let tools = self.listed_tools().iter().map(|it| format!("{:?}", it.definition())).collect();
        let prompts = self.listed_prompts();
        let prompts = prompts.iter().map(|it| format!("{:?}", it.definition)).collect();
        let resources = self.listed_resources();
        let resources = resources.iter().map(|it| format!("{:?}", it.definition)).collect();
        [(Change::Tools, tools), (Change::Prompts, prompts), (Change::Resources, resources)]
    }

    /// Asks no backend any more, and waits for the calls under way.
    pub(super) async fn calls_ended(&self) {
        self.watched.iter().for_each(Watched::unwatch);
        self.calls.close();
        self.calls.wait().await;
    }

    pub(super) async fn shut_down(&self) {
        self.watched.iter().for_each(Watched::unwatch);
        let shut_down = join_all(self.watched.iter().map(|it| it.toolset.shutdown()));
        // Side by side: a toolset that does not end must not cost the record.
        tokio::join!(shut_down, self.stack.close());
    }
}

fn items<'a, T: Clone + 'a>(owned: impl Iterator<Item = &'a Owned<T>>) -> Vec<T> {
    owned.map(|it| it.item.clone()).collect()
}

/// Of a toolset that was there before, that it was available. One that was not is looked at as if it were new: the reload may
/// have mended it, and the next list waits to see that.
fn known(before: &Findings, toolset: &str) -> Option<Health> {
    let (_, health) = before.iter().find(|(name, _)| *name == toolset)?;
    health.clone().filter(Health::is_available)
}

/// What a client sees of each kind, and the change that tells it to look again.
pub(super) type Listing = [(Change, Vec<String>); 3];
