use std::{sync::Arc, time::Instant};

use serde::Serialize;
use serde_json::Value;

use super::super::{Attempt, Call, Outcome, Subject, short::short};
use crate::{
    output::Redactor,
    tool::{Affected, Arguments, Caller, Effect, Ledger, Requests, ToolError},
};

/// Objects of a change that a line names; of more it says how many there are.
const MOST_OBJECTS: usize = 100;

/// Arguments that say what a call is about. No other argument's value is ever written: it may hold a secret.
const TARGET: [&str; 12] = [
    "context",
    "namespace",
    "all_namespaces",
    "resource",
    "kind",
    "name",
    "node",
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
    /// Of plain HTTP only.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    method: &'static str,
    name: String,
    /// Unknown of what never became a call.
    #[serde(skip_serializing_if = "Option::is_none")]
    effect: Option<Effect>,
    target: Arguments,
    /// Stands in both lines of a change.
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<String>,
    /// What the call changes or would have changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    objects: Vec<Object>,
    /// How many these are.
    #[serde(skip_serializing_if = "Option::is_none")]
    affected: Option<usize>,
    /// How many of them have been changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<usize>,
    /// The hash of what was shown, or would have been.
    #[serde(skip_serializing_if = "Option::is_none")]
    diff: Option<String>,
    decision: &'static str,
    outcome: &'static str,
    ms: u128,
    bytes: usize,
    /// What was asked of the backend.
    requests: u64,
    #[serde(skip)]
    counted: Requests,
    #[serde(skip)]
    ledger: Ledger,
    #[serde(skip)]
    started: Instant,
}

#[derive(Serialize)]
struct Object {
    effect: Effect,
    /// `Deployment shop/web`
    object: String,
}

impl Object {
    fn of(affected: &Affected, redactor: &Redactor) -> Self {
        Self { effect: affected.effect, object: short(&affected.to_string(), redactor) }
    }
}

impl Line {
    pub(super) fn open(call: &Call, redactor: &Redactor) -> Self {
        let (method, name) = (call.subject.method(), call.subject.name());
        Self {
            effect: Some(call.subject.effect()),
            target: target(&call.subject, redactor),
            counted: call.session.requests().clone(),
            ledger: call.session.ledger().clone(),
            request_id: call.session.request_id.as_deref().map(|it| short(it, redactor)),
            ..Self::blank(&call.session.caller, method, name, redactor)
        }
    }

    pub(super) fn of(attempt: &Attempt<'_>, redactor: &Redactor) -> Self {
        Self {
            decision: "refused",
            outcome: attempt.outcome.label(),
            request_id: attempt.request_id.map(|it| short(it, redactor)),
            ..Self::blank(attempt.caller, attempt.method, attempt.name, redactor)
        }
    }

    fn blank(caller: &Caller, method: &'static str, name: &str, redactor: &Redactor) -> Self {
        Self {
            time: jiff::Timestamp::now().to_string(),
            caller: Arc::clone(&caller.name),
            client: caller.client.as_deref().map(|it| short(it, redactor)),
            request_id: None,
            method,
            name: short(name, redactor),
            effect: None,
            target: Arguments::new(),
            change: None,
            objects: Vec::new(),
            affected: None,
            changed: None,
            diff: None,
            decision: "allowed",
            outcome: "cancelled",
            ms: 0,
            bytes: 0,
            requests: 0,
            counted: Requests::default(),
            ledger: Ledger::default(),
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
                match error {
                    ToolError::Refused(_) | ToolError::ClientLacks { .. } => {
                        self.decision = "refused";
                    }
                    ToolError::NeedsInput(_) => self.decision = "asked",
                    _ => {}
                }
            }
        }
    }

    /// The line of a change that is about to be made: whatever becomes of it, it was begun.
    pub(super) fn begun(call: &Call, redactor: &Redactor) -> String {
        Self { outcome: "begun", ..Self::open(call, redactor) }.text(redactor)
    }

    fn take_ledger(&mut self, redactor: &Redactor) {
        let entry = self.ledger.entry();
        let Some(digest) = entry.digest else { return };
        self.diff = Some(digest);
        self.change = entry.id;
        let objects = entry.affected.iter().take(MOST_OBJECTS);
        self.objects = objects.map(|it| Object::of(it, redactor)).collect();
        self.affected = Some(entry.affected.len());
        self.changed = Some(entry.changed);
        if entry.confirmed {
            self.decision = "confirmed";
        }
        if entry.shown {
            self.decision = "shown";
        }
    }

    /// The line as it is now, with its end.
    pub(super) fn text(&mut self, redactor: &Redactor) -> String {
        self.take_ledger(redactor);
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
        Subject::Endpoint { request, .. } => request.given(name),
    }
}
