use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures::{StreamExt, stream};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use tacklebox::{
    blank::Blank,
    output::{Answer, Document},
    prompt::{Blanks, BoundPrompt, Prompt, PromptArgument, PromptDefinition},
    resource::{BoundResource, Resource, ResourceDefinition, Updates, Variables},
    tool::{
        self, Affected, BoundTool, Change, Effect, Level, Planned, Preview, Question, Session,
        Tool, ToolError,
    },
    toolsets::{Health, Toolset},
};
use tokio::sync::watch;

/// A toolset whose backend is as the test says, and whose tools do what their names say.
pub struct Playground {
    pub signs: Arc<Signs>,
    name: &'static str,
}

/// What can be seen from outside of what goes on inside.
pub struct Signs {
    health: Mutex<Health>,
    starting: AtomicBool,
    /// Calls of `wait` that have begun and not ended, in whatever way.
    waiting: watch::Sender<usize>,
    /// What is listened to.
    listening: watch::Sender<usize>,
    released: watch::Sender<bool>,
    shut_down: watch::Sender<bool>,
    /// What has been changed, in order.
    deeds: Mutex<Vec<String>>,
    /// How often everything has become another since.
    version: AtomicUsize,
}

impl Default for Playground {
    fn default() -> Self {
        Self::named("playground", Health::Ready)
    }
}

impl Playground {
    pub fn named(name: &'static str, health: Health) -> Self {
        let signs = Signs {
            health: Mutex::new(health),
            starting: AtomicBool::default(),
            waiting: watch::Sender::new(0),
            listening: watch::Sender::new(0),
            released: watch::Sender::new(false),
            shut_down: watch::Sender::new(false),
            deeds: Mutex::default(),
            version: AtomicUsize::default(),
        };
        Self { signs: Arc::new(signs), name }
    }
}

impl Signs {
    pub fn set_health(&self, health: Health) {
        *self.health.lock().unwrap() = health;
    }

    pub fn set_starting(&self, starting: bool) {
        self.starting.store(starting, Ordering::Relaxed);
    }

    fn did(&self, deed: &str) {
        self.deeds.lock().unwrap().push(deed.to_owned());
    }

    /// Everything that has been changed, in order.
    pub fn deeds(&self) -> Vec<String> {
        self.deeds.lock().unwrap().clone()
    }

    /// Somebody else changes all things.
    pub fn turn(&self) {
        self.version.fetch_add(1, Ordering::Relaxed);
    }

    /// `place/name`, or a name alone.
    fn thing(&self, name: &str, effect: Effect) -> Affected {
        let (namespace, name) = match name.split_once('/') {
            Some((namespace, name)) => (Some(namespace.to_owned()), name),
            None => (None, name),
        };
        let state = self.version.load(Ordering::Relaxed).to_string();
        let (kind, group) = ("Thing".to_owned(), String::new());
        Affected { effect, kind, group, namespace, name: name.to_owned(), state }
    }

    pub fn is_shut_down(&self) -> bool {
        *self.shut_down.borrow()
    }

    /// Waits until the toolset has been taken out of service.
    pub async fn shut_down(&self) {
        self.shut_down.subscribe().wait_for(|it| *it).await.unwrap();
    }

    /// Lets every call of `wait` answer.
    pub fn release(&self) {
        self.released.send_replace(true);
    }

    /// Waits until so many calls of `wait` are under way.
    pub async fn waiting(&self, calls: usize) {
        self.waiting.subscribe().wait_for(|it| *it == calls).await.unwrap();
    }

    /// Waits until so many updates are listened to.
    pub async fn listening(&self, updates: usize) {
        self.listening.subscribe().wait_for(|it| *it == updates).await.unwrap();
    }
}

