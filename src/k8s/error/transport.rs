//! Why a connection did not come about, read from the chain of causes.

use std::{error::Error, io};

use super::ApiError;

pub(super) fn explain(error: &(dyn Error + 'static)) -> ApiError {
    let chain: Vec<&(dyn Error + 'static)> =
        std::iter::successors(Some(error), |&it| it.source()).take(16).collect();
    let texts: Vec<String> = chain.iter().map(ToString::to_string).collect();
    let text = texts.join(": ");
    if let Some(reason) = tls(&text) {
        return ApiError::Unreachable(reason.to_owned());
    }
    let kinds: Vec<io::ErrorKind> =
        chain.iter().filter_map(|it| Some(it.downcast_ref::<io::Error>()?.kind())).collect();
    if let Some(reason) = kinds.iter().find_map(|it| network(*it)) {
        return ApiError::Unreachable(reason.to_owned());
    }
    if text.contains("dns error") || text.contains("failed to lookup address") {
        return ApiError::Unreachable("its host name cannot be resolved (DNS)".to_owned());
    }
    if text.contains("tunnel error") || text.contains("proxy") {
        return ApiError::Unreachable(format!(
            "the proxy does not let us through: {}",
            last(&texts)
        ));
    }
    if kinds.iter().any(|it| is_broken(*it)) || says_broken(&text) {
        return ApiError::Dropped;
    }
    ApiError::Unreachable(last(&texts))
}

/// What rustls says in its own words, newer and older.
fn tls(text: &str) -> Option<&'static str> {
    let text = text.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|it| text.contains(it));
    if text.contains("received corrupt message") {
        return Some("it does not speak TLS at that port");
    }
    if text.contains("received fatal alert") && text.contains("certificate") {
        return Some(if has(&["expired"]) {
            "our client certificate has expired"
        } else {
            "it does not accept our client certificate"
        });
    }
    text.contains("invalid peer certificate").then(|| {
        if has(&["expired"]) {
            "its certificate has expired"
        } else if has(&["not valid yet", "notvalidyet"]) {
            "its certificate is not valid yet"
        } else if has(&["unknownissuer", "unknown issuer"]) {
            "its certificate is signed by a CA that the kubeconfig does not trust (certificate-authority)"
        } else if has(&["not valid for name", "notvalidforname"]) {
            "its certificate is for another name (tls-server-name in the kubeconfig)"
        } else {
            "its certificate is not valid"
        }
    })
}

fn network(kind: io::ErrorKind) -> Option<&'static str> {
    match kind {
        io::ErrorKind::ConnectionRefused => Some("connection refused; is it running?"),
        io::ErrorKind::TimedOut => Some("it does not answer"),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            Some("there is no way to its network")
        }
        _ => None,
    }
}

fn is_broken(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof
    )
}

/// An error inside an error of no kind is not seen in the chain of causes, only its words are.
fn says_broken(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["connection closed before", "connection reset", "broken pipe", "close_notify", "handshake eof"]
        .iter()
        .any(|it| text.contains(it))
}

fn last(texts: &[String]) -> String {
    texts.last().and_then(|it| it.lines().next()).unwrap_or("unknown reason").to_owned()
}
