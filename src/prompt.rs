//! A prepared request that a person picks in the client, with blanks to fill in.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;

use crate::{
    output::Answer,
    tool::{Session, ToolError},
};

/// What the world may know about a prompt.
#[derive(Debug, Clone)]
pub struct PromptDefinition {
    pub name: &'static str,
    pub title: &'static str,
    pub description: &'static str,
    pub arguments: Vec<PromptArgument>,
}

#[derive(Debug, Clone)]
pub struct PromptArgument {
    pub name: &'static str,
    pub description: &'static str,
    pub required: bool,
}

/// What a person filled in.
pub type Blanks = BTreeMap<String, String>;

#[async_trait]
pub trait Prompt: Send + Sync {
    fn definition(&self) -> PromptDefinition;

    /// The messages that the person sends, in order.
    async fn messages(&self, blanks: &Blanks, session: &Session) -> Result<Answer, ToolError>;

    /// Values that an argument can take, given how it begins.
    async fn complete(&self, _argument: &str, _prefix: &str) -> Vec<String> {
        Vec::new()
    }
}

/// A prompt with its definition at hand. Cheap to clone.
#[derive(Clone)]
pub struct BoundPrompt {
    pub definition: Arc<PromptDefinition>,
    prompt: Arc<dyn Prompt>,
}

impl BoundPrompt {
    pub fn new(prompt: impl Prompt + 'static) -> Self {
        Self { definition: Arc::new(prompt.definition()), prompt: Arc::new(prompt) }
    }

    pub async fn messages(&self, blanks: &Blanks, session: &Session) -> Result<Answer, ToolError> {
        let missing = self.definition.arguments.iter().filter(|it| it.required);
        let missing: Vec<String> = missing
            .filter(|it| !blanks.contains_key(it.name))
            .map(|it| format!("`{}` is missing: {}", it.name, it.description))
            .collect();
        if !missing.is_empty() {
            return Err(ToolError::InvalidArguments(missing));
        }
        self.prompt.messages(blanks, session).await
    }

    pub async fn complete(&self, argument: &str, prefix: &str) -> Vec<String> {
        self.prompt.complete(argument, prefix).await
    }
}
