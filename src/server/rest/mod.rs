//! Plain HTTP under `/api/v1`, beside MCP and behind the same entrance, for programs that speak no MCP.

mod accept;
mod openapi;
mod problem;
mod rate;
mod reading;
mod replying;

pub use self::rate::Rate;
pub(super) use self::{problem::Problem, reading::request_id};

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    response::Response,
};
use http::{Method, StatusCode, header, request::Parts};
use tokio::time::Instant;

use self::{
    rate::{Allowances, Left},
    replying::Document,
};
use super::{auth::Pass, origin::Origins};
use crate::{
    endpoint,
    policy::Attempt,
    registry::{Answered, Found, Registry},
    tool::{Caller, Session, ToolError},
};

/// Where the description of the API is.
const DESCRIPTION: &str = "/api/v1/openapi.json";

pub(super) struct Rest {
    registry: Registry,
    origins: Origins,
    allowances: Allowances,
    /// The longest request body, in bytes.
    max_body: usize,
}

/// Whether a path belongs to plain HTTP.
pub(super) fn is_below(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

impl Rest {
    pub(super) fn new(registry: Registry, origins: Origins, rate: Rate, max_body: usize) -> Self {
        Self { registry, origins, allowances: Allowances::new(rate), max_body }
    }

    async fn within(
        &self,
        left: Left,
        parts: &Parts,
        id: &str,
        body: Body,
    ) -> Result<Document, Problem> {
        match left.refused_for {
            Some(pause) => Err(too_many(&left).retry_after(pause)),
            None => self.outcome(session(parts, id), parts, body).await,
        }
    }

    async fn outcome(
        &self,
        session: Session,
        parts: &Parts,
        body: Body,
    ) -> Result<Document, Problem> {
        let path = parts.uri.path();
        let path = path.strip_suffix('/').unwrap_or(path);
        let wanted = match parts.method {
            Method::GET | Method::HEAD => Some(endpoint::Method::Get),
            Method::POST => Some(endpoint::Method::Post),
            _ => None,
        };
        if path == DESCRIPTION {
            return self.description(wanted, parts);
        }
        let mut found = self.registry.endpoints_at(path);
        if found.is_empty() {
            return Err(self.nothing_there(&session, parts));
        }
        let allowed: Vec<_> = found.iter().map(|it| it.definition().method).collect();
        let place = found.iter().position(|it| Some(it.definition().method) == wanted);
        let place = place.ok_or_else(|| wrong_method(&allowed))?;
        self.asked(found.swap_remove(place), session, parts, body).await
    }

    /// What the client wants, read as its endpoint describes it, and answered by it.
    async fn asked(
        &self,
        found: Found,
        session: Session,
        parts: &Parts,
        body: Body,
    ) -> Result<Document, Problem> {
        let definition = found.definition();
        let request = endpoint::Request {
            variables: found.variables.clone(),
            accept: reading::accepted(&parts.headers, definition)?,
            query: reading::query(parts.uri.query(), definition)?,
            body: match &definition.body {
                Some(_) => Some(reading::document(&parts.headers, body, self.max_body).await?),
                None => None,
            },
        };
        let (usual, varies) = (definition.status, definition.answers.len() > 1);
        let Answered { head, media_type, body } =
            found.answer(request, session).await.map_err(|it| Problem::of(&it))?;
        let status = StatusCode::from_u16(head.status.unwrap_or(usual)).unwrap_or(StatusCode::OK);
        Ok(Document { status, media_type, body, varies, retry_after: head.retry_after })
    }

    /// What the caller can ask for here, said in the language of such descriptions.
    fn description(
        &self,
        wanted: Option<endpoint::Method>,
        parts: &Parts,
    ) -> Result<Document, Problem> {
        let endpoints = self.registry.endpoints();
        if endpoints.is_empty() {
            return Err(unknown(parts.uri.path()));
        }
        if wanted != Some(endpoint::Method::Get) {
            return Err(wrong_method(&[endpoint::Method::Get]));
        }
        let body = openapi::document(&endpoints).to_string();
        Ok(Document::json(body))
    }

    fn nothing_there(&self, session: &Session, parts: &Parts) -> Problem {
        let path = parts.uri.path();
        self.registry.turned_away(&Attempt {
            caller: &session.caller,
            method: "http",
            name: path,
            outcome: &ToolError::NotFound(format!("there is nothing at {path}")),
            request_id: session.request_id.as_deref(),
        });
        unknown(path)
    }
}

/// Every answer has a name and says what is left of the caller's allowance.
pub(super) async fn answer(State(rest): State<Arc<Rest>>, request: Request<Body>) -> Response {
    let id = request_id(request.headers());
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let left = match rest.origins.refuse(&parts.uri, &parts.headers) {
        Some(why) => Err(forbidden(why)),
        None => Ok(rest.allowances.take(&caller(&parts).name, Instant::now())),
    };
    let (outcome, left) = match left {
        Err(foreign) => (Err(foreign), None),
        Ok(left) => (rest.within(left, &parts, &id, body).await, Some(left)),
    };
    let mut response = match outcome {
        Ok(document) => document.response(&parts),
        Err(problem) => problem.response(path, &id),
    };
    replying::sign(response.headers_mut(), &id, left);
    response
}

fn session(parts: &Parts, id: &str) -> Session {
    let mut session = Session::of(caller(parts));
    session.trace_parent = reading::text(&parts.headers, "traceparent").map(str::to_owned);
    session.request_id = Some(id.to_owned());
    session
}

fn caller(parts: &Parts) -> Caller {
    let pass = parts.extensions.get::<Pass>();
    let mut caller = pass.map_or_else(|| Caller::named("anonymous"), |it| it.caller().clone());
    caller.client = reading::text(&parts.headers, header::USER_AGENT.as_str()).map(str::to_owned);
    caller
}

fn forbidden(why: &str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "refused", why)
}

fn unknown(path: &str) -> Problem {
    let detail = format!("there is nothing at {path}; {DESCRIPTION} describes what there is");
    Problem::new(StatusCode::NOT_FOUND, "not_found", detail)
}

fn wrong_method(allowed: &[endpoint::Method]) -> Problem {
    let names = allowed.iter().flat_map(|it| match it {
        endpoint::Method::Get => vec!["GET", "HEAD"],
        endpoint::Method::Post => vec!["POST"],
    });
    let names = names.collect::<Vec<_>>().join(", ");
    let detail = format!("this can be asked by {names} only");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
        .with(header::ALLOW, &names)
}

fn too_many(left: &Left) -> Problem {
    let detail = format!(
        "a caller may make {} requests at once and no more than the operator allows in a second (server.rest); wait, and ask again",
        left.limit
    );
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "busy", detail)
}
