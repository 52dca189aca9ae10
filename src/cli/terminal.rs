//! The person at the terminal, asked where a client would ask one.

use std::io::{self, BufRead, IsTerminal, Write};

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use crate::tool::{Ask, Client, Level, Progress, Question, Replies, ToolError};

pub(super) struct Terminal {
    /// The person has said yes to everything on the command line.
    pub(super) yes: bool,
}

#[async_trait]
impl Client for Terminal {
    async fn progress(&self, _: Progress) {}

    async fn log(&self, _: Level, _: &str) {}

    /// Only for a yes: whoever is not there says nothing, and nobody says yes to what they do not see.
    fn can_answer(&self, ask: &Ask) -> bool {
        boolean(ask).is_some() && (self.yes || is_anybody_there())
    }

    async fn ask(&self, questions: Vec<Question>) -> Result<Replies, ToolError> {
        let mut replies = Replies::default();
        for Question { key, ask } in questions {
            let Some((message, field)) = boolean(&ask) else {
                return Err(ToolError::client_lacks(ask.capability()));
            };
            let is_yes = self.yes || asked(message).await?;
            let action = if is_yes { "accept" } else { "decline" };
            let content = Map::from_iter([(field.to_owned(), is_yes.into())]);
            replies.0.insert(key, json!({ "action": action, "content": content }));
        }
        Ok(replies)
    }
}

/// Whether somebody can read a question and answer it.
pub(super) fn is_anybody_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// The message of a form that asks for a yes and nothing else, and the field for it.
fn boolean(ask: &Ask) -> Option<(&str, &str)> {
    let Ask::Form { message, schema } = ask else { return None };
    let mut fields = schema.get("properties")?.as_object()?.iter();
    let (field, kind) = fields.next()?;
    let is_boolean = kind.get("type").and_then(Value::as_str) == Some("boolean");
    (is_boolean && fields.next().is_none()).then_some((message, field))
}

async fn asked(message: &str) -> Result<bool, ToolError> {
    let message = message.to_owned();
    let answer = tokio::task::spawn_blocking(move || read(&message)).await;
    let answer = answer.map_err(anyhow::Error::from)?.map_err(anyhow::Error::from)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

fn read(message: &str) -> io::Result<String> {
    write!(io::stderr(), "{message}\n\nDo it? [y/N] ")?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(answer)
}
