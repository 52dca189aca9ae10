//! What is wrong, as RFC 9457 has it.

use std::time::Duration;

use axum::{body::Body, response::Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

use super::replying::REQUEST_ID;
use crate::tool::ToolError;

/// When a backend that is down is worth another try.
const PAUSE: Duration = Duration::from_secs(5);
/// When a caller who had too much at a time is.
const BREATH: Duration = Duration::from_secs(1);

/// Why a request was not answered with what it asked for.
#[derive(Debug)]
pub(in crate::server) struct Problem {
    status: StatusCode,
    /// The last part of its type, and what its title is made of.
    kind: &'static str,
    detail: String,
    /// Everything that is wrong, where that can be more than one thing.
    problems: Vec<String>,
    retry_after: Option<Duration>,
    headers: Vec<(header::HeaderName, String)>,
}

impl Problem {
    pub(in crate::server) fn new(
        status: StatusCode,
        kind: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        let (detail, problems, headers) = (detail.into(), Vec::new(), Vec::new());
        Self { status, kind, detail, problems, retry_after: None, headers }
    }

    #[must_use]
    pub(in crate::server) fn with(mut self, name: header::HeaderName, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    #[must_use]
    pub(in crate::server) fn retry_after(mut self, pause: Duration) -> Self {
        self.retry_after = Some(pause);
        self
    }

    /// By what a program should do next.
    pub(super) fn of(error: &ToolError) -> Self {
        let kind = error.label();
        let problem = |status| Self::new(status, kind, error.to_string());
        match error {
            ToolError::InvalidArguments(problems) => {
                let problems = problems.clone();
                Self { problems, ..problem(StatusCode::BAD_REQUEST) }
            }
            // Nobody can be asked here.
            ToolError::Refused(_) | ToolError::ClientLacks { .. } | ToolError::NeedsInput(_) => {
                problem(StatusCode::FORBIDDEN)
            }
            ToolError::NotFound(_) => problem(StatusCode::NOT_FOUND),
            ToolError::Conflict(_) => problem(StatusCode::CONFLICT),
            ToolError::Unavailable(_) => {
                problem(StatusCode::SERVICE_UNAVAILABLE).retry_after(PAUSE)
            }
            ToolError::TimedOut(_) => problem(StatusCode::GATEWAY_TIMEOUT),
            ToolError::Busy(_) => problem(StatusCode::TOO_MANY_REQUESTS).retry_after(BREATH),
            ToolError::Failed(_) => problem(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    /// `path` is what was asked for, `id` the name of the request.
    pub(in crate::server) fn response(self, path: &str, id: &str) -> Response {
        let mut body = Map::new();
        body.insert(
            "type".to_owned(),
            format!("urn:tacklebox:problem:{}", self.kind.replace('_', "-")).into(),
        );
        body.insert("title".to_owned(), title(self.kind).into());
        body.insert("status".to_owned(), self.status.as_u16().into());
        body.insert("detail".to_owned(), self.detail.into());
        body.insert("instance".to_owned(), path.into());
        body.insert("request_id".to_owned(), id.into());
        if !self.problems.is_empty() {
            body.insert("problems".to_owned(), self.problems.into());
        }
        let mut response = Response::new(Body::from(Value::Object(body).to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let pause = self.retry_after.map(|it| (header::RETRY_AFTER, seconds(it).to_string()));
        let more = [Some((REQUEST_ID, id.to_owned())), pause].into_iter().flatten();
        for (name, value) in self.headers.into_iter().chain(more) {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
        response
    }
}

pub(super) const MEDIA_TYPE: &str = "application/problem+json";

/// Whole seconds, and never too few.
pub(super) fn seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

/// `not_found` as `Not found`.
fn title(kind: &str) -> String {
    let text = kind.replace('_', " ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |it| it.to_uppercase().chain(letters).collect())
}

/// What a program has to expect, for the description of the API.
pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "required": ["type", "title", "status", "detail", "instance", "request_id"],
        "properties": {
            "type": { "type": "string", "description": "What kind of problem it is: `urn:tacklebox:problem:…`." },
            "title": { "type": "string", "description": "The same for a person." },
            "status": { "type": "integer", "description": "The status of the response." },
            "detail": { "type": "string", "description": "What is wrong here, and what to do." },
            "instance": { "type": "string", "description": "The path that was asked for." },
            "request_id": { "type": "string", "description": "The value of X-Request-ID." },
            "problems": {
                "type": "array",
                "items": { "type": "string" },
                "description": "Everything that is wrong with the request, each with its place.",
            },
        },
    })
}
