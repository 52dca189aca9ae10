//! A prepared request that a person picks in the client, with blanks to fill in.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;

use crate::{
    blank::Blank,
    output::Answer,
    tool::{Definition, Session, ToolError, unknown_argument},
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

    /// The tools that it calls: where a policy refuses one of them, the prompt does not exist either.
    fn tools(&self) -> Vec<&Definition> {
        Vec::new()
    }

    /// The messages that the person sends, in order.
    async fn messages(&self, blanks: &Blanks, session: &Session) -> Result<Answer, ToolError>;

    /// Values that an argument can take, given how it begins.
    async fn complete(&self, _argument: &Blank, _session: &Session) -> Vec<String> {
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

    pub fn tools(&self) -> Vec<&Definition> {
        self.prompt.tools()
    }

    pub async fn messages(&self, blanks: &Blanks, session: &Session) -> Result<Answer, ToolError> {
        let problems = self.definition.problems(blanks);
        if !problems.is_empty() {
            return Err(ToolError::InvalidArguments(problems));
        }
        self.prompt.messages(blanks, session).await
    }

    pub async fn complete(&self, argument: &Blank, session: &Session) -> Vec<String> {
        self.prompt.complete(argument, session).await
    }
}

impl PromptDefinition {
    /// What is wrong with the blanks, all of it.
    fn problems(&self, blanks: &Blanks) -> Vec<String> {
        let missing = self.arguments.iter().filter(|it| it.required && is_empty(blanks, it.name));
        let missing = missing.map(|it| format!("`{}` is missing: {}", it.name, it.description));
        let known: Vec<&str> = self.arguments.iter().map(|it| it.name).collect();
        let unknown = blanks.keys().filter(|it| !known.contains(&it.as_str()));
        let unknown = unknown.map(|it| unknown_argument(it, &known, self.name));
        missing.chain(unknown).collect()
    }
}

fn is_empty(blanks: &Blanks, name: &str) -> bool {
    blanks.get(name).is_none_or(String::is_empty)
}
