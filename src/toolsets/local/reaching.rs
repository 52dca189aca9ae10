//! Whether somebody listens where telemetry is to go, and speaks what would be spoken to him.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::obi::{
    config::{Destination, Protocol},
    host::{Check, Outcome},
};

const PATIENCE: Duration = Duration::from_secs(2);

/// How HTTP/2 begins, with settings that say nothing: whoever speaks it answers with his own.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: collector\r\nConnection: close\r\n\r\n";

/// The kind of a frame of HTTP/2 stands in its fourth byte.
const SETTINGS: u8 = 4;

const WHY: &str = "OBI says little or nothing where what it sends does not arrive";

/// One connection, one question, and nothing that would be kept.
pub(super) async fn reached(destination: &Destination) -> Check {
    let Destination { signal, host, port, protocol, .. } = destination;
    let place = format!("{signal} go to {host}:{port}");
    let (outcome, found, fix) = match timeout(PATIENCE, asked(destination)).await {
        Ok(Ok(Spoken::Right)) => {
            (Outcome::Passed, format!("{place}, which speaks {protocol}"), String::new())
        }
        Ok(Ok(Spoken::Unknown)) => {
            (Outcome::Passed, format!("{place}, which takes connections"), String::new())
        }
        Ok(Ok(Spoken::Wrong)) => (
            Outcome::Failed,
            format!("{place}, which does not speak {protocol}"),
            "use port 4317 for grpc and 4318 for http/protobuf, or say the protocol".to_owned(),
        ),
        Ok(Err(error)) => (
            Outcome::Failed,
            format!("{place}: {error}"),
            "start the collector, or name where it really is".to_owned(),
        ),
        Err(_) => (
            Outcome::Failed,
            format!("{place}: no answer within {} s", PATIENCE.as_secs()),
            "name where the collector really is, or let connections through".to_owned(),
        ),
    };
    Check { name: "endpoint", outcome, required: false, found, why: WHY.to_owned(), fix }
}

/// Of a configuration that a caller gives.
pub(super) fn not_asked(destination: &Destination) -> Check {
    let Destination { signal, host, port, .. } = destination;
    Check {
        name: "endpoint",
        outcome: Outcome::CannotTell,
        required: false,
        found: format!("{signal} go to {host}:{port}, which was not asked"),
        why: WHY.to_owned(),
        fix: "it is asked where the configuration is the deployed one, or the operator's"
            .to_owned(),
    }
}

enum Spoken {
    Right,
    Wrong,
    /// It is encrypted.
    Unknown,
}

async fn asked(destination: &Destination) -> io::Result<Spoken> {
    let host = destination.host.trim_matches(['[', ']']);
    let mut stream = TcpStream::connect((host, destination.port)).await?;
    if destination.is_encrypted {
        return Ok(Spoken::Unknown);
    }
    let question = if destination.protocol == Protocol::Grpc { PREFACE } else { REQUEST };
    stream.write_all(question).await?;
    let mut answer = [0; 9];
    // Whoever hangs up at once speaks something else.
    let is_read = stream.read_exact(&mut answer).await.is_ok();
    let is_right = is_read
        && match destination.protocol {
            Protocol::Grpc => answer.get(3) == Some(&SETTINGS),
            Protocol::Http => answer.starts_with(b"HTTP/1."),
        };
    Ok(if is_right { Spoken::Right } else { Spoken::Wrong })
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// What is found of somebody who answers so.
    async fn found(answer: &'static [u8], protocol: Protocol) -> (Outcome, String) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (mut client, _) = listener.accept().await.unwrap();
            assert!(client.read(&mut [0; 100]).await.unwrap() > 0);
            client.write_all(answer).await.unwrap();
        });
        let host = "127.0.0.1".to_owned();
        let is_encrypted = false;
        let check =
            reached(&Destination { signal: "traces", host, port, protocol, is_encrypted }).await;
        (check.outcome, check.found)
    }

    #[tokio::test]
    async fn who_speaks_another_protocol_is_told_of() {
        let (http1, http2) = (b"HTTP/1.1 404 Not Found\r\n\r\n", b"\0\0\0\x04\0\0\0\0\0");
        assert_eq!(found(http1, Protocol::Http).await.0, Outcome::Passed);
        assert_eq!(found(http2, Protocol::Grpc).await.0, Outcome::Passed);
        let (outcome, told) = found(http1, Protocol::Grpc).await;
        assert_eq!(outcome, Outcome::Failed);
        assert!(told.contains("does not speak grpc"), "{told}");
        assert_eq!(found(http2, Protocol::Http).await.0, Outcome::Failed);
    }

    #[tokio::test]
    async fn where_nobody_listens_nothing_arrives() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let (signal, host) = ("traces", "127.0.0.1".to_owned());
        let destination =
            Destination { signal, host, port, protocol: Protocol::Http, is_encrypted: false };
        let check = reached(&destination).await;
        assert_eq!(check.outcome, Outcome::Failed);
        assert!(check.found.contains("refused"), "{}", check.found);
    }
}
