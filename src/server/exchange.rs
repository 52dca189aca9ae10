//! One request for a tool, a resource or a prompt: who asks, what they replied in earlier rounds, and what goes back.

use std::{collections::BTreeMap, sync::Arc};

use rmcp::{
    ErrorData, RoleServer,
    model::{
        ClientCapabilities, ElicitationCapability, InputRequiredResult, InputResponses,
        LoggingLevel, ProtocolVersion, RootsCapabilities, SamplingCapability,
    },
    service::RequestContext,
};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{
    rounds::{BadState, Rounds},
    wire::{self, Wire},
};
use crate::{
    output::Rendered,
    policy::Outcome,
    tool::{Caller, Question, Replies, Session, ToolError},
};

pub(super) struct Exchange<'a> {
    rounds: &'a Rounds,
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
        rounds: &'a Rounds,
        context: &'a RequestContext<RoleServer>,
        caller: Caller,
        subject: Value,
        round: Round,
    ) -> Result<Self, ErrorData> {
        let mut exchange = Self { rounds, context, caller, subject, replies: None };
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
            Err(ToolError::ClientLacks { capability, way }) if is_modern(self.context) => {
                let mut error = ErrorData::missing_required_client_capability(needed(capability));
                error.message = way.into();
                Err(error)
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
        let asked = questions.iter().map(|it| it.key.clone()).collect();
        let known = self.replies.as_deref().cloned().unwrap_or_default();
        let state = self.rounds.seal(&self.binding(), asked, known).map_err(internal)?;
        Ok(InputRequiredResult::new(Some(requests), Some(state)))
    }

    /// What the client replied earlier, as we sealed it, and what it replies now to what it was asked.
    ///
    /// Replies to questions that nobody asked are ignored: a yes that comes before its question is nobody's yes.
    fn gather(&self, round: Round) -> Result<Replies, ErrorData> {
        let mut responses = round.responses.unwrap_or_default();
        let Some(sealed) = &round.state else {
            responses.retain(|_, _| self.rounds.early);
            return Ok(Replies(responses));
        };
        let state = self.rounds.open(&self.caller.name, &self.binding(), sealed);
        let mut state = state.map_err(|error| refused(&error))?;
        responses.retain(|key, _| state.asked.contains(key));
        state.replies.0.extend(responses);
        Ok(state.replies)
    }

    /// Made only for a call that has several rounds: most have one.
    fn binding(&self) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(self.caller.name.as_bytes());
        hash.update([0]);
        let mut subject = self.subject.clone();
        // A client may write the same arguments in another order when it calls again.
        subject.sort_all_objects();
        hash.update(subject.to_string().as_bytes());
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

/// One sentence for all reasons why a state is bad: which of them it was helps nobody but a forger. That there were too many
/// says nothing about this one, and to start again would not help.
fn refused(error: &BadState) -> ErrorData {
    tracing::warn!(%error, "a client came back with a state that is not accepted");
    match error {
        BadState::TooMany => ErrorData::internal_error(
            "too many of your calls were answered in several rounds of late; call again in a few minutes",
            None,
        ),
        BadState::Foreign(_) | BadState::Used => ErrorData::invalid_params(
            "requestState is not valid for this request; start again",
            None,
        ),
    }
}

fn internal(error: impl std::fmt::Display) -> ErrorData {
    ErrorData::internal_error(error.to_string(), None)
}

#[cfg(test)]
mod tests {
    use rmcp::model::RequestStateError;

    use super::*;

    #[test]
    fn too_many_rounds_are_told_as_what_they_are_and_bad_states_apart_from_each_other_not() {
        let used = refused(&BadState::Used).message;
        assert_eq!(refused(&BadState::Foreign(RequestStateError::Expired)).message, used);
        assert!(used.contains("start again"), "{used}");
        let crowded = refused(&BadState::TooMany).message;
        assert!(crowded.contains("call again in a few minutes"), "{crowded}");
    }
}
