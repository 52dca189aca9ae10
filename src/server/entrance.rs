//! What every HTTP request passes first: its token is asked for, and what it opens ends with the token.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::StreamExt;
use http::{HeaderMap, StatusCode, header};

use super::{
    Tokens,
    auth::{Pass, Rejected, Reviews},
    rest::{self, Problem},
};
use crate::{
    policy::Attempt,
    registry::Registry,
    tool::{Caller, ToolError},
};

/// No token of anybody is longer, in bytes.
const LONGEST: usize = 16 * 1024;

/// When whoever knows callers is worth another try, in seconds.
const PAUSE: &str = "5";

#[derive(Clone)]
pub(super) struct Entrance {
    pub(super) tokens: Tokens,
    /// Who is asked of tokens that are not known here.
    pub(super) reviews: Option<Arc<Reviews>>,
    pub(super) registry: Registry,
}

/// Why a request is turned away, and how the next one gets in.
#[derive(Debug)]
enum Refusal {
    NoToken,
    UnknownToken,
    Forbidden { name: String, why: String },
    Unreachable,
}

/// Lets through whoever shows a token that is known, here or to whoever is asked, and tells the rest how to.
pub(super) async fn admit(
    State(entrance): State<Entrance>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    mut request: Request<Body>,
    next: Next,
) -> Response {
    let token = bearer(request.headers()).map(str::to_owned);
    match entrance.pass(token.as_deref()).await {
        Ok(pass) => {
            request.extensions_mut().insert(pass.clone());
            let response = next.run(request).await;
            entrance.while_it_holds(&pass, token, response)
        }
        Err(refusal) => {
            let path = request.uri().path();
            let id = rest::is_below(path).then(|| rest::request_id(request.headers()));
            entrance.record(address, &refusal, id.as_deref());
            refusal.response(path, id.as_deref())
        }
    }
}

/// The token of the one header that has one: of two nobody could say which counts.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().filter(|_| values.next().is_none())?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

impl Entrance {
    async fn pass(&self, token: Option<&str>) -> Result<Pass, Refusal> {
        let anonymous = self.tokens.anonymous().filter(|_| self.reviews.is_none());
        if let Some(pass) = anonymous {
            return Ok(pass);
        }
        let token = token.ok_or(Refusal::NoToken)?;
        if token.is_empty() || token.len() > LONGEST {
            return Err(Refusal::UnknownToken);
        }
        if let Some(pass) = self.tokens.pass(token) {
            return Ok(pass);
        }
        let reviews = self.reviews.as_ref().ok_or(Refusal::UnknownToken)?;
        reviews.pass(token).await.map_err(Refusal::from)
    }

    /// A stream ends when the token is taken away; what is not a stream has been said already.
    fn while_it_holds(&self, pass: &Pass, token: Option<String>, response: Response) -> Response {
        let kind = response.headers().get(header::CONTENT_TYPE);
        if kind.is_none_or(|it| !it.as_bytes().starts_with(b"text/event-stream")) {
            return response;
        }
        let revoked = pass.revoked().clone().cancelled_owned();
        let lost = lost(self.reviews.clone().filter(|_| pass.is_reviewed()), pass.clone(), token);
        let over = async move {
            tokio::select! {
                () = revoked => {}
                () = lost => {}
            }
        };
        response.map(|body| Body::from_stream(body.into_data_stream().take_until(Box::pin(over))))
    }

    fn record(&self, address: SocketAddr, refusal: &Refusal, request_id: Option<&str>) {
        let name = match refusal {
            Refusal::Forbidden { name, .. } => name,
            _ => "unknown",
        };
        let why = format!("{} ({})", refusal.reason(), address.ip());
        let outcome = match refusal {
            Refusal::Unreachable => ToolError::Unavailable(why),
            _ => ToolError::Refused(why),
        };
        self.registry.turned_away(&Attempt {
            caller: &Caller::named(name),
            method: "http",
            name: &address.ip().to_string(),
            outcome: &outcome,
            request_id,
        });
    }
}

/// Ends when whoever knows the caller says no. A token of ours is taken away here.
async fn lost(reviews: Option<Arc<Reviews>>, pass: Pass, token: Option<String>) {
    match (reviews, token) {
        (Some(reviews), Some(token)) => reviews.lost(&pass, &token).await,
        _ => std::future::pending().await,
    }
}

impl From<Rejected> for Refusal {
    fn from(rejected: Rejected) -> Self {
        match rejected {
            Rejected::Unknown => Self::UnknownToken,
            Rejected::Forbidden { name, why } => Self::Forbidden { name, why },
            Rejected::Unreachable => Self::Unreachable,
        }
    }
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::NoToken | Self::UnknownToken => StatusCode::UNAUTHORIZED,
            Self::Forbidden { .. } => StatusCode::FORBIDDEN,
            Self::Unreachable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::NoToken | Self::UnknownToken => "unauthorized",
            Self::Forbidden { .. } => "refused",
            Self::Unreachable => "unavailable",
        }
    }

    fn reason(&self) -> &str {
        match self {
            Self::NoToken => "a bearer token is required",
            Self::UnknownToken => "this bearer token is not known",
            Self::Forbidden { why, .. } => why,
            Self::Unreachable => "whoever knows callers cannot be asked now; try again",
        }
    }

    fn header(&self) -> Option<(header::HeaderName, &'static str)> {
        let challenge = |it| Some((header::WWW_AUTHENTICATE, it));
        match self {
            Self::NoToken => challenge("Bearer realm=\"tacklebox\""),
            Self::UnknownToken => challenge("Bearer realm=\"tacklebox\", error=\"invalid_token\""),
            Self::Forbidden { .. } => {
                challenge("Bearer realm=\"tacklebox\", error=\"insufficient_scope\"")
            }
            Self::Unreachable => Some((header::RETRY_AFTER, PAUSE)),
        }
    }

    /// Whoever asks over plain HTTP, where requests have names, is told as for everything else that is wrong there.
    fn response(self, path: &str, request_id: Option<&str>) -> Response {
        if let Some(id) = request_id {
            let problem = Problem::new(self.status(), self.kind(), self.reason());
            let problem =
                self.header().into_iter().fold(problem, |it, (name, value)| it.with(name, value));
            return problem.response(path, id);
        }
        let mut response = (self.status(), self.reason().to_owned()).into_response();
        if let Some((name, value)) = self.header() {
            response.headers_mut().insert(name, http::HeaderValue::from_static(value));
        }
        response
    }
}
