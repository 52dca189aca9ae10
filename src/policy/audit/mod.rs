//! One JSON line for every call, whatever came of it, also when the client went away in the middle, and one for whoever was
//! turned away.
//!
//! A line has its place in the queue before its call runs, and nothing waits for a disk but the thread that writes. When the disk
//! is too slow, calls wait for a place, and in the end do not run. When it fails, calls that look run, and the lines that it did
//! not take are counted and told of. A change has a line of its own before it is made, and is not made without.

mod line;
mod writer;

use std::{io::Write, sync::Arc, time::Duration};

use async_trait::async_trait;

use self::{
    line::Line,
    writer::{Place, Writer},
};
use super::{Approval, Attempt, Call, Next, Outcome, Policy};
use crate::{
    output::Redactor,
    tool::{Preview, ToolError},
};

/// How long a call waits for its place.
const PATIENCE: Duration = Duration::from_secs(5);

pub struct Audit {
    writer: Arc<Writer>,
    redactor: Redactor,
}

/// Writes that a change is about to be made, and waits until that is written. The last of all policies: what it lets through is
/// done.
pub struct Intents {
    writer: Arc<Writer>,
    redactor: Redactor,
}

impl Audit {
    /// Writes to `writer` from a thread of its own, one line at a time.
    pub fn new(writer: Box<dyn Write + Send>, redactor: Redactor) -> Self {
        Self { writer: Arc::new(Writer::start(writer)), redactor }
    }

    pub fn intents(&self) -> Intents {
        Intents { writer: Arc::clone(&self.writer), redactor: self.redactor.clone() }
    }

    async fn place(&self) -> Result<Place, ToolError> {
        match tokio::time::timeout(PATIENCE, self.writer.place()).await {
            Ok(Some(place)) => Ok(place),
            Ok(None) => Err(ToolError::Failed("the audit log has ended; restart the server".into())),
            Err(_) => Err(ToolError::Busy(
                "the audit log cannot be written fast enough, and what is not recorded does not run"
                    .into(),
            )),
        }
    }
}

#[async_trait]
impl Policy for Audit {
    async fn around(&self, call: Call, next: Next<'_>) -> Outcome {
        let place = self.place().await?;
        let line = Line::open(&call, &self.redactor);
        let mut entry = Entry { line, place: Some(place), redactor: &self.redactor };
        let outcome = next.run(call).await;
        entry.line.close(&outcome);
        outcome
    }

    /// Nobody waits for a stranger: without room for this line it is counted.
    fn turned_away(&self, attempt: &Attempt<'_>) {
        self.writer.offer(Line::of(attempt, &self.redactor).text(&self.redactor));
    }

    async fn close(&self) {
        self.writer.flushed().await;
    }
}

#[async_trait]
impl Policy for Intents {
    async fn approve(&self, call: &Call, _: &Preview) -> Result<Approval, ToolError> {
        let written = self.writer.insist(Line::begun(call, &self.redactor)).await;
        written.map(|()| Approval::Granted).map_err(|error| {
            ToolError::Unavailable(format!(
                "the audit log cannot be written ({error}), and what is not recorded is not changed"
            ))
        })
    }
}

/// A line in the making. It is written when it goes out of scope: a call that is cancelled gets its line too.
struct Entry<'a> {
    redactor: &'a Redactor,
    line: Line,
    place: Option<Place>,
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            place.take(self.line.text(self.redactor));
        }
    }
}
