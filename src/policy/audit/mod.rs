//! One JSON line for every call, whatever came of it, also when the client went away in the middle, and one for whoever was
//! turned away.
//!
//! A line has its place in the queue before its call runs, and nothing waits for a disk but the thread that writes. When the disk
//! is too slow, calls wait for a place, and in the end do not run. When it fails, they run, and the lines that it did not take are
//! counted and told of.

mod line;
mod writer;

use std::{io::Write, time::Duration};

use async_trait::async_trait;

use self::{
    line::Line,
    writer::{Place, Writer},
};
use super::{Attempt, Call, Next, Outcome, Policy};
use crate::{output::Redactor, tool::ToolError};

/// How long a call waits for its place.
const PATIENCE: Duration = Duration::from_secs(5);

pub struct Audit {
    writer: Writer,
    redactor: Redactor,
}

impl Audit {
    /// Writes to `writer` from a thread of its own, one line at a time.
    pub fn new(writer: Box<dyn Write + Send>, redactor: Redactor) -> Self {
        Self { writer: Writer::start(writer), redactor }
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
        let mut entry = Entry { line: Line::open(&call, &self.redactor), place: Some(place) };
        let outcome = next.run(call).await;
        entry.line.close(&outcome);
        outcome
    }

    /// Nobody waits for a stranger: without room for this line it is counted.
    fn turned_away(&self, attempt: &Attempt<'_>) {
        self.writer.offer(Line::of(attempt, &self.redactor).text());
    }

    async fn close(&self) {
        self.writer.flushed().await;
    }
}

/// A line in the making. It is written when it goes out of scope: a call that is cancelled gets its line too.
struct Entry {
    line: Line,
    place: Option<Place>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            place.take(self.line.text());
        }
    }
}
