//! The client at the other end of a call, in both eras.
//!
//! Until 2025-11-25 a server sends its questions as requests of its own and waits. From 2026-07-28 on it ends the call with the
//! questions, and the client calls again with the replies.

use std::sync::Arc;

use async_trait::async_trait;
use rmcp::{
    Peer, RoleServer,
    model::{
        ClientCapabilities, CreateMessageRequestParams, ElicitRequestParams, InputRequest,
        LoggingLevel, LoggingMessageNotificationParam, ProgressNotificationParam, ProgressToken,
        SamplingMessage,
    },
    service::ServiceError,
};
use serde_json::{Value, json};

use super::rounds::PATIENCE;
use crate::tool::{Ask, Client, Level, Progress, Question, Replies, ToolError};

pub(super) struct Wire {
    pub(super) peer: Peer<RoleServer>,
    /// Present when the client wants to hear of progress.
    pub(super) progress: Option<ProgressToken>,
    /// The least level that the client wants to hear of.
    pub(super) level: Option<LoggingLevel>,
    pub(super) capabilities: ClientCapabilities,
    /// What the client has replied in this and earlier rounds; `None` in the era of requests.
    pub(super) replies: Option<Arc<Replies>>,
}

#[async_trait]
impl Client for Wire {
    async fn progress(&self, progress: Progress) {
        let Some(token) = self.progress.clone() else { return };
        let mut params = ProgressNotificationParam::new(token, progress.done);
        params.total = progress.total;
        params.message = Some(progress.message);
        told(self.peer.notify_progress(params).await);
    }

    async fn log(&self, level: Level, message: &str) {
        let level = logging_level(level);
        if self.level.is_some_and(|least| severity(level) >= severity(least)) {
            let params = LoggingMessageNotificationParam::new(level, json!(message))
                .with_logger("tacklebox");
            told(self.peer.notify_logging_message(params).await);
        }
    }

    fn can_answer(&self, ask: &Ask) -> bool {
        match ask {
            Ask::Form { .. } => self.capabilities.elicitation.is_some(),
            Ask::Sample { .. } => self.capabilities.sampling.is_some(),
            Ask::Roots => self.capabilities.roots.is_some(),
        }
    }

    async fn ask(&self, questions: Vec<Question>) -> Result<Replies, ToolError> {
        for question in &questions {
            if !self.can_answer(&question.ask) {
                return Err(ToolError::client_lacks(question.ask.capability()));
            }
        }
        match &self.replies {
            Some(known) => take_known(known, questions),
            None => tokio::time::timeout(PATIENCE, self.ask_now(questions))
                .await
                .unwrap_or(Err(ToolError::TimedOut(PATIENCE))),
        }
    }
}

impl Wire {
    async fn ask_now(&self, questions: Vec<Question>) -> Result<Replies, ToolError> {
        let mut replies = Replies::default();
        for Question { key, ask } in questions {
            replies.0.insert(key, self.send(ask).await?);
        }
        Ok(replies)
    }

    async fn send(&self, ask: Ask) -> Result<Value, ToolError> {
        match ask {
            Ask::Form { message, schema } => {
                let params = form(&message, &schema)?;
                reply(self.peer.create_elicitation(params).await)
            }
            Ask::Sample { prompt, max_tokens } => {
                reply(self.peer.create_message(sampling(prompt, max_tokens)).await)
            }
            Ask::Roots => reply(self.peer.list_roots().await),
        }
    }
}

/// All replies when the client has given them all, or the questions that are still open.
fn take_known(known: &Replies, questions: Vec<Question>) -> Result<Replies, ToolError> {
    let (answered, open): (Vec<_>, Vec<_>) =
        questions.into_iter().partition(|it| known.0.get(&it.key).is_some_and(Value::is_object));
    if !open.is_empty() {
        return Err(ToolError::NeedsInput(open));
    }
    let replies = answered.into_iter().filter_map(|it| {
        let reply = known.0.get(&it.key)?.clone();
        Some((it.key, reply))
    });
    Ok(Replies(replies.collect()))
}

/// A question as the newer era carries it.
pub(super) fn input_request(ask: &Ask) -> Result<InputRequest, ToolError> {
    let request = match ask {
        Ask::Form { message, schema } => json!({
            "method": "elicitation/create",
            "params": form(message, schema)?,
        }),
        Ask::Sample { prompt, max_tokens } => json!({
            "method": "sampling/createMessage",
            "params": sampling(prompt.clone(), *max_tokens),
        }),
        Ask::Roots => json!({ "method": "roots/list" }),
    };
    serde_json::from_value(request).map_err(|error| ToolError::Failed(error.to_string()))
}

fn form(message: &str, schema: &Value) -> Result<ElicitRequestParams, ToolError> {
    let params = json!({ "mode": "form", "message": message, "requestedSchema": schema });
    serde_json::from_value(params)
        .map_err(|error| ToolError::Failed(format!("the form's schema is not a flat one: {error}")))
}

fn sampling(prompt: String, max_tokens: u32) -> CreateMessageRequestParams {
    CreateMessageRequestParams::new(vec![SamplingMessage::user_text(prompt)], max_tokens)
}

fn reply<T: serde::Serialize>(reply: Result<T, ServiceError>) -> Result<Value, ToolError> {
    let reply = reply.map_err(|error| ToolError::Failed(format!("the client: {error}")))?;
    serde_json::to_value(reply).map_err(|error| ToolError::Failed(error.to_string()))
}

/// A client that has gone away is no reason to end a call: its cancellation will.
fn told(result: Result<(), ServiceError>) {
    if let Err(error) = result {
        tracing::debug!(%error, "the client could not be told");
    }
}

fn logging_level(level: Level) -> LoggingLevel {
    match level {
        Level::Debug => LoggingLevel::Debug,
        Level::Info => LoggingLevel::Info,
        Level::Warning => LoggingLevel::Warning,
        Level::Error => LoggingLevel::Error,
    }
}

fn severity(level: LoggingLevel) -> u8 {
    level as u8
}
