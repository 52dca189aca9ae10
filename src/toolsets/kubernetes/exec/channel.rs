//! The WebSocket behind a program: what is said on it, and what is heard.

use std::{convert::Infallible, time::Duration};

use bytes::{Bytes, BytesMut};
use futures::{Sink, SinkExt, Stream, StreamExt};
use tokio::time::{self, Instant};

use super::captured::Captured;
use crate::tool::Session;

/// The first byte of a message says whose it is.
const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const STATUS: u8 = 3;
/// Of version 5: the channel in the second byte has ended.
const CLOSE: u8 = 255;

/// Bytes of one message of ours.
const PIECE: usize = 32 * 1024;
/// Something on the way may take a connection on which nothing is said for dead; many do so after a minute.
const ALIVE: Duration = Duration::from_secs(25);
/// How often whoever waits is told.
const TOLD: Duration = Duration::from_secs(5);
/// The status is the last that is said. Older servers may let output follow it.
const AFTERWARDS: Duration = Duration::from_millis(500);

/// One message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame {
    Stdout(Bytes),
    Stderr(Bytes),
    Status(Bytes),
    Closed,
    Nothing,
}

impl Frame {
    pub(super) fn of(message: &Bytes) -> Self {
        let data = || message.slice(1..);
        match message.first() {
            Some(&STDOUT) => Self::Stdout(data()),
            Some(&STDERR) => Self::Stderr(data()),
            Some(&STATUS) if message.len() > 1 => Self::Status(data()),
            _ => Self::Nothing,
        }
    }
}

/// What was heard so far.
pub(super) struct Heard {
    pub(super) stdout: Captured,
    pub(super) stderr: Captured,
    /// How it ended, as the API server wrote it.
    pub(super) status: Option<Bytes>,
    /// Bytes that may still come.
    left: u64,
}

impl Heard {
    pub(super) fn new(kept: usize, read: u64) -> Self {
        let [stdout, stderr] = [Captured::new(kept), Captured::new(kept)];
        Self { stdout, stderr, status: None, left: read }
    }

    /// Whether this was more than is read.
    fn take(&mut self, frame: &Frame) -> bool {
        let data = match frame {
            Frame::Stdout(data) => {
                self.stdout.push(data);
                data
            }
            Frame::Stderr(data) => {
                self.stderr.push(data);
                data
            }
            Frame::Status(data) => {
                self.status = Some(data.clone());
                return false;
            }
            Frame::Closed | Frame::Nothing => return false,
        };
        let left = self.left.checked_sub(data.len() as u64);
        self.left = left.unwrap_or_default();
        left.is_none()
    }
}

/// Why nothing more is heard.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Silence {
    /// It said more than is read.
    TooMuch,
    /// The connection ended, and this is how.
    Ended(String),
}

/// Hears everything that is said, up to the status or the end of the connection.
pub(super) async fn listen(
    mut frames: impl Stream<Item = Result<Frame, String>> + Unpin,
    heard: &mut Heard,
) -> Silence {
    loop {
        let next = frames.next();
        let next = if heard.status.is_some() {
            time::timeout(AFTERWARDS, next).await.ok().flatten()
        } else {
            next.await
        };
        match next {
            Some(Ok(Frame::Closed)) | None => return Silence::Ended("it was closed".to_owned()),
            Some(Err(error)) => return Silence::Ended(error),
            Some(Ok(frame)) if heard.take(&frame) => return Silence::TooMuch,
            Some(Ok(_)) => {}
        }
    }
}

/// Sends the input, closes it if that can be said, and keeps the connection alive.
///
/// A program need not read its input: when it cannot be sent, what the program says is still to be heard.
pub(super) async fn speak(
    mut sink: impl Sink<Bytes> + Unpin,
    input: Option<Bytes>,
    ends_input: bool,
) -> Infallible {
    let mut messages = input.map(|it| pieces(&it)).unwrap_or_default();
    if !messages.is_empty() && ends_input {
        messages.push(Bytes::from_static(&[CLOSE, STDIN]));
    }
    for message in messages {
        if sink.send(message).await.is_err() {
            return std::future::pending().await;
        }
    }
    loop {
        time::sleep(ALIVE).await;
        // A message without a channel means nothing, and is skipped.
        if sink.send(Bytes::new()).await.is_err() {
            return std::future::pending().await;
        }
    }
}

/// One message at least: an empty input ends as well.
fn pieces(input: &Bytes) -> Vec<Bytes> {
    let piece = |data: &[u8]| {
        let mut message = BytesMut::with_capacity(data.len() + 1);
        message.extend_from_slice(&[STDIN]);
        message.extend_from_slice(data);
        message.freeze()
    };
    if input.is_empty() { vec![piece(&[])] } else { input.chunks(PIECE).map(piece).collect() }
}

/// Tells whoever waits how long it has been running.
pub(super) async fn tell(session: &Session, started: Instant, end: Instant) -> Infallible {
    let total = (end - started).as_secs_f64();
    loop {
        time::sleep(TOLD).await;
        let seconds = started.elapsed().as_secs_f64();
        session.progress(seconds, Some(total), &format!("running for {seconds:.0} s")).await;
    }
}
