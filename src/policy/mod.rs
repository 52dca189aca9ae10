//! What stands between the model and a tool: one concern a file, wrapped round every call.

mod aside;
mod audit;
mod completion;
mod deadline;
mod limits;
mod metrics;
mod names;
mod question;
mod read_only;
mod short;
mod stack;
mod trace;

pub use self::{
    audit::Audit,
    completion::Typed,
    deadline::Deadline,
    limits::{Limits, Turns},
    metrics::Metrics,
    names::Names,
    read_only::ReadOnly,
    stack::{Next, Stack, last_words},
    trace::Trace,
};

use async_trait::async_trait;

use crate::{
    output::{Answer, Rendered, Style},
    prompt::{Blanks, BoundPrompt},
    resource::{BoundResource, Variables},
    tool::{Arguments, BoundTool, Caller, Definition, Effect, Session, ToolError},
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
    /// What somebody who types might mean; answered with an object, the first `values` and how many there are in `total`.
    Completion {
        of: Typed,
        argument: String,
        prefix: String,
    },
}

impl Subject {
    /// The MCP method, as traces and the audit log name it.
    pub fn method(&self) -> &'static str {
        match self {
            Self::Tool { .. } => "tools/call",
            Self::Resource { .. } => "resources/read",
            Self::Prompt { .. } => "prompts/get",
            Self::Completion { .. } => "completion/complete",
        }
    }

    /// The tool's or the prompt's name; a resource's URI or template, which holds no value from the caller.
    pub fn name(&self) -> &str {
        match self {
            Self::Tool { tool, .. } => tool.definition().name,
            Self::Resource { resource, .. } => &resource.definition.uri,
            Self::Prompt { prompt, .. } => prompt.definition.name,
            Self::Completion { of, .. } => of.name(),
        }
    }

    pub fn effect(&self) -> Effect {
        match self {
            Self::Tool { tool, .. } => tool.definition().effect,
            Self::Resource { .. } | Self::Prompt { .. } | Self::Completion { .. } => Effect::Read,
        }
    }

    pub fn tool(&self) -> Option<&Definition> {
        match self {
            Self::Tool { tool, .. } => Some(tool.definition()),
            Self::Resource { .. } | Self::Prompt { .. } | Self::Completion { .. } => None,
        }
    }

    /// `style` is how the answer will be rendered.
    async fn answer(&self, session: &Session, style: &Style) -> Result<Answer, ToolError> {
        match self {
            Self::Tool { tool, arguments } => tool.call(arguments, session).await,
            Self::Resource { resource, variables, .. } => resource.read(variables, session).await,
            Self::Prompt { prompt, blanks } => prompt.messages(blanks, session).await,
            Self::Completion { of, argument, prefix } => {
                Ok(of.complete(argument, prefix, style).await)
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

    /// Hears of what never became a call.
    fn turned_away(&self, _attempt: &Attempt<'_>) {}

    /// Puts away what is not written yet, before the policy is taken out of service.
    async fn close(&self) {}
}

/// What never became a call: nothing has that name, or nobody knows the caller.
pub struct Attempt<'a> {
    pub caller: &'a Caller,
    /// The MCP method; `http` for a request that did not get so far.
    pub method: &'static str,
    /// What was asked for, as the caller wrote it; the address of a caller that nobody knows.
    pub name: &'a str,
    pub outcome: &'a ToolError,
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
