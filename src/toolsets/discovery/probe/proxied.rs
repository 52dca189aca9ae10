//! The way from outside the cluster: through the API server, which leads to pods and nowhere else.

use std::sync::Arc;

use async_trait::async_trait;
use http_body_util::BodyExt;
use kube::core::Status;
use serde_json::Value;

use super::way::{ACCEPT, Answer, Page, Silence, Way};
use crate::k8s::{Cluster, error::ApiError};

pub(in crate::toolsets::discovery) struct Proxied {
    cluster: Arc<Cluster>,
}

impl Proxied {
    pub(in crate::toolsets::discovery) fn new(cluster: Arc<Cluster>) -> Self {
        Self { cluster }
    }
}

#[async_trait]
impl Way for Proxied {
    async fn get(&self, page: &Page<'_>) -> Result<Answer, Silence> {
        let response = self.cluster.open(&path(page), ACCEPT).await;
        let (head, mut body) = response.map_err(|it| unasked(&it))?.into_parts();
        let mut answer = Answer::begin(head.status, head.headers);
        while answer.wants_more() {
            let Some(frame) = body.frame().await else { break };
            let frame = frame.map_err(|_| Silence::Unreachable(BROKEN.to_owned()))?;
            answer.take(frame.data_ref().map_or(&[], |it| it));
        }
        let answer = answer.end();
        own_error(&answer).map_or(Ok(answer), |it| Err(silence(&it)))
    }
}

const BROKEN: &str = "its answer breaks off";

/// By the Service's own port, from which the API server finds that of the pods.
fn path(page: &Page<'_>) -> String {
    let place = &page.subject.service.place;
    let scheme = if page.is_https() { "https:" } else { "" };
    format!(
        "/api/v1/namespaces/{}/services/{scheme}{}:{}/proxy{}",
        place.namespace,
        place.name,
        page.endpoint.service_port,
        page.full_path()
    )
}

/// What the API server itself says where no pod has answered. A pod that says the same gains nothing by it: it is not reached.
fn own_error(answer: &Answer) -> Option<Status> {
    if answer.status.is_success() {
        return None;
    }
    let body: Value = serde_json::from_slice(&answer.body).ok()?;
    let is_status = body.get("kind")? == "Status" && body.get("apiVersion")? == "v1";
    let status: Status = serde_json::from_value(body).ok().filter(|_| is_status)?;
    Some(status.with_code(answer.status.as_u16()))
}

fn unasked(error: &ApiError) -> Silence {
    match error {
        ApiError::Refused(refusal) => {
            Silence::Unreachable(format!("not allowed by policy: {refusal}"))
        }
        ApiError::Unreachable(why) => {
            Silence::Unasked(format!("the API server cannot be reached: {why}"))
        }
        ApiError::Status(_) | ApiError::Dropped | ApiError::Unexpected(_) => {
            Silence::Unasked("the API server does not answer".to_owned())
        }
    }
}

pub(super) fn silence(status: &Status) -> Silence {
    let said = status.message.as_str();
    let unreachable = |why: &str| Silence::Unreachable(why.to_owned());
    if let Some((_, why)) = said.split_once("error trying to reach service: ") {
        return behind(why);
    }
    match status.code {
        403 => {
            unreachable("not allowed: the API server's proxy takes the right to get services/proxy")
        }
        404 => unreachable("the API server knows no pods behind it"),
        503 if said.contains("no endpoints available") => unreachable("no pod behind it is ready"),
        503 if said.contains("no service port") => unreachable("it has no such port (any more)"),
        503 if said.contains("address not allowed") => unreachable("its pods have no fine address"),
        code => Silence::Unasked(format!("the API server answers {code} by itself")),
    }
}

/// Why the API server did not come through, in the words of Go's HTTP client.
fn behind(why: &str) -> Silence {
    let says = |words: &[&str]| words.iter().any(|it| why.contains(it));
    let unreachable = |why: &str| Silence::Unreachable(why.to_owned());
    if says(&["HTTP response to HTTPS client", "does not look like a TLS handshake"]) {
        Silence::OtherScheme("it does not speak TLS")
    } else if says(&["connection refused"]) {
        unreachable("connection refused")
    } else if says(&["no route to host", "network is unreachable"]) {
        unreachable("there is no way to its network")
    } else if says(&["timeout", "deadline exceeded"]) {
        unreachable("it does not answer")
    } else if says(&["EOF", "connection reset", "malformed HTTP"]) {
        Silence::OtherScheme("it closes the connection, or speaks no HTTP")
    } else {
        unreachable("the API server cannot reach it")
    }
}
