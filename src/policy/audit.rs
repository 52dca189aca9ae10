//! One JSON line for every call, whatever came of it, also when the client went away in the middle.

use std::{
    io::Write,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use async_trait::async_trait;
use serde::Serialize;

use super::{Call, Next, Outcome, Policy, Subject};
use crate::{
    output::Redactor,
    tool::{Arguments, Caller, Effect, ToolError},
};

/// Arguments that say what a call is about. No other argument's value is ever written: it may hold a secret.
const TARGET: [&str; 5] = ["context", "namespace", "resource", "kind", "name"];

pub struct Audit {
    sink: Arc<Sink>,
}

struct Sink {
    writer: Mutex<Box<dyn Write + Send>>,
    redactor: Redactor,
}

impl Audit {
    /// Writes to `writer`, one line at a time.
    pub fn new(writer: Box<dyn Write + Send>, redactor: Redactor) -> Self {
        Self { sink: Arc::new(Sink { writer: Mutex::new(writer), redactor }) }
    }
}

#[async_trait]
impl Policy for Audit {
    async fn around(&self, call: Call, next: Next<'_>) -> Outcome {
        let mut entry = Entry::open(&self.sink, &call);
        let outcome = next.run(call).await;
        entry.close(&outcome);
        outcome
    }
}

/// A line in the making. It is written when it goes out of scope: a call that is cancelled gets its line too.
struct Entry {
    sink: Arc<Sink>,
    started: Instant,
    line: Line,
}

#[derive(Serialize)]
struct Line {
    time: String,
    caller: Arc<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<String>,
    method: &'static str,
    name: String,
    effect: Effect,
    target: Arguments,
    decision: &'static str,
    outcome: &'static str,
    ms: u128,
    bytes: usize,
}

impl Entry {
    fn open(sink: &Arc<Sink>, call: &Call) -> Self {
        let Caller { name, client } = call.session.caller.clone();
        let line = Line {
            time: jiff::Timestamp::now().to_string(),
            caller: name,
            client,
            method: call.subject.method(),
            name: call.subject.name().to_owned(),
            effect: call.subject.effect(),
            target: target(&call.subject, &sink.redactor),
            decision: "allowed",
            outcome: "cancelled",
            ms: 0,
            bytes: 0,
        };
        Self { sink: Arc::clone(sink), started: Instant::now(), line }
    }

    fn close(&mut self, outcome: &Outcome) {
        match outcome {
            Ok(answer) => {
                self.line.outcome = "ok";
                self.line.bytes = answer.text.len();
            }
            Err(error) => {
                self.line.outcome = error.label();
                if let ToolError::Refused(_) | ToolError::ClientLacks(_) = error {
                    self.line.decision = "refused";
                }
            }
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.line.ms = self.started.elapsed().as_millis();
        let mut text = serde_json::to_string(&self.line).unwrap_or_default();
        text.push('\n');
        let mut writer = self.sink.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = writer.write_all(text.as_bytes()).and_then(|()| writer.flush()) {
            tracing::error!(%error, "the audit log cannot be written");
        }
    }
}

fn target(subject: &Subject, redactor: &Redactor) -> Arguments {
    let Subject::Tool { arguments, .. } = subject else { return Arguments::new() };
    TARGET
        .iter()
        .filter_map(|name| {
            let value = redactor.text(arguments.get(*name)?.as_str()?).into_owned();
            Some(((*name).to_owned(), value.into()))
        })
        .collect()
}
