//! The one small handle to whoever called, in the language of tools: it knows no MCP.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;

use super::{Caller, Ledger, ToolError};

/// What stands beside the context in a call: the caller, the time left, and a way to speak to the client meanwhile.
#[derive(Clone)]
pub struct Session {
    pub caller: Caller,
    deadline: Option<Instant>,
    /// The caller's own trace, as W3C `traceparent`.
    pub trace_parent: Option<String>,
    /// What the request is called by whoever sent it over plain HTTP, or in the answer to it.
    pub request_id: Option<String>,
    client: Arc<dyn Client>,
    /// Whether a person is being waited for.
    asking: watch::Sender<bool>,
    /// How long persons have been waited for, in milliseconds.
    waited: Arc<AtomicU64>,
    requests: Requests,
    ledger: Ledger,
}

/// Counts what one call asks of its backend. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Requests(Arc<AtomicU64>);

impl Requests {
    pub fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub fn made(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Session {
    pub fn new(caller: Caller, client: Arc<dyn Client>) -> Self {
        let asking = watch::Sender::new(false);
        Self {
            caller,
            deadline: None,
            trace_parent: None,
            request_id: None,
            client,
            asking,
            waited: Arc::default(),
            requests: Requests::default(),
            ledger: Ledger::default(),
        }
    }

    /// A session with nobody at the other end.
    pub fn detached() -> Self {
        Self::of(Caller::named("local"))
    }

    /// The same on behalf of somebody who does not hear of it.
    pub fn of(caller: Caller) -> Self {
        Self::new(caller, Arc::new(Detached))
    }

    /// When the call is ended from outside; a tool that waits answers before. Time in which a person was asked is added.
    pub fn deadline(&self) -> Option<Instant> {
        let waited = Duration::from_millis(self.waited.load(Ordering::Acquire));
        Some(self.deadline? + waited)
    }

    /// What the call has asked of its backend so far.
    pub fn requests(&self) -> &Requests {
        &self.requests
    }

    /// What is known of the change that the call makes.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// One more object has been changed. Said as soon as it is so: what comes after may fail.
    pub fn changed(&self) {
        self.ledger.change();
    }

    /// The same session with less time.
    #[must_use]
    pub fn until(&self, deadline: Instant) -> Self {
        let deadline = self.deadline.map_or(deadline, |it| it.min(deadline));
        Self { deadline: Some(deadline), ..self.clone() }
    }

    /// A session of its own until then, which counts for the same call. For what goes on when the call has ended.
    #[must_use]
    pub fn anew(&self, deadline: Instant) -> Self {
        let (requests, ledger) = (self.requests.clone(), self.ledger.clone());
        Self { requests, ledger, ..Self::of(self.caller.clone()) }.until(deadline)
    }

    /// The same session, spoken to through something else.
    #[must_use]
    pub fn through(&self, wrap: impl FnOnce(Arc<dyn Client>) -> Arc<dyn Client>) -> Self {
        Self { client: wrap(Arc::clone(&self.client)), ..self.clone() }
    }

    /// Says how far the call is; goes out only when the client asked for it.
    pub async fn progress(&self, done: f64, total: Option<f64>, message: &str) {
        self.client.progress(Progress { done, total, message: message.to_owned() }).await;
    }

    /// A line for the client's log, which a person may read and the model does not.
    pub async fn log(&self, level: Level, message: &str) {
        self.client.log(level, message).await;
    }

    /// Whether the client declared that it can answer such a question.
    pub fn can_ask(&self, ask: &Ask) -> bool {
        self.client.can_answer(ask)
    }

    /// Stops the call unless the client declared that it can answer such a question.
    pub fn require(&self, ask: &Ask) -> Result<(), ToolError> {
        if self.can_ask(ask) { Ok(()) } else { Err(ToolError::client_lacks(ask.capability())) }
    }

    /// Puts questions to the client and gives its replies.
    ///
    /// Newer clients answer by calling again: then this ends the call with [`ToolError::NeedsInput`], and the next call comes past
    /// this point with the replies. So everything before `ask` must be safe to do twice.
    pub async fn ask(&self, questions: Vec<Question>) -> Result<Replies, ToolError> {
        let _asking = Asking::new(self);
        self.client.ask(questions).await
    }

    /// Follows whether the call waits for a person: that time is not the call's own.
    pub fn asking(&self) -> watch::Receiver<bool> {
        self.asking.subscribe()
    }
}

/// Taken back also when the call is cancelled while it asks.
struct Asking<'a> {
    session: &'a Session,
    since: tokio::time::Instant,
}

impl<'a> Asking<'a> {
    fn new(session: &'a Session) -> Self {
        session.asking.send_replace(true);
        Self { session, since: tokio::time::Instant::now() }
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let waited = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.session.waited.fetch_add(waited, Ordering::AcqRel);
        self.session.asking.send_replace(false);
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    pub done: f64,
    pub total: Option<f64>,
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Debug,
    Info,
    Warning,
    Error,
}

/// A question, under the key that its reply comes back with.
#[derive(Debug, Clone)]
pub struct Question {
    pub key: String,
    pub ask: Ask,
}

impl Question {
    pub fn new(key: &str, ask: Ask) -> Self {
        Self { key: key.to_owned(), ask }
    }
}

/// What a client can be asked for.
#[derive(Debug, Clone)]
pub enum Ask {
    /// A person fills in a form; `schema` is a flat object schema.
    Form { message: String, schema: Value },
    /// The client's model completes a prompt.
    Sample { prompt: String, max_tokens: u32 },
    /// The folders that the client works in.
    Roots,
}

impl Ask {
    /// The capability that a client declares for it.
    pub fn capability(&self) -> &'static str {
        match self {
            Self::Form { .. } => "elicitation",
            Self::Sample { .. } => "sampling",
            Self::Roots => "roots",
        }
    }
}

/// The client's replies by the key of their question, in the protocol's shape: always objects.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Replies(pub BTreeMap<String, Value>);

impl Replies {
    /// A field of what a person filled in, when the form was accepted.
    pub fn field(&self, key: &str, field: &str) -> Option<&Value> {
        let reply = self.0.get(key)?;
        (reply.get("action")?.as_str()? == "accept").then(|| reply.get("content")?.get(field))?
    }
}

/// The other end of a session.
#[async_trait]
pub trait Client: Send + Sync {
    async fn progress(&self, progress: Progress);
    async fn log(&self, level: Level, message: &str);
    fn can_answer(&self, ask: &Ask) -> bool;
    async fn ask(&self, questions: Vec<Question>) -> Result<Replies, ToolError>;
}

/// Nobody: hears nothing and answers nothing.
pub struct Detached;

#[async_trait]
impl Client for Detached {
    async fn progress(&self, _progress: Progress) {}

    async fn log(&self, _level: Level, _message: &str) {}

    fn can_answer(&self, _ask: &Ask) -> bool {
        false
    }

    async fn ask(&self, questions: Vec<Question>) -> Result<Replies, ToolError> {
        let capability = questions.first().map_or("questions", |it| it.ask.capability());
        Err(ToolError::client_lacks(capability))
    }
}
