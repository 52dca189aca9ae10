//! What stands between the model and a tool: one concern a file, wrapped round every call.

mod audit;
mod deadline;
mod limits;
mod metrics;
mod names;
mod read_only;
mod trace;

pub use self::{
    audit::Audit, deadline::Deadline, limits::Limits, metrics::Metrics, names::Names,
    read_only::ReadOnly, trace::Trace,
};

use std::{any::Any, panic::AssertUnwindSafe};

use async_trait::async_trait;
use futures::FutureExt;

use crate::{
    output::{Answer, Redactor, Rendered, Style, clip},
    prompt::{Blanks, BoundPrompt},
    resource::{BoundResource, Variables},
    tool::{Arguments, BoundTool, Definition, Effect, Session, ToolError},
};

/// One call on its way in.
#[derive(Clone)]
pub struct Call {
    pub subject: Subject,
    pub session: Session,
}

/// What is called. All three go the same way, so that no policy can be gone round by reading a resource instead.
#[derive(Clone)]
pub enum Subject {
    Tool { tool: BoundTool, arguments: Arguments },
    Resource { resource: BoundResource, uri: String, variables: Variables },
    Prompt { prompt: BoundPrompt, blanks: Blanks },
}

impl Subject {
    /// The MCP method, as traces and the audit log name it.
    pub fn method(&self) -> &'static str {
        match self {
            Self::Tool { .. } => "tools/call",
            Self::Resource { .. } => "resources/read",
            Self::Prompt { .. } => "prompts/get",
        }
    }

    /// The tool's or the prompt's name; a resource's URI or template, which holds no value from the caller.
    pub fn name(&self) -> &str {
        match self {
            Self::Tool { tool, .. } => tool.definition().name,
            Self::Resource { resource, .. } => &resource.definition.uri,
            Self::Prompt { prompt, .. } => prompt.definition.name,
        }
    }

    pub fn effect(&self) -> Effect {
        match self {
            Self::Tool { tool, .. } => tool.definition().effect,
            Self::Resource { .. } | Self::Prompt { .. } => Effect::Read,
        }
    }

    pub fn tool(&self) -> Option<&Definition> {
        match self {
            Self::Tool { tool, .. } => Some(tool.definition()),
            Self::Resource { .. } | Self::Prompt { .. } => None,
        }
    }

    async fn answer(&self, session: &Session) -> Result<Answer, ToolError> {
        match self {
            Self::Tool { tool, arguments } => tool.call(arguments, session).await,
            Self::Resource { resource, variables, .. } => resource.read(variables, session).await,
            Self::Prompt { prompt, blanks } => prompt.messages(blanks, session).await,
        }
    }
}

/// In characters: what is longer says no more.
const LONGEST_ERROR: usize = 4_000;

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
}

/// What must be there before a call can run.
#[async_trait]
pub trait Backend: Send + Sync {
    async fn ready(&self) -> Result<(), ToolError>;
}

/// The backend of what needs none.
pub struct AlwaysThere;

#[async_trait]
impl Backend for AlwaysThere {
    async fn ready(&self) -> Result<(), ToolError> {
        Ok(())
    }
}

/// All policies in their order, and how an answer looks when it leaves.
pub struct Stack {
    policies: Vec<Box<dyn Policy>>,
    style: Style,
    /// With a key of its own: errors quote what the caller wrote, and fingerprints of guesses must compare with nothing.
    errors: Redactor,
}

impl Stack {
    pub fn new(policies: Vec<Box<dyn Policy>>, style: Style) -> Self {
        Self { policies, style, errors: Redactor::new() }
    }

    pub fn admits(&self, tool: &Definition) -> bool {
        self.policies.iter().all(|it| it.refuses(tool).is_none())
    }

    pub async fn run(&self, call: Call, backend: &dyn Backend) -> Outcome {
        let Self { policies, style, errors } = self;
        Next { policies, style, errors, backend }.run(call).await
    }
}

/// The rest of the stack, and at its end the call itself and the rendering of its answer.
#[derive(Clone, Copy)]
pub struct Next<'a> {
    policies: &'a [Box<dyn Policy>],
    style: &'a Style,
    errors: &'a Redactor,
    backend: &'a dyn Backend,
}

impl Next<'_> {
    pub async fn run(self, call: Call) -> Outcome {
        let Some((policy, policies)) = self.policies.split_first() else {
            return self.finish(call).await;
        };
        // Checked here and not by each policy, so that what is not listed cannot be called.
        if let Some(reason) = call.subject.tool().and_then(|it| policy.refuses(it)) {
            return Err(ToolError::Refused(reason));
        }
        policy.around(call, Next { policies, ..self }).await
    }

    /// Redaction, budget and fences are applied here, once, to answers and errors alike: a tool cannot forget them.
    async fn finish(self, call: Call) -> Outcome {
        let rendered = AssertUnwindSafe(self.rendered(&call)).catch_unwind().await;
        let outcome = rendered.unwrap_or_else(|panic| Err(bug(&call.subject, panic.as_ref())));
        outcome.map_err(|error| error.map_text(|text| self.presentable(text)))
    }

    async fn rendered(self, call: &Call) -> Outcome {
        self.backend.ready().await?;
        Ok(call.subject.answer(&call.session).await?.render(self.style))
    }

    /// Errors quote what callers and workloads wrote.
    fn presentable(self, text: &str) -> String {
        let mut text = self.errors.text(text).into_owned();
        clip(&mut text, LONGEST_ERROR);
        text
    }
}

fn bug(subject: &Subject, panic: &(dyn Any + Send)) -> ToolError {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
    tracing::error!(name = subject.name(), panic = text, "a call panicked");
    ToolError::Failed(format!("{} has a bug and panicked: {text}", subject.name()))
}
