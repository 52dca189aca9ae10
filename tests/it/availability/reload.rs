//! Other toolsets in the place of those that are there.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures::{StreamExt, stream};
use serde_json::json;
use tacklebox::{
    output::{Answer, Document},
    policy::Stack,
    prompt::BoundPrompt,
    registry::{Registry, Rhythm},
    resource::{BoundResource, Resource, ResourceDefinition, Updates, Variables},
    tool::{BoundTool, Session, ToolError},
    toolsets::{Change, Health, Toolset},
};
use tokio::sync::broadcast;

use super::{down, is_tools_changed, playground};
use crate::world::{Playground, style};

#[tokio::test]
async fn a_reload_puts_other_toolsets_in_place_and_tells_whoever_is_there() {
    let (world, _signs) = playground(Health::Ready);
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    assert_eq!(client.tool_names().await.len(), 6);
    world.registry.replace(Vec::new(), Stack::new(vec![], style())).unwrap();
    client.receive_until(is_tools_changed).await;
    assert_eq!(client.tool_names().await, Vec::<String>::new());
    assert_eq!(
        client.call("echo", json!({ "text": "hi" })).await["error"]["message"],
        "unknown tool: echo"
    );
}

#[tokio::test(start_paused = true)]
async fn a_reload_that_changes_nothing_tells_nobody() {
    let (world, _signs) = playground(Health::Ready);
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    client.tool_names().await;
    let twin = Arc::new(Playground::default());
    world.registry.replace(vec![twin], Stack::new(vec![], style())).unwrap();
    // Longer than a list waits for first probes, after which it would have been told.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let id = client.send("tools/list", json!({})).await;
    assert_eq!(client.receive().await["id"], id);
}

