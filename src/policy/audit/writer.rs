use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use tokio::sync::{mpsc, oneshot};

/// Lines that may wait for the disk.
const QUEUE: usize = 4096;

/// A thread that writes, and the queue before it.
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
    lost: Arc<AtomicU64>,
}

enum Message {
    Line(String),
    /// One that something waits for; answered with whether it was written.
    Awaited(String, oneshot::Sender<io::Result<()>>),
    /// Answered when all before it is written.
    Flush(oneshot::Sender<()>),
}

/// Room for one line.
pub(super) struct Place(mpsc::OwnedPermit<Message>);

impl Place {
    pub(super) fn take(self, line: String) {
        self.0.send(Message::Line(line));
    }
}

impl Writer {
    pub(super) fn start(output: Box<dyn Write + Send>) -> Self {
        let (queue, lines) = mpsc::channel(QUEUE);
        let lost = Arc::<AtomicU64>::default();
        let pen = Pen { output, lost: Arc::clone(&lost), is_torn: false };
        // Without a thread the queue is closed, and every call says so.
        let started = thread::Builder::new().name("audit".to_owned()).spawn(|| pen.write(lines));
        if let Err(error) = started {
            tracing::error!(%error, "the audit log cannot be written");
        }
        Self { queue, lost }
    }

    /// `None` when nobody writes any more.
    pub(super) async fn place(&self) -> Option<Place> {
        self.queue.clone().reserve_owned().await.ok().map(Place)
    }

    /// Writes the line if there is room, and counts it otherwise. Half of the queue is kept for calls: whoever knocks often
    /// must not keep those out that are let in.
    pub(super) fn offer(&self, line: String) {
        let has_room = self.queue.capacity() > QUEUE / 2;
        if !has_room || self.queue.try_send(Message::Line(line)).is_err() {
            self.lost.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Writes a line that has to be there before anything else happens.
    pub(super) async fn insist(&self, line: String) -> io::Result<()> {
        let (done, written) = oneshot::channel();
        let gone = || io::Error::other("nobody writes it any more");
        self.queue.send(Message::Awaited(line, done)).await.map_err(|_| gone())?;
        written.await.unwrap_or_else(|_| Err(gone()))
    }

    /// Resolves when everything that is in the queue now has been written.
    pub(super) async fn flushed(&self) {
        let (done, written) = oneshot::channel();
        if self.queue.send(Message::Flush(done)).await.is_ok() {
            let _ = written.await;
        }
    }
}

struct Pen {
    output: Box<dyn Write + Send>,
    /// Lines that were not written, and have not been told of.
    lost: Arc<AtomicU64>,
    /// Whether the last line may not have been written to its end.
    is_torn: bool,
}

impl Pen {
    fn write(mut self, mut lines: mpsc::Receiver<Message>) {
        while let Some(message) = lines.blocking_recv() {
            match message {
                Message::Line(line) => drop(self.line(&line)),
                Message::Awaited(line, done) => drop(done.send(self.line(&line))),
                Message::Flush(done) => drop(done.send(())),
            }
        }
    }

    fn line(&mut self, line: &str) -> io::Result<()> {
        self.tell_lost().and_then(|()| self.put(line)).inspect_err(|error| {
            self.lost.fetch_add(1, Ordering::AcqRel);
            tracing::error!(%error, "the audit log cannot be written");
        })
    }

    /// A gap that is told of is no gap in the trust.
    fn tell_lost(&mut self) -> io::Result<()> {
        let lost = self.lost.load(Ordering::Acquire);
        if lost == 0 {
            return Ok(());
        }
        let time = jiff::Timestamp::now().to_string();
        self.put(&format!("{}\n", serde_json::json!({ "time": time, "lost": lost })))?;
        self.lost.fetch_sub(lost, Ordering::AcqRel);
        tracing::error!(lost, "the audit log has a gap");
        Ok(())
    }

    /// In one write, so that several writers of one file do not mix their lines.
    fn put(&mut self, line: &str) -> io::Result<()> {
        // A full disk may have taken the beginning of a line, on which the next one must not stand.
        let begun = if self.is_torn { "\n" } else { "" };
        let text = format!("{begun}{line}");
        let mut left = text.as_bytes();
        while !left.is_empty() {
            let written = self.output.write(left)?;
            left = left.get(written..).unwrap_or_default();
            self.is_torn = !left.is_empty();
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
        }
        self.output.flush()
    }
}
