//! How often a backend is asked, by whom, and what becomes of one that does not behave.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use tacklebox::{
    output::Document,
    policy::{Limits, Policy, Stack, Turns},
    registry::{Registry, Rhythm},
    tool::{BoundTool, Session, Tool, ToolError},
    toolsets::{Changes, Health, Toolset},
};
use tokio::time::{Instant, sleep_until};

use crate::world::style;

/// A toolset that answers each probe by its number, the first being 0.
struct Scripted {
    script: fn(usize) -> Health,
    /// How many starts fail first.
    bad_starts: AtomicUsize,
    probes: Arc<Mutex<Vec<Instant>>>,
}

impl Scripted {
    fn new(script: fn(usize) -> Health) -> Self {
        Self { script, bad_starts: AtomicUsize::new(0), probes: Arc::default() }
    }

    fn registry(self, policies: Vec<Box<dyn Policy>>) -> Watch {
        let (probes, began) = (Arc::clone(&self.probes), Instant::now());
        let stack = Stack::new(policies, style());
        let registry = Registry::new(vec![Arc::new(self)], stack, Rhythm::default()).unwrap();
        Watch { registry, probes, began }
    }
}

#[async_trait]
impl Toolset for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn purpose(&self) -> String {
        "scripted: does as it is told.".to_owned()
    }

    fn tools(&self) -> Vec<BoundTool> {
        vec![BoundTool::new::<Fail>(Arc::new(()))]
    }

    async fn initialize(&self, _changes: Changes) {
        if self.bad_starts.fetch_update(Relaxed, Relaxed, |it| it.checked_sub(1)).is_ok() {
            std::future::pending::<()>().await;
        }
    }

    async fn health(&self) -> Health {
        let number = {
            let mut probes = self.probes.lock().unwrap();
            probes.push(Instant::now());
            probes.len() - 1
        };
        (self.script)(number)
    }
}

/// Finds its backend gone.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Fail {
    /// Which backend.
    #[allow(dead_code, reason = "the registry looks at it")]
    context: Option<String>,
}

impl Tool for Fail {
    const NAME: &'static str = "fail";
    const TITLE: &'static str = "Fail";
    type Context = ();
    type Output = Document;

    async fn call(self, (): &(), _: &Session) -> Result<Document, ToolError> {
        Err(ToolError::Unavailable("connection refused".to_owned()))
    }
}

/// A registry under observation.
struct Watch {
    registry: Registry,
    probes: Arc<Mutex<Vec<Instant>>>,
    began: Instant,
}

impl Watch {
    /// When the probes so far were made, in seconds after the start.
    fn probed(&self) -> Vec<u64> {
        let probes = self.probes.lock().unwrap();
        probes.iter().map(|it| (*it - self.began).as_secs()).collect()
    }

    fn health(&self) -> Health {
        self.registry.health().pop().unwrap().1.unwrap()
    }

    async fn call(&self, arguments: serde_json::Value) {
        let arguments = arguments.as_object().cloned().unwrap();
        let _ = self.registry.call("fail", arguments, Session::detached()).await.unwrap();
    }

    async fn is_listed(&self) -> bool {
        !self.registry.tools(&Session::detached()).await.is_empty()
    }
}

fn down() -> Health {
    Health::Unavailable("down".to_owned())
}

async fn at(second: u64, watch: &Watch) {
    sleep_until(watch.began + Duration::from_secs(second) + Duration::from_millis(1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_backend_that_is_down_is_asked_ever_more_rarely() {
    let watch = Scripted::new(|_| down()).registry(vec![]);
    at(100, &watch).await;
    assert_eq!(watch.probed(), [0, 1, 3, 7, 15, 31, 61, 91]);
}

#[tokio::test(start_paused = true)]
async fn one_lost_probe_is_forgiven_and_a_second_takes_the_tools_away() {
    let lost = |number| if number == 1 { down() } else { Health::Ready };
    let watch = Scripted::new(lost).registry(vec![]);
    at(32, &watch).await;
    assert_eq!(watch.probed(), [0, 30, 31]);
    assert!(watch.is_listed().await);

    let watch = Scripted::new(|it| if it == 0 { Health::Ready } else { down() }).registry(vec![]);
    at(30, &watch).await;
    assert!(watch.is_listed().await);
    at(31, &watch).await;
    assert!(!watch.is_listed().await);
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_panics_is_told_of_and_the_backend_is_asked_again() {
    let watch = Scripted::new(|number| match number {
        0 => panic!("a bug that a test planted"),
        _ => Health::Ready,
    });
    let watch = watch.registry(vec![]);
    assert!(!watch.is_listed().await);
    let reason = "it has a bug and panicked: a bug that a test planted";
    assert_eq!(watch.health(), Health::Unavailable(reason.to_owned()));
    at(1, &watch).await;
    assert!(watch.is_listed().await);
}

#[tokio::test(start_paused = true)]
async fn a_start_that_never_ends_is_told_of_and_made_again() {
    let scripted = Scripted::new(|_| Health::Ready);
    scripted.bad_starts.store(1, Relaxed);
    let watch = scripted.registry(vec![]);
    at(3, &watch).await;
    let reason = "it does not start: no answer within 3 s";
    assert_eq!(watch.health(), Health::Unavailable(reason.to_owned()));
    at(4, &watch).await;
    assert!(watch.is_listed().await);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_finds_the_backend_gone_has_it_asked_at_once_but_not_again_and_again() {
    let watch = Scripted::new(|_| Health::Ready).registry(vec![]);
    at(10, &watch).await;
    for _ in 0..5 {
        watch.call(json!({})).await;
        tokio::task::yield_now().await;
    }
    at(12, &watch).await;
    assert_eq!(watch.probed(), [0, 10]);
}

#[tokio::test(start_paused = true)]
async fn a_call_to_another_backend_says_nothing_of_this_one() {
    let watch = Scripted::new(|_| Health::Ready).registry(vec![]);
    at(10, &watch).await;
    watch.call(json!({ "context": "elsewhere" })).await;
    at(12, &watch).await;
    assert_eq!(watch.probed(), [0]);
}

#[tokio::test(start_paused = true)]
async fn our_own_limits_say_nothing_of_the_backend() {
    let limits: Box<dyn Policy> = Box::new(Limits::new(0, Turns::default()));
    let watch = Scripted::new(|_| Health::Ready).registry(vec![limits]);
    watch.call(json!({})).await;
    at(12, &watch).await;
    assert_eq!(watch.probed(), [0]);
}
