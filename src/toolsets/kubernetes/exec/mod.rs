//! A program that runs in a container, through the API server: no terminal, both streams apart, and never more in memory
//! or in time than was asked for.

mod allowed;
mod captured;
mod channel;
mod chosen;
mod end;
mod place;
mod refused;

pub(super) use self::{captured::Captured, chosen::Chosen, end::Exit, place::Place};

use std::time::Duration;

use bytes::Bytes;
use futures::{SinkExt, StreamExt, TryStreamExt};
use http::Request;
use kube::client::Connection;
use sha2::{Digest, Sha256};
use tokio::time::{self, Instant};

use self::{
    channel::{Frame, Heard, Silence},
    end::Told,
};
use super::{cluster::Cluster, listing::escaped};
use crate::tool::{Session, ToolError};

/// What of both streams together is read of one run. A program that prints without end is left at that.
pub(super) const MOST_READ: u64 = 64 * 1024 * 1024;

/// What the connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// In bytes: longer addresses are read neither here nor by the servers on the way.
const LONGEST_ADDRESS: usize = 60_000;

/// A program about to run.
pub(super) struct Exec<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) place: &'a Place,
    /// The program and its arguments: no shell reads them.
    pub(super) argv: &'a [String],
    /// Sent whole, and closed.
    pub(super) stdin: Option<Bytes>,
    /// Bytes that are kept of each stream.
    pub(super) kept: usize,
    /// Bytes of both streams after which it is left.
    pub(super) read: u64,
    /// When it is left, whether it has ended or not.
    pub(super) deadline: Instant,
}

/// What came of a program.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) stdout: Captured,
    pub(super) stderr: Captured,
    pub(super) exit: Exit,
}

/// A program that was started, as far as can be known.
pub(super) struct Running<'a> {
    exec: &'a Exec<'a>,
    connection: Connection,
    started: Instant,
}

impl Exec<'_> {
    /// Starts it, once. After an error it was not started, unless that says that nobody knows.
    pub(super) async fn start(&self) -> Result<Running<'_>, ToolError> {
        let address = self.address()?;
        let started = Instant::now();
        let soon = self.deadline.min(started + CONNECT).into_std();
        let mut is_answered = false;
        let connecting = async {
            let outcome = self.connect(&address).await;
            is_answered = true;
            outcome
        };
        let connected = self.cluster.before(Some(soon), connecting).await;
        let connection = match connected {
            Err(silent) if !is_answered => return Err(refused::perhaps_started(silent)),
            answered => answered?,
        };
        Ok(Running { exec: self, connection, started })
    }

    async fn connect(&self, address: &str) -> Result<Connection, ToolError> {
        let request = Request::get(address).body(Vec::new());
        let request = request.map_err(|it| ToolError::invalid(format!("`command`: {it}")))?;
        // Not tried again, whatever happens: it may have begun.
        let connected = self.cluster.client().connect(request).await;
        connected.map_err(|it| refused::explain(it, self))
    }

    fn address(&self) -> Result<String, ToolError> {
        let Place { namespace, pod, container, .. } = self.place;
        let mut address = format!(
            "/api/v1/namespaces/{namespace}/pods/{pod}/exec?container={}&stdout=true&stderr=true",
            escaped(container)
        );
        if self.stdin.is_some() {
            address.push_str("&stdin=true");
        }
        for argument in self.argv {
            address.push_str("&command=");
            address.push_str(&escaped(argument));
        }
        if address.len() > LONGEST_ADDRESS {
            return Err(ToolError::invalid(format!(
                "`command`: longer than an address can be ({LONGEST_ADDRESS} bytes): give what is long by stdin"
            )));
        }
        Ok(address)
    }
}

impl Running<'_> {
    /// Hears it to its end. An error says that the container could not start it after all; whatever else happened to it is in
    /// [`Finished::exit`].
    pub(super) async fn finish(self, session: &Session) -> Result<Finished, ToolError> {
        let Self { exec, connection, started } = self;
        let mut heard = Heard::new(exec.kept, exec.read);
        let ends_input = connection.supports_stream_close();
        let talk = talk(connection, exec.stdin.clone(), &mut heard);
        let heard_out = async {
            tokio::select! {
                silence = talk => silence,
                never = channel::tell(session, started, exec.deadline) => match never {},
            }
        };
        let silence = time::timeout_at(exec.deadline, heard_out).await;
        let Heard { stdout, stderr, status, .. } = heard;
        let after = started.elapsed();
        let exit = match (status, silence) {
            (Some(status), _) => match end::told(&status) {
                Told::Exit(exit) => exit,
                Told::NotStarted(obstacle, said) => {
                    return Err(refused::not_started(obstacle, &said, exec));
                }
            },
            (None, Err(_)) => {
                Exit::CutOff { after, input_open: exec.stdin.is_some() && !ends_input }
            }
            (None, Ok(Silence::TooMuch)) => Exit::TooMuch { read: exec.read },
            (None, Ok(Silence::Ended(why))) => Exit::Lost { after, why },
        };
        Ok(Finished { stdout, stderr, exit })
    }
}

async fn talk(connection: Connection, stdin: Option<Bytes>, heard: &mut Heard) -> Silence {
    let ends_input = connection.supports_stream_close();
    let (sink, stream) = connection.into_stream().split();
    let frames = stream.map_err(|it| it.to_string()).map_ok(|message| {
        if message.is_close() {
            return Frame::Closed;
        }
        if message.is_binary() { Frame::of(&message.into_data()) } else { Frame::Nothing }
    });
    let sink = sink.sink_map_err(|it| it.to_string());
    let sink = sink.with(|data: Bytes| std::future::ready(Ok::<_, String>(data.into())));
    tokio::select! {
        silence = channel::listen(Box::pin(frames), heard) => silence,
        never = channel::speak(sink, stdin, ends_input) => match never {},
    }
}

/// By which two texts can be told apart, or known as one.
pub(super) fn fingerprint(data: &[u8]) -> String {
    let digest = Sha256::digest(data).first_chunk().map_or(0, |it| u128::from_be_bytes(*it));
    format!("{digest:032x}")
}

#[cfg(test)]
mod tests;
