//! Prompts with words, blanks, a resource, an image, and a question to the client.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{asking::form, beginning_with, dot, says, text};
use crate::{
    blank::Blank,
    output::{Answer, Part},
    prompt::{Blanks, BoundPrompt, Prompt, PromptArgument, PromptDefinition},
    tool::{Session, ToolError},
};

pub(super) fn all() -> Vec<BoundPrompt> {
    let said = |name, description, parts| BoundPrompt::new(Said { name, description, parts });
    vec![
        said("test_simple_prompt", "Words alone.", vec![text("This is a simple test prompt.")]),
        said(
            "test_prompt_with_image",
            "Words and an image.",
            vec![dot(), text("Please analyze the image above.")],
        ),
        BoundPrompt::new(WithBlanks),
        BoundPrompt::new(WithResource),
        BoundPrompt::new(Asking),
    ]
}

fn definition(name: &'static str, description: &'static str) -> PromptDefinition {
    PromptDefinition { name, title: name, description, arguments: Vec::new() }
}

/// Says the same every time.
struct Said {
    name: &'static str,
    description: &'static str,
    parts: Vec<Part>,
}

#[async_trait]
impl Prompt for Said {
    fn definition(&self) -> PromptDefinition {
        definition(self.name, self.description)
    }

    async fn messages(&self, _blanks: &Blanks, _session: &Session) -> Result<Answer, ToolError> {
        Ok(Answer::Media(self.parts.clone()))
    }
}

struct WithBlanks;

#[async_trait]
impl Prompt for WithBlanks {
    fn definition(&self) -> PromptDefinition {
        let blank = |name, description| PromptArgument { name, description, required: true };
        PromptDefinition {
            arguments: vec![blank("arg1", "The first blank."), blank("arg2", "The second blank.")],
            ..definition("test_prompt_with_arguments", "Words with two blanks.")
        }
    }

    async fn messages(&self, blanks: &Blanks, _session: &Session) -> Result<Answer, ToolError> {
        let blank = |name| blanks.get(name).map_or("", String::as_str);
        let words =
            format!("Prompt with arguments: arg1='{}', arg2='{}'", blank("arg1"), blank("arg2"));
        Ok(says(words))
    }

    async fn complete(&self, argument: &Blank, _session: &Session) -> Vec<String> {
        beginning_with(&argument.prefix, &["paris", "park", "party"])
    }
}

struct WithResource;

#[async_trait]
impl Prompt for WithResource {
    fn definition(&self) -> PromptDefinition {
        PromptDefinition {
            arguments: vec![PromptArgument {
                name: "resourceUri",
                description: "The address of the resource to embed.",
                required: true,
            }],
            ..definition("test_prompt_with_embedded_resource", "Words and a resource.")
        }
    }

    async fn messages(&self, blanks: &Blanks, _session: &Session) -> Result<Answer, ToolError> {
        Ok(Answer::Media(vec![
            Part::resource(
                blanks.get("resourceUri").map(String::as_str).unwrap_or_default(),
                "text/plain",
                "Embedded resource content for testing.",
            ),
            text("Please process the embedded resource above."),
        ]))
    }
}

/// Asks a person before it says anything.
struct Asking;

#[async_trait]
impl Prompt for Asking {
    fn definition(&self) -> PromptDefinition {
        definition("test_input_required_result_prompt", "Words that depend on a reply.")
    }

    async fn messages(&self, _blanks: &Blanks, session: &Session) -> Result<Answer, ToolError> {
        let fields = json!({ "context": { "type": "string" } });
        let question = form("user_context", "In what context?", &fields, &["context"]);
        let replies = session.ask(vec![question]).await?;
        let context = replies.field("user_context", "context").and_then(Value::as_str);
        let words = format!("Prompt with elicited context: {}", context.unwrap_or("none"));
        Ok(says(words))
    }
}
