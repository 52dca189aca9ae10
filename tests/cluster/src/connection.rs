use std::{path::Path, time::Duration};

use anyhow::{Context, Result, bail};
use http::{Method, Request, header::CONTENT_TYPE};
use http_body_util::BodyExt as _;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::Value;

use crate::runtime::{self, Deadline};

/// Longer than the API server takes to give up on an etcd that is gone.
const LIMIT: Duration = Duration::from_secs(70);
const INITIALIZATION: Duration = Duration::from_secs(20);

/// Speaks HTTP to an API server in the name of one user, with no opinion about what comes back.
///
/// Cheap to clone, and usable from any runtime, also after the one that opened it has ended.
#[derive(Clone)]
pub struct Connection {
    client: kube::Client,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

impl Connection {
    /// Connects as the current context of a kubeconfig says.
    pub async fn open(kubeconfig: &Path) -> Result<Self> {
        let file = Kubeconfig::read_from(kubeconfig)?;
        let options = KubeConfigOptions::default();
        Self::with(kube::Config::from_custom_kubeconfig(file, &options).await?).await
    }

    /// Connects to a server without TLS and without users, which etcd is here.
    pub(crate) async fn anonymous(url: &str) -> Result<Self> {
        Self::with(kube::Config::new(url.parse()?)).await
    }

    async fn with(mut config: kube::Config) -> Result<Self> {
        // A test wants to see the 429s and 503s.
        config.default_retry = false;
        // The client leaves a worker on the runtime where it is made.
        let client = runtime::run(async move { kube::Client::try_from(config) }).await??;
        Ok(Self { client })
    }

    /// Sends one request; `path` may have a query. A PATCH is a merge patch.
    ///
    /// Any status is an answer; an error means that none came, within 70 s at most.
    pub async fn request(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer> {
        let content_type = match method {
            "PATCH" => "application/merge-patch+json",
            _ => "application/json",
        };
        self.send(method, path, content_type, body).await
    }

    /// Sends one request. One that meets an API server still filling its caches, which it says also when
    /// it has called itself ready, is sent again.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: Option<&Value>,
    ) -> Result<Answer> {
        let deadline = Deadline::after(INITIALIZATION);
        loop {
            let answer = self.send_once(method, path, content_type, body).await?;
            let initializes = answer.status == 429 && answer.text.contains("(re)initializing");
            if !initializes || deadline.has_passed() {
                return Ok(answer);
            }
            runtime::pause(Duration::from_millis(50)).await;
        }
    }

    async fn send_once(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: Option<&Value>,
    ) -> Result<Answer> {
        let body = body.map_or_else(|| Ok(Vec::new()), serde_json::to_vec)?;
        let request = Request::builder()
            .method(Method::from_bytes(method.as_bytes())?)
            .uri(path)
            .header(CONTENT_TYPE, content_type)
            .body(kube::client::Body::from(body))?;
        let client = self.client.clone();
        let answer = runtime::run(tokio::time::timeout(LIMIT, async move {
            let (head, body) = client.send(request).await?.into_parts();
            let bytes = body.collect().await?.to_bytes();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            anyhow::Ok(Answer { status: head.status.as_u16(), headers: head.headers, text })
        }));
        answer
            .await?
            .context("no answer within 70 s")
            .flatten()
            .with_context(|| format!("{method} {path}"))
    }
}

/// What a server answered.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub text: String,
}

impl Answer {
    /// The body as JSON, whatever the status; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// The body of a success, or an error with the server's own message.
    pub fn ok(&self) -> Result<Value> {
        if self.status < 400 {
            return Ok(self.json());
        }
        let body = self.json();
        let start: String = self.text.chars().take(500).collect();
        bail!("{} {}", self.status, body["message"].as_str().unwrap_or(&start))
    }
}
