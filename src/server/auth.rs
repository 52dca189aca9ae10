//! Who may call over HTTP: static bearer tokens, each in a file of its own.

use std::{io, path::PathBuf, sync::Arc};

use arc_swap::ArcSwap;
use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::tool::Caller;

/// The tokens that open the door. Cheap to clone; reloading changes all clones.
#[derive(Clone)]
pub struct Tokens {
    sources: Arc<[(String, TokenSource)]>,
    known: Arc<ArcSwap<Vec<Known>>>,
}

/// Where a caller's token comes from.
pub enum TokenSource {
    /// A file that holds nothing else.
    File(PathBuf),
    Value(SecretString),
}

/// Only a token's digest is kept.
struct Known {
    caller: Caller,
    digest: [u8; 32],
}

#[derive(Debug, thiserror::Error)]
pub enum BadToken {
    #[error("the token file {path} of {name} cannot be read: {source}", path = .path.display())]
    Unreadable { name: String, path: PathBuf, source: io::Error },
    #[error("the token of {name} is empty")]
    Empty { name: String },
}

impl Tokens {
    /// `sources` are pairs of the caller's name and where the caller's token comes from.
    pub fn read(sources: Vec<(String, TokenSource)>) -> Result<Self, BadToken> {
        let known = read(&sources)?;
        Ok(Self { sources: sources.into(), known: Arc::new(ArcSwap::from_pointee(known)) })
    }

    /// Reads the files again. If one is bad, the tokens stay as they were.
    pub fn reload(&self) -> Result<(), BadToken> {
        self.known.store(Arc::new(read(&self.sources)?));
        Ok(())
    }

    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.sources.iter().filter_map(|(_, source)| match source {
            TokenSource::File(path) => Some(path),
            TokenSource::Value(_) => None,
        })
    }

    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// Compares with every token and takes the same time whichever fits.
    fn caller(&self, token: &str) -> Option<Caller> {
        let digest = digest(token);
        let known = self.known.load();
        let mut found = None;
        for it in known.iter() {
            if bool::from(it.digest.ct_eq(&digest)) {
                found = Some(it.caller.clone());
            }
        }
        found
    }
}

fn read(sources: &[(String, TokenSource)]) -> Result<Vec<Known>, BadToken> {
    sources
        .iter()
        .map(|(name, source)| {
            let token = token(name, source)?;
            let token = token.expose_secret().trim();
            if token.is_empty() {
                return Err(BadToken::Empty { name: name.clone() });
            }
            Ok(Known { caller: Caller::named(name), digest: digest(token) })
        })
        .collect()
}

fn token(name: &str, source: &TokenSource) -> Result<SecretString, BadToken> {
    let path = match source {
        TokenSource::Value(value) => return Ok(value.clone()),
        TokenSource::File(path) => path,
    };
    let text = std::fs::read_to_string(path).map_err(|source| BadToken::Unreadable {
        name: name.to_owned(),
        path: path.clone(),
        source,
    })?;
    Ok(text.into())
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Lets through whoever shows a known token, and tells the rest how to.
pub(super) async fn require_token(
    State(tokens): State<Tokens>,
    mut request: Request<Body>,
    next: Next,
) -> Response {
    if tokens.is_empty() {
        return next.run(request).await;
    }
    match bearer(request.headers()) {
        None => refuse("Bearer realm=\"tacklebox\"", "a bearer token is required"),
        Some(token) => match tokens.caller(token) {
            None => refuse(
                "Bearer realm=\"tacklebox\", error=\"invalid_token\"",
                "this bearer token is not known",
            ),
            Some(caller) => {
                request.extensions_mut().insert(caller);
                next.run(request).await
            }
        },
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn refuse(challenge: &'static str, reason: &'static str) -> Response {
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge)], reason).into_response()
}
