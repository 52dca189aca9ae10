//! MCP over standard input and output: one JSON-RPC message a line, and nothing else on stdout.

use std::{
    collections::HashSet,
    io,
    sync::{Arc, MutexGuard, PoisonError},
    time::Duration,
};

use futures::StreamExt;
use rmcp::{
    RoleServer, ServiceExt,
    model::{ClientNotification, ErrorCode, JsonRpcMessage, RequestId},
    service::{RxJsonRpcMessage, ServerInitializeError, TxJsonRpcMessage},
    transport::Transport,
};
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    sync::{Mutex, Notify},
};
use tokio_util::{
    codec::{FramedRead, LinesCodec, LinesCodecError},
    sync::CancellationToken,
};

use super::{Mcp, reply};

/// The longest line that is read. A longer one is answered with an error and skipped.
const LONGEST: usize = 16 * 1024 * 1024;

/// What is under way when the input ends has this long to be answered: enough for `printf … | tacklebox`, too short to notice.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// Serves one client on stdin and stdout, until the input ends or `stop` is cancelled.
pub async fn serve_stdio(mcp: &Mcp, stop: CancellationToken) -> io::Result<()> {
    let (input, output) = rmcp::transport::stdio_pipes();
    serve_streams(mcp, input, output, stop).await
}

/// Serves one client on any pair of streams.
pub async fn serve_streams(
    mcp: &Mcp,
    input: impl AsyncRead + Send + Unpin + 'static,
    output: impl AsyncWrite + Send + Unpin + 'static,
    stop: CancellationToken,
) -> io::Result<()> {
    let (lines, ended) = Lines::new(input, output);
    let served = async {
        let serving = mcp.handler("local").serve_with_ct(lines, stop.child_token());
        // It is large, and would be a part of every future above this one.
        match Box::pin(serving).await {
            Ok(running) => running.waiting().await.map(drop).map_err(io::Error::other),
            Err(error) => closed_is_fine(error),
        }
    };
    tokio::select! {
        // First, so that an input that ends is an end and not a failure of what was waiting for it.
        biased;
        () = ended.wait() => Ok(()),
        () = stop.cancelled() => Ok(()),
        result = served => result,
    }
}

/// A client that only probed and went away has done nothing wrong.
fn closed_is_fine(error: ServerInitializeError) -> io::Result<()> {
    match error {
        ServerInitializeError::ConnectionClosed(_) | ServerInitializeError::Cancelled => Ok(()),
        error => Err(io::Error::other(error)),
    }
}

struct Lines<R, W> {
    input: FramedRead<R, LinesCodec>,
    output: Arc<Mutex<W>>,
    shared: Arc<Shared>,
    /// Whether a request has come: before one, notifications mean nothing.
    opened: bool,
    /// Whether the last line was no text: then the input pauses once before it goes on.
    skipped: bool,
}

#[derive(Default)]
struct Shared {
    /// Requests that have not been answered, and will be: not those that the client has given up, nor those that last.
    open: std::sync::Mutex<HashSet<RequestId>>,
    over: Notify,
    answered: Notify,
}

impl Shared {
    fn open(&self) -> MutexGuard<'_, HashSet<RequestId>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settle(&self, id: Option<&RequestId>) {
        if id.is_some_and(|it| self.open().remove(it)) {
            self.answered.notify_one();
        }
    }

    fn note(&self, message: &RxJsonRpcMessage<RoleServer>) {
        match message {
            JsonRpcMessage::Request(it) if it.request.method() != "subscriptions/listen" => {
                self.open().insert(it.id.clone());
            }
            JsonRpcMessage::Notification(it) => {
                if let ClientNotification::CancelledNotification(cancelled) = &it.notification {
                    self.settle(cancelled.params.request_id.as_ref());
                }
            }
            _ => {}
        }
    }
}

/// Resolves when the input has ended and what was under way is answered or out of time.
struct Ended(Arc<Shared>);

