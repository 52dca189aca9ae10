//! What stands between the model and a tool: one concern a file, wrapped round every call.

mod aside;
mod audit;
mod completion;
mod confirm;
mod deadline;
mod dry_run;
mod limits;
mod metrics;
mod most_affected;
mod names;
mod objects;
mod pace;
mod protected;
mod question;
mod read_only;
mod short;
mod stack;
mod trace;

pub use self::{
    audit::{Audit, Intents},
    completion::Typed,
    confirm::Confirm,
    deadline::Deadline,
    dry_run::DryRun,
    limits::{Limits, Turns},
    metrics::Metrics,
    most_affected::MostAffected,
    names::Names,
    pace::{Pace, Recent},
    protected::Protected,
    read_only::ReadOnly,
    stack::{Next, Stack, last_words},
    trace::Trace,
};

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use crate::{
    blank::Blank,
    endpoint::{self, BoundEndpoint},
    output::{Answer, Document, Rendered, Style},
    prompt::{Blanks, BoundPrompt},
    resource::{BoundResource, Updates, Variables},
    tool::{Arguments, BoundTool, Caller, Definition, Effect, Preview, Session, ToolError},
};

/// One call on its way in.
#[derive(Clone)]
pub struct Call {
    pub subject: Subject,
    pub session: Session,
}

/// What is called. All go the same way, so that no policy can be gone round by reading a resource instead.
#[derive(Clone)]
pub enum Subject {
    Tool {
        tool: BoundTool,
        arguments: Arguments,
    },
    Resource {
        resource: BoundResource,
        uri: String,
        variables: Variables,
    },
    Prompt {
        prompt: BoundPrompt,
        blanks: Blanks,
    },
    /// Listening to a resource; answered with nothing, and with the updates in their place.
    Subscription {
        resource: BoundResource,
        uri: String,
        variables: Variables,
        updates: Place<Updates>,
    },
    /// What a program asks over plain HTTP; answered with its body, and with the rest of the response in its place.
    Endpoint {
        endpoint: BoundEndpoint,
        request: Arc<endpoint::Request>,
        head: Place<endpoint::Head>,
    },
    /// What somebody who types might mean; answered with an object, the first `values` and how many there are in `total`.
    Completion {
        of: Typed,
        blank: Blank,
    },
}

/// Where a call puts what belongs to its answer and is not shown, such as the updates of a resource.
pub struct Place<T>(Arc<Mutex<Option<T>>>);

impl<T> Default for Place<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Clone for Place<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Place<T> {
    fn put(&self, it: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(it);
    }

    pub fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Subject {
    /// The method of MCP or of HTTP, as traces and the audit log name it.
    pub fn method(&self) -> &'static str {
        match self {
            Self::Tool { .. } => "tools/call",
            Self::Resource { .. } => "resources/read",
            Self::Prompt { .. } => "prompts/get",
            Self::Subscription { .. } => "resources/subscribe",
            Self::Completion { .. } => "completion/complete",
            Self::Endpoint { endpoint, .. } => endpoint.definition.method.name(),
        }
    }

    /// The tool's or the prompt's name; the template of a resource or an endpoint, which holds no value from the caller.
    pub fn name(&self) -> &str {
        match self {
            Self::Tool { tool, .. } => tool.definition().name,
            Self::Resource { resource, .. } | Self::Subscription { resource, .. } => {
                &resource.definition.uri
            }
            Self::Prompt { prompt, .. } => prompt.definition.name,
            Self::Completion { of, .. } => of.name(),
            Self::Endpoint { endpoint, .. } => endpoint.definition.path,
        }
    }

    pub fn effect(&self) -> Effect {
        match self {
            Self::Tool { tool, .. } => tool.definition().effect,
            _ => Effect::Read,
        }
    }

    /// The tools that answer: what is said of them is said of this.
    pub fn tools(&self) -> Vec<&Definition> {
        match self {
            Self::Tool { tool, .. } => vec![tool.definition()],
            Self::Resource { resource, .. } | Self::Subscription { resource, .. } => {
                resource.tools()
            }
            Self::Prompt { prompt, .. } => prompt.tools(),
            Self::Completion { of, .. } => of.tools(),
            Self::Endpoint { endpoint, .. } => endpoint.tools(),
        }
    }

    /// `style` is how the answer will be rendered.
    async fn answer(&self, session: &Session, style: &Style) -> Result<Answer, ToolError> {
        match self {
            Self::Tool { tool, arguments } => tool.look(arguments, session).await,
            Self::Resource { resource, variables, .. } => resource.read(variables, session).await,
            Self::Prompt { prompt, blanks } => prompt.messages(blanks, session).await,
            Self::Subscription { resource, variables, updates, .. } => {
                updates.put(resource.updates(variables, session).await?);
                Ok(Document::new().into())
            }
            Self::Completion { of, blank } => Ok(of.complete(blank, session, style).await),
            Self::Endpoint { endpoint, request, head } => {
                let response = endpoint.answer(request, session).await?;
                head.put(response.head);
                Ok(Answer::Media(vec![response.content]))
            }
        }
    }
}

pub type Outcome = Result<Rendered, ToolError>;

#[async_trait]
pub trait Policy: Send + Sync {
    /// Why this tool does not exist under this policy: then it is neither listed nor callable.
    fn refuses(&self, _tool: &Definition) -> Option<String> {
        None
    }

    async fn around(&self, call: Call, next: Next<'_>) -> Outcome {
        next.run(call).await
    }

    /// Why a change may not be made, as far as the preview itself tells it.
    fn forbids(&self, _preview: &Preview) -> Option<String> {
        None
    }

    /// Whether a call may do what it is about to do. Asked of all policies in their order, once that is known, before any of it
    /// is done.
    async fn approve(&self, _call: &Call, _preview: &Preview) -> Result<Approval, ToolError> {
        Ok(Approval::Granted)
    }

    /// What would come of a change that is only shown, beside that it is forbidden: who would be asked.
    fn foretells(&self, _call: &Call, _preview: &Preview) -> Option<String> {
        None
    }

    /// Hears of what never became a call.
    fn turned_away(&self, _attempt: &Attempt<'_>) {}

    /// Puts away what is not written yet, before the policy is taken out of service.
    async fn close(&self) {}
}

/// What a policy says of a change that is about to be made, unless it refuses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approval {
    Granted,
    /// It is shown, and not made.
    ShowOnly,
}

/// What never became a call: nothing has that name, or nobody knows the caller.
pub struct Attempt<'a> {
    pub caller: &'a Caller,
    /// The MCP method; `http` for a request that did not get so far.
    pub method: &'static str,
    /// What was asked for, as the caller wrote it; the address of a caller that nobody knows.
    pub name: &'a str,
    pub outcome: &'a ToolError,
    /// As of a [`Session`].
    pub request_id: Option<&'a str>,
}

/// What must be there before a call can run.
#[async_trait]
pub trait Backend: Send + Sync {
    async fn ready(&self) -> Result<(), ToolError>;

    /// Hears of a call that came as far as the backend and failed.
    fn failed(&self, _subject: &Subject, _error: &ToolError) {}
}

/// The backend of what needs none.
pub struct AlwaysThere;

#[async_trait]
impl Backend for AlwaysThere {
    async fn ready(&self) -> Result<(), ToolError> {
        Ok(())
    }
}
