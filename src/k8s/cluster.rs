//! One cluster as one user sees it: the client under its guard, what is known of it, and the way to ask it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{
    Method, Request, Response, StatusCode,
    header::{ACCEPT, CONTENT_TYPE},
};
use http_body_util::BodyExt;
use jiff::Timestamp;
use kube::client::Body;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time;

use super::{
    discovery::{Discovery, Resource},
    error::{ApiError, Asked},
    guard::Guard,
    identity::Identity,
    printed::Definitions,
};
use crate::{
    output::Redactor,
    tool::{Caller, Requests, Session, ToolError},
};

pub(crate) const JSON: &str = "application/json";

/// How often a server that is only busy is asked again.
const BUSY_RETRIES: u32 = 3;
/// How many connections that were kept from before may turn out to be dead. A few are kept, since some tools ask side by side.
const DEAD_CONNECTIONS: usize = 4;
/// What an answer needs to get out before the call's deadline.
pub(crate) const MARGIN: Duration = Duration::from_millis(300);

/// Cheap to clone.
#[derive(Clone)]
pub struct Cluster {
    pub identity: Identity,
    client: kube::Client,
    guard: Guard,
    discovery: Arc<Discovery>,
    redactor: Redactor,
    expires: Option<Timestamp>,
    /// The API server did not accept the credentials: the next call is to read them anew.
    rejected: Arc<AtomicBool>,
    /// Of the call on whose behalf it is asked.
    requests: Requests,
    /// What that call was told of columns.
    printed: Arc<Definitions>,
}

impl Cluster {
    pub(crate) fn new(
        identity: Identity,
        client: kube::Client,
        guard: Guard,
        discovery: Arc<Discovery>,
        redactor: Redactor,
    ) -> Self {
        Self {
            identity,
            client,
            guard,
            discovery,
            redactor,
            expires: None,
            rejected: Arc::default(),
            requests: Requests::default(),
            printed: Arc::default(),
        }
    }

