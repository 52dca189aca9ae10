//! What every HTTP request passes first: its token is asked for, and what it opens ends with the token.

use std::net::SocketAddr;

use axum::{
    body::Body,
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::StreamExt;
use http::{HeaderMap, StatusCode, header};

use super::{Tokens, auth::Pass};
use crate::{
    policy::Attempt,
    registry::Registry,
    tool::{Caller, ToolError},
};

#[derive(Clone)]
pub(super) struct Entrance {
    pub(super) tokens: Tokens,
    pub(super) registry: Registry,
}

/// Why a request is turned away, and how the next one gets in.
struct Refusal {
    challenge: &'static str,
    reason: &'static str,
}

const NO_TOKEN: Refusal =
    Refusal { challenge: "Bearer realm=\"tacklebox\"", reason: "a bearer token is required" };

const UNKNOWN_TOKEN: Refusal = Refusal {
    challenge: "Bearer realm=\"tacklebox\", error=\"invalid_token\"",
    reason: "this bearer token is not known",
};

/// Lets through whoever shows a known token, and tells the rest how to.
pub(super) async fn admit(
    State(entrance): State<Entrance>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    mut request: Request<Body>,
    next: Next,
) -> Response {
    match pass(&entrance.tokens, request.headers()) {
        Ok(pass) => {
            request.extensions_mut().insert(pass.clone());
            while_it_holds(&pass, next.run(request).await)
        }
        Err(refusal) => {
            record(&entrance.registry, address, refusal.reason);
            refusal.into_response()
        }
    }
}

fn pass(tokens: &Tokens, headers: &HeaderMap) -> Result<Pass, Refusal> {
    if let Some(pass) = tokens.anonymous() {
        return Ok(pass);
    }
    let token = bearer(headers).ok_or(NO_TOKEN)?;
    tokens.pass(token).ok_or(UNKNOWN_TOKEN)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// A stream ends when the token is taken away; what is not a stream has been said already.
fn while_it_holds(pass: &Pass, response: Response) -> Response {
    let kind = response.headers().get(header::CONTENT_TYPE);
    if kind.is_none_or(|it| !it.as_bytes().starts_with(b"text/event-stream")) {
        return response;
    }
    let revoked = pass.revoked().clone().cancelled_owned();
    response.map(|body| Body::from_stream(body.into_data_stream().take_until(revoked)))
}

fn record(registry: &Registry, address: SocketAddr, reason: &str) {
    let caller = Caller::named("unknown");
    let refused = ToolError::Refused(format!("{reason} ({})", address.ip()));
    registry.turned_away(&Attempt {
        caller: &caller,
        method: "http",
        name: &address.ip().to_string(),
        outcome: &refused,
    });
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let challenge = [(header::WWW_AUTHENTICATE, self.challenge)];
        (StatusCode::UNAUTHORIZED, challenge, self.reason).into_response()
    }
}
