//! One request for a tool, a resource or a prompt: who asks, what they replied in earlier rounds, and what goes back.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use rmcp::{
    ErrorData, RoleServer,
    model::{
        ClientCapabilities, ElicitationCapability, InputRequiredResult, InputResponses,
        LoggingLevel, ProtocolVersion, RequestStateCodec, RootsCapabilities, SamplingCapability,
        SealOptions,
    },
    service::RequestContext,
};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::wire::{self, Wire};
use crate::{
    output::Rendered,
    policy::Outcome,
    tool::{Caller, Question, Replies, Session, ToolError},
};

/// How long a person may take to answer a form.
pub(super) const PATIENCE: Duration = Duration::from_mins(15);

pub(super) struct Exchange<'a> {
    codec: &'a RequestStateCodec,
    context: &'a RequestContext<RoleServer>,
    caller: Caller,
    /// What a sealed state is bound to: another caller, tool or argument cannot use it.
    subject: Value,
    replies: Option<Arc<Replies>>,
}

/// What goes back to the client.
pub(super) enum Reply {
    Answered(Rendered),
    Asked(InputRequiredResult),
    Failed(ToolError),
}

/// What the client sent along with its request, in the era in which it calls again with its replies.
#[derive(Default)]
pub(super) struct Round {
    pub(super) responses: Option<InputResponses>,
    pub(super) state: Option<String>,
}

impl<'a> Exchange<'a> {
    /// `subject` is all that makes one request the same as another: its method, name and arguments.
    pub(super) fn open(
        codec: &'a RequestStateCodec,
        context: &'a RequestContext<RoleServer>,
        caller: Caller,
        subject: Value,
        round: Round,
    ) -> Result<Self, ErrorData> {
        let mut exchange = Self { codec, context, caller, subject, replies: None };
        if is_modern(context) {
            exchange.replies = Some(Arc::new(exchange.gather(round)?));
        }
        Ok(exchange)
    }

    /// `least` is the level that the client set for its whole session, in the era of sessions.
    pub(super) fn session(&self, least: LoggingLevel) -> Session {
        let meta = &self.context.meta;
        let level = if is_modern(self.context) { meta.log_level() } else { Some(least) };
        let wire = Wire {
            peer: self.context.peer.clone(),
            progress: meta.get_progress_token(),
            level,
            capabilities: self.context.client_capabilities().unwrap_or_default(),
            replies: self.replies.clone(),
        };
        let mut session = Session::new(self.caller.clone(), Arc::new(wire));
        session.trace_parent = meta.get_traceparent().map(str::to_owned);
        session
    }

    pub(super) fn close(&self, outcome: Outcome) -> Result<Reply, ErrorData> {
        match outcome {
            Ok(rendered) => Ok(Reply::Answered(rendered)),
            Err(ToolError::NeedsInput(questions)) => self.ask(&questions).map(Reply::Asked),
            Err(ToolError::ClientLacks(capability)) if is_modern(self.context) => {
                Err(ErrorData::missing_required_client_capability(needed(capability)))
            }
            Err(error) => Ok(Reply::Failed(error)),
        }
    }

    fn ask(&self, questions: &[Question]) -> Result<InputRequiredResult, ErrorData> {
        let mut requests = BTreeMap::new();
        for question in questions {
            let request = wire::input_request(&question.ask).map_err(internal)?;
            requests.insert(question.key.clone(), request);
        }
        let binding = self.binding();
        let options = SealOptions::new().associated_data(&binding).ttl(PATIENCE);
        let known = self.replies.as_deref().cloned().unwrap_or_default();
        let state = self.codec.seal_json_with(&known, &options).map_err(internal)?;
        Ok(InputRequiredResult::new(Some(requests), Some(state)))
    }

    /// What the client replied earlier, as we sealed it, and what it replies now.
    fn gather(&self, round: Round) -> Result<Replies, ErrorData> {
        let mut replies = match &round.state {
            None => Replies::default(),
            Some(state) => self.codec.open_json_with(state, &self.binding()).map_err(|error| {
                tracing::warn!(%error, "a client came back with a state that is not ours, or too late");
                let message = "requestState is not valid for this request; start again";
                ErrorData::invalid_params(message, None)
            })?,
        };
        replies.0.extend(round.responses.unwrap_or_default());
        Ok(replies)
    }

    /// Made only for a call that has several rounds: most have one.
    fn binding(&self) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(self.caller.name.as_bytes());
        hash.update([0]);
        hash.update(self.subject.to_string().as_bytes());
        hash.finalize().to_vec()
    }
}

pub(super) fn is_modern(context: &RequestContext<RoleServer>) -> bool {
    let version = context.protocol_version();
    version.is_some_and(|it| it.as_str() >= ProtocolVersion::V_2026_07_28.as_str())
}

fn needed(capability: &str) -> ClientCapabilities {
    let mut needed = ClientCapabilities::default();
    match capability {
        "sampling" => needed.sampling = Some(SamplingCapability::default()),
        "roots" => needed.roots = Some(RootsCapabilities::default()),
        _ => needed.elicitation = Some(ElicitationCapability::default()),
    }
    needed
}

fn internal(error: impl std::fmt::Display) -> ErrorData {
    ErrorData::internal_error(error.to_string(), None)
}
