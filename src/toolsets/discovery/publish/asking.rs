//! Requests to the API server, each with a limit of its own, in the server's own name.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{
    Method, Request,
    header::{ACCEPT, CONTENT_TYPE},
};
use http_body_util::BodyExt;
use kube::client::Body;
use serde::de::DeserializeOwned;
use tokio::time;

use crate::{
    k8s::{
        Cluster,
        cluster::{JSON, parsed},
        error::{ApiError, Asked},
    },
    tool::ToolError,
};

/// No single request takes longer. It has to fit between the last moment of a leader and the first of the next one.
pub(super) const LIMIT: Duration = Duration::from_secs(4);

/// Where the cluster comes from: its credentials may have to be read anew.
#[async_trait]
pub(in crate::toolsets::discovery) trait Clusters:
    Send + Sync
{
    async fn cluster(&self) -> Result<Cluster, ToolError>;
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// There is no client for the cluster.
    NoCluster(ToolError),
    Api(ApiError),
}

impl From<ApiError> for Trouble {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

/// One request.
pub(super) struct Ask<'a> {
    pub(super) method: Method,
    /// With the query.
    pub(super) path: &'a str,
    pub(super) content_type: &'static str,
    pub(super) body: Bytes,
    /// Unless the usual one.
    pub(super) limit: Duration,
}

impl<'a> Ask<'a> {
    pub(super) fn get(path: &'a str) -> Self {
        Self::new(Method::GET, path, JSON, Bytes::new())
    }

    pub(super) fn new(
        method: Method,
        path: &'a str,
        content_type: &'static str,
        body: Bytes,
    ) -> Self {
        Self { method, path, content_type, body, limit: LIMIT }
    }

    pub(super) fn within(self, limit: Duration) -> Self {
        Self { limit: limit.min(LIMIT), ..self }
    }

    /// The answer, read as an object.
    pub(super) async fn of<T: DeserializeOwned>(self, cluster: &Cluster) -> Result<T, ApiError> {
        let limit = self.limit;
        let answer = time::timeout(limit, self.answer(cluster)).await;
        answer.unwrap_or_else(|_| Err(ApiError::Unreachable(format!("no answer in {limit:?}"))))
    }

    async fn answer<T: DeserializeOwned>(self, cluster: &Cluster) -> Result<T, ApiError> {
        let request = Request::builder().method(self.method).uri(self.path).header(ACCEPT, JSON);
        let request = request.header(CONTENT_TYPE, self.content_type).body(Body::from(self.body));
        let request = request.map_err(|error| ApiError::unaskable(&error))?;
        let response = cluster.send_once(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(ApiError::from)?.to_bytes();
        if status.is_success() { parsed(&body) } else { Err(cluster.failure(status, &body)) }
    }
}

/// What is told of it, with what to do where that is known.
pub(super) fn error(cluster: &Cluster, trouble: &ApiError, asked: &Asked<'_>) -> ToolError {
    if let (Some(namespace), true) = (asked.namespace, lacks_namespace(trouble)) {
        return ToolError::NotFound(format!(
            "namespace {namespace} does not exist: create it (kubectl create namespace {namespace}), or set another one"
        ));
    }
    cluster.explain(trouble, asked)
}

/// The same as the end of a sentence for people.
pub(super) fn explained(cluster: &Cluster, trouble: &ApiError, asked: &Asked<'_>) -> String {
    error(cluster, trouble, asked).reason()
}

fn lacks_namespace(error: &ApiError) -> bool {
    let ApiError::Status(status) = error else { return false };
    let kind = status.details.as_ref().map(|it| it.kind.as_str());
    status.code == 404 && kind == Some("namespaces")
}
