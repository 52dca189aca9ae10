use std::{sync::Arc, time::Instant};

use serde::Serialize;
use serde_json::Value;

use super::super::{Attempt, Call, Outcome, Subject, short::short};
use crate::{
    output::Redactor,
    tool::{Arguments, Caller, Effect, Requests, ToolError},
};

/// Arguments that say what a call is about. No other argument's value is ever written: it may hold a secret.
const TARGET: [&str; 11] = [
    "context",
    "namespace",
    "all_namespaces",
    "resource",
    "kind",
    "name",
    "pod",
    "service_account",
    "as",
    "label_selector",
    "field_selector",
];

#[derive(Serialize)]
pub(super) struct Line {
    time: String,
    caller: Arc<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<String>,
    method: &'static str,
    name: String,
    /// Unknown of what never became a call.
    #[serde(skip_serializing_if = "Option::is_none")]
    effect: Option<Effect>,
    target: Arguments,
    decision: &'static str,
    outcome: &'static str,
    ms: u128,
    bytes: usize,
    /// What was asked of the backend.
    requests: u64,
    #[serde(skip)]
    counted: Requests,
    #[serde(skip)]
    started: Instant,
}

impl Line {
    pub(super) fn open(call: &Call, redactor: &Redactor) -> Self {
        let (method, name) = (call.subject.method(), call.subject.name());
        Self {
            effect: Some(call.subject.effect()),
            target: target(&call.subject, redactor),
            counted: call.session.requests().clone(),
            ..Self::blank(&call.session.caller, method, name, redactor)
        }
    }

    pub(super) fn of(attempt: &Attempt<'_>, redactor: &Redactor) -> Self {
        Self {
            decision: "refused",
            outcome: attempt.outcome.label(),
            ..Self::blank(attempt.caller, attempt.method, attempt.name, redactor)
        }
    }

    fn blank(caller: &Caller, method: &'static str, name: &str, redactor: &Redactor) -> Self {
        Self {
            time: jiff::Timestamp::now().to_string(),
            caller: Arc::clone(&caller.name),
            client: caller.client.as_deref().map(|it| short(it, redactor)),
            method,
            name: short(name, redactor),
            effect: None,
            target: Arguments::new(),
            decision: "allowed",
            outcome: "cancelled",
            ms: 0,
            bytes: 0,
            requests: 0,
            counted: Requests::default(),
            started: Instant::now(),
        }
    }

    pub(super) fn close(&mut self, outcome: &Outcome) {
        match outcome {
            Ok(answer) => {
                self.outcome = "ok";
                self.bytes = answer.bytes();
            }
            Err(error) => {
                self.outcome = error.label();
                self.bytes = error.to_string().len();
                if let ToolError::Refused(_) | ToolError::ClientLacks(_) = error {
                    self.decision = "refused";
                }
            }
        }
    }

    /// The line as it is now, with its end.
    pub(super) fn text(&mut self) -> String {
        self.ms = self.started.elapsed().as_millis();
        self.requests = self.counted.made();
        let mut text = serde_json::to_string(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

fn target(subject: &Subject, redactor: &Redactor) -> Arguments {
    let value = |name: &str| match given(subject, name)? {
        Value::String(text) => Some(short(&text, redactor).into()),
        value @ Value::Bool(_) => Some(value),
        _ => None,
    };
    TARGET.iter().filter_map(|name| Some(((*name).to_owned(), value(name)?))).collect()
}

/// What the call gives under that name, wherever such a call has it.
fn given(subject: &Subject, name: &str) -> Option<Value> {
    match subject {
        Subject::Tool { arguments, .. } => arguments.get(name).cloned(),
        Subject::Resource { variables: values, .. }
        | Subject::Subscription { variables: values, .. }
        | Subject::Prompt { blanks: values, .. } => values.get(name).cloned().map(Value::String),
        Subject::Completion { blank, .. } => blank.other(name).map(Value::from),
    }
}