#[async_trait]
impl Toolset for Playground {
    fn name(&self) -> &'static str {
        self.name
    }

    fn purpose(&self) -> String {
        format!("{}: what tests need.", self.name)
    }

    fn tools(&self) -> Vec<BoundTool> {
        vec![
            BoundTool::new::<Ask>(Arc::clone(&self.signs)),
            BoundTool::new::<Echo>(Arc::clone(&self.signs)),
            BoundTool::new::<Panic>(Arc::clone(&self.signs)),
            BoundTool::new::<Wait>(Arc::clone(&self.signs)),
            BoundTool::change::<Erase>(Arc::clone(&self.signs)),
            BoundTool::change::<Paint>(Arc::clone(&self.signs)),
        ]
    }

    fn prompts(&self) -> Vec<BoundPrompt> {
        vec![BoundPrompt::new(Greet)]
    }

    fn resources(&self) -> Vec<BoundResource> {
        vec![BoundResource::new(Number(Arc::clone(&self.signs)))]
    }

    async fn health(&self) -> Health {
        self.signs.health.lock().unwrap().clone()
    }

    fn is_starting(&self) -> bool {
        self.signs.starting.load(Ordering::Relaxed)
    }

    async fn shutdown(&self) {
        self.signs.shut_down.send_replace(true);
    }
}

/// Any number, at its own address.
struct Number(Arc<Signs>);

#[async_trait]
impl Resource for Number {
    fn definition(&self) -> ResourceDefinition {
        ResourceDefinition {
            uri: "playground://{number}".to_owned(),
            name: "number".to_owned(),
            title: "Number".to_owned(),
            description: "A number.".to_owned(),
            mime_type: "text/plain".to_owned(),
        }
    }

    async fn read(&self, variables: &Variables, _: &Session) -> Result<Answer, ToolError> {
        Ok(Document::new().note(variables["number"].clone()).into())
    }

    /// A number that ticks never rests; one that is named after a caller does so for them alone.
    async fn updates(
        &self,
        variables: &Variables,
        session: &Session,
    ) -> Result<Updates, ToolError> {
        let (number, caller) = (variables["number"].as_str(), &*session.caller.name);
        let listening = Running::new(self.0.listening.clone());
        let ticks = number == "ticking" || number == caller;
        let tick = move |listening| async move {
            if !ticks {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
            Some(((), listening))
        };
        Ok(stream::unfold(listening, tick).boxed())
    }
}

/// Says what it was given.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Echo {
    /// What to say.
    text: String,
}

impl Tool for Echo {
    const NAME: &'static str = "echo";
    const TITLE: &'static str = "Echo";
    const ALIASES: &'static [&'static str] = &["say"];
    type Context = Signs;
    type Output = Document;

    async fn call(self, _: &Signs, session: &Session) -> Result<Document, ToolError> {
        session.progress(1.0, Some(1.0), &self.text).await;
        session.log(Level::Debug, &self.text).await;
        Ok(Document::new().note(self.text))
    }
}

/// Asks a person for a word.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Ask {
    /// What the word is about.
    about: Option<String>,
    /// Anything else.
    #[allow(dead_code, reason = "two arguments have an order")]
    aside: Option<String>,
}

impl Tool for Ask {
    const NAME: &'static str = "ask";
    const TITLE: &'static str = "Ask";
    type Context = Signs;
    type Output = Document;

    async fn call(self, _: &Signs, session: &Session) -> Result<Document, ToolError> {
        let properties = json!({ "word": { "type": "string" } });
        let schema = json!({ "type": "object", "properties": properties });
        let about = self.about.map(|it| format!(" about {it}")).unwrap_or_default();
        let message = format!("Which word{about}?");
        let form = tool::Ask::Form { message, schema };
        let replies = session.ask(vec![Question::new("word", form)]).await?;
        let word = replies.field("word", "word").and_then(|it| it.as_str());
        Ok(Document::new().note(word.unwrap_or("no word")))
    }
}

/// Has a bug.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Panic {}

impl Tool for Panic {
    const NAME: &'static str = "panic";
    const TITLE: &'static str = "Panic";
    type Context = Signs;
    type Output = Document;