#[tokio::test(start_paused = true)]
async fn a_reload_on_a_slow_cluster_takes_no_tool_away_for_a_moment() {
    let (registry, mut changed) = ready().await;
    registry.replace(vec![Arc::new(Slow)], Stack::new(vec![], style())).unwrap();
    for _ in 0..30 {
        assert_eq!(registry.tools(&Session::detached()).await.len(), 6);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(changed.try_recv().is_err(), "clients were told of a change that there was not");
}

#[tokio::test(start_paused = true)]
async fn a_toolset_whose_backend_the_reload_has_lost_goes_after_a_second_probe_and_clients_are_told()
 {
    let (registry, mut changed) = ready().await;
    let lost = Playground::named("playground", down());
    registry.replace(vec![Arc::new(lost)], Stack::new(vec![], style())).unwrap();
    assert_eq!(registry.tools(&Session::detached()).await.len(), 6);
    changed.recv().await.unwrap();
    assert_eq!(registry.tools(&Session::detached()).await.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_a_reload_mends_is_in_the_next_list() {
    let toolset = Arc::new(Playground::named("playground", down()));
    let stack = || Stack::new(vec![], style());
    let registry = Registry::new(vec![toolset], stack(), Rhythm::default()).unwrap();
    assert_eq!(registry.tools(&Session::detached()).await.len(), 0);
    registry.replace(vec![Arc::new(Playground::default())], stack()).unwrap();
    assert_eq!(registry.tools(&Session::detached()).await.len(), 6);
}

#[tokio::test(start_paused = true)]
async fn whoever_listens_is_told_to_read_again_after_a_reload_and_nobody_else_is() {
    let (registry, mut changed) = ready().await;
    let uri = "playground://7";
    let subscription = registry.subscribe(uri, Session::detached()).await.unwrap().unwrap();
    registry.replace(vec![Arc::new(Playground::default())], Stack::new(vec![], style())).unwrap();
    assert_eq!(changed.recv().await.unwrap(), news_of(uri));
    drop(subscription);
    registry.replace(vec![Arc::new(Playground::default())], Stack::new(vec![], style())).unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(changed.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_listened_to_after_a_reload_is_tried_until_it_can() {
    let stack = || Stack::new(vec![], style());
    let toolset = |failures| Arc::new(Newsroom { failures: AtomicUsize::new(failures), news: 1 });
    let registry = Registry::new(vec![toolset(0)], stack(), Rhythm::default()).unwrap();
    registry.tools(&Session::detached()).await;
    let mut changed = registry.changes().subscribe();
    let _subscription = registry.subscribe(NEWS, Session::detached()).await.unwrap().unwrap();
    assert_eq!(changed.recv().await.unwrap(), news_of(NEWS));
    registry.replace(vec![toolset(2)], stack()).unwrap();
    // That it is another one now, and its own news.
    assert_eq!(changed.recv().await.unwrap(), news_of(NEWS));
    assert_eq!(changed.recv().await.unwrap(), news_of(NEWS));
}

#[tokio::test(start_paused = true)]
async fn whoever_subscribes_to_what_has_ended_listens_to_it_anew() {
    let toolset = Arc::new(Newsroom { failures: AtomicUsize::new(0), news: 0 });
    let stack = Stack::new(vec![], style());
    let registry = Registry::new(vec![toolset], stack, Rhythm::default()).unwrap();
    registry.tools(&Session::detached()).await;
    let mut changed = registry.changes().subscribe();
    let mut subscriptions = Vec::new();
    for _ in 0..2 {
        subscriptions.push(registry.subscribe(NEWS, Session::detached()).await.unwrap().unwrap());
        assert_eq!(changed.recv().await.unwrap(), news_of(NEWS));
        // The announcement is followed by a rest.
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
}

const NEWS: &str = "newsroom://today";

/// As it is told to whoever subscribed by a session of nobody.
fn news_of(uri: &str) -> Change {
    Change::ResourceOf(uri.into(), Session::detached().caller)
}

/// Has news a number of times and no more; without any, it is over at once.
struct Newsroom {
    failures: AtomicUsize,
    news: usize,
}

#[async_trait]
impl Toolset for Newsroom {
    fn name(&self) -> &'static str {
        "newsroom"
    }

    fn purpose(&self) -> String {
        "What tests hear of.".to_owned()
    }

    fn tools(&self) -> Vec<BoundTool> {
        Vec::new()
    }

    fn resources(&self) -> Vec<BoundResource> {
        let failures = AtomicUsize::new(self.failures.load(Ordering::Relaxed));
        vec![BoundResource::new(Today { failures, news: self.news })]
    }

    async fn health(&self) -> Health {
        Health::Ready
    }
}

struct Today {
    failures: AtomicUsize,
    news: usize,
}

#[async_trait]
impl Resource for Today {
    fn definition(&self) -> ResourceDefinition {
        let text = || "today".to_owned();
        let (uri, mime_type) = (NEWS.to_owned(), "text/plain".to_owned());
        ResourceDefinition { uri, name: text(), title: text(), description: text(), mime_type }
    }

    async fn read(&self, _: &Variables, _: &Session) -> Result<Answer, ToolError> {
        Ok(Document::new().into())
    }

    async fn updates(&self, _: &Variables, _: &Session) -> Result<Updates, ToolError> {
        let one_less = |it: usize| it.checked_sub(1);
        if self.failures.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_less).is_ok() {
            return Err(ToolError::Unavailable("not yet".to_owned()));
        }
        // Whoever asks it again after its end has a bug, and this one says so.
        let news = stream::unfold(self.news, async |left| Some(((), left.checked_sub(1)?)));
        Ok(if self.news == 0 { news.boxed() } else { news.chain(stream::pending()).boxed() })
    }
}

/// A registry whose toolset has been found well, and what clients hear of from now on.
async fn ready() -> (Registry, broadcast::Receiver<Change>) {
    let toolset = Arc::new(Playground::default());
    let stack = Stack::new(vec![], style());
    let registry = Registry::new(vec![toolset], stack, Rhythm::default()).unwrap();
    assert_eq!(registry.tools(&Session::detached()).await.len(), 6);
    let changed = registry.changes().subscribe();
    (registry, changed)
}

/// The playground behind a slow line.
struct Slow;

#[async_trait]
impl Toolset for Slow {
    fn name(&self) -> &'static str {
        "playground"
    }

    fn purpose(&self) -> String {
        Playground::default().purpose()
    }

    fn tools(&self) -> Vec<BoundTool> {
        Playground::default().tools()
    }

    fn prompts(&self) -> Vec<BoundPrompt> {
        Playground::default().prompts()
    }

    fn resources(&self) -> Vec<BoundResource> {
        Playground::default().resources()
    }

    async fn health(&self) -> Health {
        tokio::time::sleep(Duration::from_secs(2)).await;
        Health::Ready
    }
}

#[tokio::test]
async fn a_call_under_way_ends_before_its_toolset_is_shut_down() {
    let (world, signs) = playground(Health::Ready);
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    let id = client.send("tools/call", json!({ "name": "wait", "arguments": {} })).await;
    signs.waiting(1).await;
    world.registry.replace(Vec::new(), Stack::new(vec![], style())).unwrap();
    client.receive_until(is_tools_changed).await;
    assert!(!signs.is_shut_down());
    client.notify("notifications/cancelled", json!({ "requestId": id })).await;
    signs.shut_down().await;
    signs.waiting(0).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_never_ends_does_not_keep_its_toolset_for_ever() {
    let (world, signs) = playground(Health::Ready);
    let (mut client, _served) = world.stdio();
    client.initialize().await;
    client.send("tools/call", json!({ "name": "wait", "arguments": {} })).await;
    signs.waiting(1).await;
    let began = tokio::time::Instant::now();
    world.registry.replace(Vec::new(), Stack::new(vec![], style())).unwrap();
    signs.shut_down().await;
    assert_eq!(began.elapsed().as_secs(), 10);
    signs.waiting(1).await;
}