impl Ended {
    async fn wait(self) {
        self.0.over.notified().await;
        let answered = async {
            while !self.0.open().is_empty() {
                self.0.answered.notified().await;
            }
        };
        if tokio::time::timeout(LAST_WORDS, answered).await.is_err() {
            tracing::debug!("the input ended with calls under way; they are dropped");
        }
    }
}

impl<R: AsyncRead, W> Lines<R, W> {
    fn new(input: R, output: W) -> (Self, Ended) {
        let shared = Arc::<Shared>::default();
        let lines = Self {
            input: FramedRead::new(input, LinesCodec::new_with_max_length(LONGEST)),
            output: Arc::new(Mutex::new(output)),
            shared: Arc::clone(&shared),
            opened: false,
            skipped: false,
        };
        (lines, Ended(shared))
    }
}

impl<R, W> Lines<R, W>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    /// The next line; `None` at the end of the input. Whatever is not a line of text is answered and skipped.
    async fn line(&mut self) -> Option<String> {
        loop {
            match self.input.next().await {
                Some(Ok(line)) if line.trim().is_empty() => {}
                Some(Ok(line)) => return Some(line),
                Some(Err(error)) => {
                    self.skipped = true;
                    self.refuse(&Value::Null, ErrorCode::PARSE_ERROR, &unreadable(&error));
                    if let LinesCodecError::Io(error) = error
                        && error.kind() != io::ErrorKind::InvalidData
                    {
                        return None;
                    }
                }
                None if self.skipped => self.skipped = false,
                None => return None,
            }
        }
    }

    /// Written by a task of its own: reading may be given up at any moment, a line may not be left half written.
    fn refuse(&self, id: &Value, code: ErrorCode, message: &str) {
        let answer = reply::malformed(id, code, message);
        let output = Arc::clone(&self.output);
        tokio::spawn(async move {
            if let Err(error) = write(&output, answer.to_string()).await {
                tracing::debug!(%error, "the client cannot be answered");
            }
        });
    }

    fn parse(&self, line: &str) -> Option<RxJsonRpcMessage<RoleServer>> {
        let value: Value = match serde_json::from_str(line) {
            Ok(value) => value,
            Err(error) => {
                let message = format!("this line is not JSON: {error}");
                self.refuse(&Value::Null, ErrorCode::PARSE_ERROR, &message);
                return None;
            }
        };
        let id = value.get("id").cloned().unwrap_or_default();
        let message = serde_json::from_value(value).ok();
        if message.is_none() {
            let message = format!("this is {}", reply::NO_MESSAGE);
            self.refuse(&id, ErrorCode::INVALID_REQUEST, &message);
        }
        message
    }
}

fn unreadable(error: &LinesCodecError) -> String {
    match error {
        LinesCodecError::MaxLineLengthExceeded => {
            format!("a line is longer than {LONGEST} bytes; it was skipped")
        }
        LinesCodecError::Io(error) => format!("a line cannot be read: {error}"),
    }
}

async fn write(output: &Mutex<impl AsyncWrite + Unpin>, mut line: String) -> io::Result<()> {
    line.push('\n');
    let mut output = output.lock().await;
    output.write_all(line.as_bytes()).await?;
    output.flush().await
}

impl<R, W> Transport<RoleServer> for Lines<R, W>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    type Error = io::Error;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let (output, shared) = (Arc::clone(&self.output), Arc::clone(&self.shared));
        async move {
            write(&output, serde_json::to_string(&message)?).await?;
            match &message {
                JsonRpcMessage::Response(answer) => shared.settle(Some(&answer.id)),
                JsonRpcMessage::Error(answer) => shared.settle(answer.id.as_ref()),
                _ => {}
            }
            Ok(())
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        while let Some(line) = self.line().await {
            let Some(message) = self.parse(&line) else { continue };
            self.opened |= matches!(message, JsonRpcMessage::Request(_));
            if self.opened {
                self.shared.note(&message);
                return Some(message);
            }
            tracing::debug!("a message before the first request is ignored");
        }
        self.shared.over.notify_one();
        None
    }

    async fn close(&mut self) -> io::Result<()> {
        self.output.lock().await.shutdown().await
    }
}