    async fn call(self, _: &Signs, _: &Session) -> Result<Document, ToolError> {
        panic!("a bug that a test planted")
    }
}

/// Answers when it is released.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wait {}

impl Tool for Wait {
    const NAME: &'static str = "wait";
    const TITLE: &'static str = "Wait";
    type Context = Signs;
    type Output = Document;

    async fn call(self, signs: &Signs, _: &Session) -> Result<Document, ToolError> {
        let _waiting = Running::new(signs.waiting.clone());
        signs.released.subscribe().wait_for(|it| *it).await.unwrap();
        Ok(Document::new().note("released"))
    }
}

/// Counted down however it ends.
struct Running(watch::Sender<usize>);

impl Running {
    fn new(count: watch::Sender<usize>) -> Self {
        count.send_modify(|it| *it += 1);
        Self(count)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.send_modify(|it| *it -= 1);
    }
}

/// Removes something for good.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Erase {
    /// What to remove, names with spaces between them.
    name: String,
    /// Only say what would be removed.
    dry_run: Option<bool>,
}

impl Change for Erase {
    const NAME: &'static str = "erase";
    const TITLE: &'static str = "Erase";
    const EFFECT: Effect = Effect::Delete;
    type Context = Signs;
    type Plan = ();
    type Output = Document;

    fn is_dry_run(&self) -> bool {
        self.dry_run.unwrap_or(false)
    }

    async fn plan(&self, signs: &Signs, _: &Session) -> Result<Planned<()>, ToolError> {
        let affected = self.name.split(' ').map(|it| signs.thing(it, Effect::Delete)).collect();
        let preview = Preview {
            summary: format!("{} would be gone", self.name),
            details: String::new(),
            affected,
        };
        Ok(Planned { plan: (), preview })
    }

    async fn carry_out(
        self,
        (): (),
        signs: &Signs,
        session: &Session,
    ) -> Result<Document, ToolError> {
        for name in self.name.split(' ') {
            signs.did(&format!("erased {name}"));
            session.changed();
        }
        Ok(Document::new().note(format!("{} is gone", self.name)))
    }
}

/// Paints something.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Paint {
    /// What to paint.
    name: String,
}

impl Change for Paint {
    const NAME: &'static str = "paint";
    const TITLE: &'static str = "Paint";
    const EFFECT: Effect = Effect::Apply;
    type Context = Signs;
    type Plan = ();
    type Output = Document;

    async fn plan(&self, signs: &Signs, _: &Session) -> Result<Planned<()>, ToolError> {
        let preview = Preview {
            summary: format!("{} would be red", self.name),
            details: String::new(),
            affected: vec![signs.thing(&self.name, Effect::Apply)],
        };
        Ok(Planned { plan: (), preview })
    }

    async fn carry_out(
        self,
        (): (),
        signs: &Signs,
        session: &Session,
    ) -> Result<Document, ToolError> {
        signs.did(&format!("painted {}", self.name));
        session.changed();
        Ok(Document::new().note(format!("{} is red", self.name)))
    }
}

/// Greets whoever it is told to; proposes whatever has been typed.
struct Greet;

#[async_trait]
impl Prompt for Greet {
    fn definition(&self) -> PromptDefinition {
        let who = PromptArgument { name: "who", description: "Who is greeted.", required: true };
        PromptDefinition {
            name: "greet",
            title: "Greet",
            description: "Greets somebody.",
            arguments: vec![who],
        }
    }

    async fn messages(&self, blanks: &Blanks, _: &Session) -> Result<Answer, ToolError> {
        let who = blanks.get("who").map(String::as_str).unwrap_or_default();
        Ok(Document::new().note(format!("Hello {who}")).into())
    }

    async fn complete(&self, argument: &Blank, _: &Session) -> Vec<String> {
        if argument.prefix == "never" {
            std::future::pending::<()>().await;
        }
        (0..150).map(|number| format!("{} {number}", argument.prefix)).collect()
    }
}