    /// Whether both were made from one client.
    #[cfg(test)]
    pub(crate) fn shares_its_client_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.rejected, &other.rejected)
    }

    /// The same cluster, asked on behalf of that call.
    pub(crate) fn on_behalf_of(&self, session: &Session) -> Self {
        let requests = session.requests().clone();
        Self { requests, printed: Arc::default(), ..self.clone() }
    }

    /// The same in somebody's name, which `renamed` puts every request in.
    pub(crate) fn in_the_name_of(
        mut self,
        caller: Caller,
        renamed: impl FnOnce(&kube::Client) -> kube::Client,
    ) -> Self {
        self.client = renamed(&self.client);
        self.identity.impersonated = Some(caller);
        self
    }

    pub(crate) fn until(self, expires: Option<Timestamp>) -> Self {
        Self { expires, ..self }
    }

    /// Whether the credentials are to be read anew before a call at that time.
    pub(crate) fn is_stale(&self, at: Timestamp) -> bool {
        self.rejected.load(Ordering::Relaxed) || self.expires.is_some_and(|end| end <= at)
    }

    /// For one request; the guard is under it.
    pub fn client(&self) -> kube::Client {
        self.requests.count();
        self.client.clone()
    }

    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    pub(crate) fn discovery(&self) -> &Discovery {
        &self.discovery
    }

    pub(crate) fn printed(&self) -> &Definitions {
        &self.printed
    }

    pub(crate) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// The resource behind any name that kubectl takes for a kind.
    pub async fn resource(&self, name: &str) -> Result<Arc<Resource>, ToolError> {
        self.discovery.resolve(self, name).await
    }

    pub(crate) async fn get(&self, path: &str, accept: &str) -> Result<Bytes, ApiError> {
        self.answer(&Question { method: Method::GET, path, accept, body: Bytes::new() }).await
    }

    /// The response to a GET as it comes and whatever its status: of a body that never ends, no more is read than is wanted.
    pub(crate) async fn open(&self, path: &str, accept: &str) -> Result<Response<Body>, ApiError> {
        self.send(&Question { method: Method::GET, path, accept, body: Bytes::new() }).await
    }

    /// The answer to a question that is sent by POST and changes nothing: an access review.
    pub(crate) async fn review<T: DeserializeOwned>(
        &self,
        path: &str,
        review: &Value,
    ) -> Result<T, ApiError> {
        let body = Bytes::from(review.to_string());
        let question = Question { method: Method::POST, path, accept: JSON, body };
        parsed(&self.answer(&question).await?)
    }

    async fn answer(&self, question: &Question<'_>) -> Result<Bytes, ApiError> {
        let mut busy = 0;
        loop {
            let response = self.send(question).await?;
            if response.status() == StatusCode::TOO_MANY_REQUESTS && busy < BUSY_RETRIES {
                busy += 1;
                time::sleep(Duration::from_millis(50) * 2_u32.pow(busy)).await;
                continue;
            }
            let status = response.status();
            let body = response.into_body().collect().await.map_err(ApiError::from)?.to_bytes();
            return if status.is_success() { Ok(body) } else { Err(self.failure(status, &body)) };
        }
    }

    pub(crate) async fn get_json<T: DeserializeOwned>(
        &self,
        path: &str,
        accept: &str,
    ) -> Result<T, ApiError> {
        parsed(&self.get(path, accept).await?)
    }

    /// What `work` gives. It ends a moment before the deadline, while there is time to say who was silent.
    pub(crate) async fn before<T>(
        &self,
        deadline: Option<Instant>,
        work: impl Future<Output = Result<T, ToolError>>,
    ) -> Result<T, ToolError> {
        let Some(deadline) = deadline else { return work.await };
        let left = deadline.saturating_duration_since(Instant::now());
        let outcome = time::timeout(left.saturating_sub(MARGIN.min(left / 10)), work).await;
        outcome.unwrap_or_else(|_| Err(self.silent()))
    }

    fn silent(&self) -> ToolError {
        let Identity { context, server, .. } = &self.identity;
        ToolError::Unavailable(format!(
            "the API server of context {context} ({server}) did not answer in time: it, or something on the way, is overloaded or hangs; ask for less, or try again later"
        ))
    }

    /// What an error means for whoever called.
    pub(crate) fn explain(&self, error: &ApiError, asked: &Asked<'_>) -> ToolError {
        error.explain(asked, &self.identity)
    }

    async fn send(&self, question: &Question<'_>) -> Result<Response<Body>, ApiError> {
        for _ in 0..DEAD_CONNECTIONS {
            let outcome = self.send_once(question.request()?).await;
            // A connection that was kept from before the API server, or the network, went away.
            if !matches!(outcome, Err(ApiError::Dropped)) {
                return outcome;
            }
        }
        self.send_once(question.request()?).await
    }

    /// Without asking again: what has been sent may have been done. What the guard refuses was never asked, and does not count.
    pub(crate) async fn send_once(
        &self,
        request: Request<Body>,
    ) -> Result<Response<Body>, ApiError> {
        let outcome = self.client.send(request).await.map_err(ApiError::from);
        if !matches!(outcome, Err(ApiError::Refused(_))) {
            self.requests.count();
        }
        outcome
    }

    pub(crate) fn failure(&self, status: StatusCode, body: &[u8]) -> ApiError {
        if status == StatusCode::UNAUTHORIZED {
            self.rejected.store(true, Ordering::Relaxed);
        }
        let error = ApiError::of(status, body);
        if error.is_unknown_kind() {
            self.discovery.forget();
        }
        error
    }
}

/// A request that may be sent again, since it changes nothing.
struct Question<'a> {
    method: Method,
    path: &'a str,
    accept: &'a str,
    body: Bytes,
}

impl Question<'_> {
    fn request(&self) -> Result<Request<Body>, ApiError> {
        let Self { method, path, accept, body } = self;
        let request = Request::builder().method(method).uri(*path).header(ACCEPT, *accept);
        let request = if body.is_empty() { request } else { request.header(CONTENT_TYPE, JSON) };
        request.body(Body::from(body.clone())).map_err(|error| ApiError::unaskable(&error))
    }
}

pub(crate) fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|error| ApiError::unexpected(body, &error))
}
