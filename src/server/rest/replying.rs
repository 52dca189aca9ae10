//! What goes back: a document with its tag, or nothing where the client has it already.

use std::time::Duration;

use axum::{body::Body, response::Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use sha2::{Digest, Sha256};

use super::{problem::seconds, rate::Left, reading::hexadecimal};

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(super) struct Document {
    pub(super) status: StatusCode,
    pub(super) media_type: String,
    pub(super) body: String,
    /// Whether another `Accept` gets another form.
    pub(super) varies: bool,
    pub(super) retry_after: Option<Duration>,
}

impl Document {
    pub(super) fn json(body: String) -> Self {
        let media_type = "application/json".to_owned();
        Self { status: StatusCode::OK, media_type, body, varies: false, retry_after: None }
    }

    pub(super) fn response(self, asked: &Parts) -> Response {
        let is_look = matches!(asked.method, Method::GET | Method::HEAD);
        let tag = (is_look && self.status == StatusCode::OK).then(|| tag(&self.body));
        let is_known = tag.as_deref().is_some_and(|it| has(&asked.headers, it));
        let mut headers = HeaderMap::new();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if self.varies {
            headers.insert(header::VARY, HeaderValue::from_static("accept"));
        }
        put(&mut headers, header::ETAG, tag);
        put(&mut headers, header::RETRY_AFTER, self.retry_after.map(|it| seconds(it).to_string()));
        let mut response = if is_known {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response
        } else {
            put(&mut headers, header::CONTENT_TYPE, Some(self.media_type));
            // Of what a HEAD would get, too.
            headers.insert(header::CONTENT_LENGTH, self.body.len().into());
            let mut response = Response::new(Body::from(self.body));
            *response.status_mut() = self.status;
            response
        };
        *response.headers_mut() = headers;
        response
    }
}

/// The same for the same bytes alone, on every replica.
fn tag(body: &str) -> String {
    let digest = Sha256::digest(body.as_bytes());
    let half = digest.get(..16).unwrap_or_default();
    format!("\"{}\"", hexadecimal(half))
}

/// Whether the client says that it has what this is the tag of.
fn has(headers: &HeaderMap, tag: &str) -> bool {
    let said = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|it| it.to_str().ok());
    let mut tags = said.flat_map(|it| it.split(',')).map(str::trim);
    tags.any(|it| it == "*" || it.strip_prefix("W/").unwrap_or(it) == tag)
}

/// The name of the request, and what is left of the caller's allowance.
pub(super) fn sign(headers: &mut HeaderMap, id: &str, left: Option<Left>) {
    put(headers, REQUEST_ID, Some(id.to_owned()));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let Some(left) = left else { return };
    let remaining = left.remaining.to_string();
    let said = [
        ("ratelimit-limit", left.limit.to_string()),
        ("ratelimit-remaining", remaining.clone()),
        ("ratelimit-reset", seconds(left.whole_in).to_string()),
        ("x-ratelimit-remaining", remaining),
    ];
    for (name, value) in said {
        put(headers, HeaderName::from_static(name), Some(value));
    }
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: Option<String>) {
    if let Some(value) = value.and_then(|it| HeaderValue::try_from(it).ok()) {
        headers.insert(name, value);
    }
}
