//! Where telemetry is sent, as OBI reads it.

use std::{fmt, str::FromStr};

use super::kind::Wrong;

/// `http://collector:4318`, or a socket of this host: `unix:///run/otel.sock`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// Empty where nothing is written; the path of a socket.
    pub(super) host: String,
    pub(super) port: Option<u16>,
}

/// Where telemetry is sent over a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// `metrics`, `traces`
    pub signal: &'static str,
    pub host: String,
    pub port: u16,
    pub protocol: Protocol,
    pub is_encrypted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Grpc,
    Http,
}

impl FromStr for Endpoint {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let wrong = |what: String, fix: String| Err(Wrong::new(what, fix));
        let shown = without_password(text);
        let Some((scheme, rest)) = text.split_once("://") else {
            return wrong(format!("{shown} has no scheme"), format!("write http://{shown}"));
        };
        match scheme {
            "unix" => return Ok(Self { host: rest.to_owned(), port: None }),
            "http" | "https" => {}
            other => {
                return wrong(
                    format!("OBI does not know {other}://"),
                    "write http:// or https://".to_owned(),
                );
            }
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let address = authority.rsplit('@').next().unwrap_or_default();
        let (host, port) = match address.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            _ => (address, None),
        };
        let is_of_host = |it: char| it.is_ascii_alphanumeric() || ".-_:[]%".contains(it);
        if !host.chars().all(is_of_host) {
            return wrong(
                format!("{shown} has a host that is no name and no address"),
                "write http://collector:4318; `#`, `?` and `/` in a password are written as %23, %3F and %2F".to_owned(),
            );
        }
        let number = port.map(str::parse::<u16>).transpose();
        let Ok(port) = number else {
            return wrong(
                format!("{shown} has a port that is no number"),
                "write a port from 1 to 65535".to_owned(),
            );
        };
        Ok(Self { host: host.to_owned(), port })
    }
}

/// For a sentence that others may read.
pub(super) fn without_password(text: &str) -> String {
    let (scheme, rest) = text.split_once("://").map_or(("", text), |it| it);
    let Some((_, host)) = rest.rsplit_once('@').filter(|_| scheme != "unix") else {
        return text.to_owned();
    };
    let scheme = if scheme.is_empty() { String::new() } else { format!("{scheme}://") };
    format!("{scheme}***@{host}")
}

impl Endpoint {
    /// What OBI takes to be spoken there: it looks at how the port ends.
    pub(super) fn guessed(&self) -> Option<Protocol> {
        let port = self.port?.to_string();
        Some(if port.ends_with("4317") { Protocol::Grpc } else { Protocol::Http })
    }

    /// Whether it is one of the ports that collectors listen at.
    pub(super) fn is_usual(&self) -> bool {
        self.usual().is_some() || self.port.is_some_and(|it| it == 80 || it == 443)
    }

    pub(super) fn usual(&self) -> Option<Protocol> {
        match self.port? {
            4317 => Some(Protocol::Grpc),
            4318 => Some(Protocol::Http),
            _ => None,
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Grpc => "grpc",
            Self::Http => "http/protobuf",
        })
    }
}
