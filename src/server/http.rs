//! MCP over streamable HTTP, every era on one endpoint; plain HTTP beside it, and the probes that an orchestrator asks.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Body,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{any, get},
    serve::ListenerExt,
};
use http::{Method, StatusCode, header};
use http_body_util::BodyExt;
use rmcp::{
    model::ErrorCode,
    transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService},
};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    Mcp, Tokens,
    auth::{Reviewer, Reviews},
    entrance::{self, Entrance},
    origin::Origins,
    reply,
    rest::{self, Rate, Rest},
    sessions::{self, Sessions},
};

/// What streams may still send when everything else has ended.
const FAREWELL: Duration = Duration::from_millis(500);

#[derive(Clone)]
pub struct HttpSettings {
    /// `host` or `host:port` as clients write it, beside the local names.
    pub allowed_hosts: Vec<String>,
    /// `scheme://host:port` of pages that may call, beside local ones.
    pub allowed_origins: Vec<String>,
    pub allow_unauthenticated: bool,
    /// The longest request body, in bytes.
    pub max_body: usize,
    /// The most sessions of the older era at one time.
    pub max_sessions: usize,
    /// A session that is silent for so long ends.
    pub session_idle: Duration,
    /// How long calls may go on once the server is asked to stop.
    pub shutdown_grace: Duration,
    /// How often each caller may ask over plain HTTP.
    pub rate: Rate,
}

/// The HTTP side of the server.
pub struct Http {
    mcp: Mcp,
    tokens: Tokens,
    reviews: Option<Arc<Reviews>>,
    settings: HttpSettings,
    sessions: Arc<Sessions>,
    /// Ends all that is still open in the protocol.
    close: CancellationToken,
}

impl Http {
    pub fn new(mcp: Mcp, tokens: Tokens, settings: HttpSettings) -> Self {
        let sessions = Arc::new(Sessions::new(settings.max_sessions, settings.session_idle));
        let close = CancellationToken::new();
        Self { mcp, tokens, reviews: None, settings, sessions, close }
    }

    /// Asks somebody else of whoever comes with a token that is not known here. Nobody comes in without one then.
    #[must_use]
    pub fn reviewed_by(self, reviewer: Arc<dyn Reviewer>) -> Self {
        Self { reviews: Some(Arc::new(Reviews::new(reviewer))), ..self }
    }

    /// Binds the address, unless anybody could come in there.
    pub async fn bind(&self, address: SocketAddr) -> io::Result<TcpListener> {
        let asks_nobody = self.tokens.is_open() && self.reviews.is_none();
        let open = asks_nobody && !self.settings.allow_unauthenticated;
        if open && !address.ip().to_canonical().is_loopback() {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                format!(
                    "{address} can be reached from other machines, and no caller would be asked who they are; \
                     set server.tokens, or server.allow_unauthenticated: true, or bind 127.0.0.1"
                ),
            ));
        }
        TcpListener::bind(address).await.map_err(|error| {
            io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"))
        })
    }

    /// Serves until `stop` is cancelled, then lets calls end, but not for ever.
    pub async fn serve(self, listener: TcpListener, stop: CancellationToken) -> io::Result<()> {
        let app = self.router(stop.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let drained = CancellationToken::new();
        let server = axum::serve(listener.tap_io(send_at_once), app)
            .with_graceful_shutdown(drained.clone().cancelled_owned());
        let mut server = tokio::spawn(server.into_future());
        tokio::select! {
            ended = &mut server => return ended.map_err(io::Error::other)?,
            () = stop.cancelled() => {}
        }
        self.drain().await;
        drained.cancel();
        if tokio::time::timeout(FAREWELL, &mut server).await.is_err() {
            server.abort();
        }
        Ok(())
    }

    /// Ready has gone to 503 already. Listeners get their last word, calls end or are cut off, then streams are closed.
    async fn drain(&self) {
        self.mcp.stopping.cancel();
        self.mcp.ended(self.settings.shutdown_grace).await;
        self.close.cancel();
    }

    fn router(&self, stop: CancellationToken) -> Router {
        let entrance = Entrance {
            tokens: self.tokens.clone(),
            reviews: self.reviews.clone(),
            registry: self.mcp.registry.clone(),
        };
        let probes = Router::new()
            .route("/healthz", get(healthy))
            .route("/health", get(healthy))
            .route("/readyz", get(ready))
            .route("/ready", get(ready))
            .with_state(Readiness { mcp: self.mcp.clone(), stop });
        let mcp = Router::new()
            .route_service("/mcp", self.service())
            .layer(middleware::from_fn(tell_bad_json))
            .layer(middleware::from_fn_with_state(Arc::clone(&self.sessions), sessions::visit));
        let rest = any(rest::answer).with_state(Arc::new(self.rest()));
        mcp.route("/api", rest.clone())
            .route("/api/{*rest}", rest)
            .layer(middleware::from_fn_with_state(self.mcp.calls.clone(), counted))
            .layer(middleware::from_fn_with_state(entrance, entrance::admit))
            .merge(probes)
    }

    fn rest(&self) -> Rest {
        let HttpSettings { rate, max_body, .. } = self.settings;
        Rest::new(self.mcp.registry.clone(), self.origins(), rate, max_body)
    }

    fn origins(&self) -> Origins {
        Origins::new(&self.settings.allowed_hosts, &self.settings.allowed_origins)
    }

    fn service(&self) -> StreamableHttpService<super::handler::Handler, Sessions> {
        let Origins { hosts, pages } = self.origins();
        let mut config = StreamableHttpServerConfig::default();
        config.allowed_hosts = hosts;
        config.allowed_origins = pages;
        config.max_request_body_bytes = self.settings.max_body;
        config.cancellation_token = self.close.clone();
        let mcp = self.mcp.clone();
        StreamableHttpService::new(
            move || Ok(mcp.handler("anonymous")),
            Arc::clone(&self.sessions),
            config,
        )
    }
}

/// A call is under way until its answer has been sent: what is written after the streams are closed reaches nobody.
async fn counted(State(calls): State<TaskTracker>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST && !rest::is_below(request.uri().path()) {
        return next.run(request).await;
    }
    let under_way = calls.token();
    let response = next.run(request).await;
    response.map(|body| {
        Body::new(body.map_frame(move |frame| {
            let _ = &under_way;
            frame
        }))
    })
}

/// An answer is several small writes: held back until the one before is acknowledged, it would come 40 ms late.
fn send_at_once(stream: &mut TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "answers may be late");
    }
}

async fn healthy() -> &'static str {
    "ok"
}

#[derive(Clone)]
struct Readiness {
    mcp: Mcp,
    stop: CancellationToken,
}

/// Ready as soon as calls are answered and every toolset has seen what it serves. A backend that goes down later is told in the answer,
/// not by taking the server out of service.
async fn ready(State(readiness): State<Readiness>) -> Response {
    if readiness.stop.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping").into_response();
    }
    let mut toolsets = serde_json::Map::new();
    for (name, health) in readiness.mcp.registry.health() {
        let state = health.map_or("probing", |it| it.word());
        toolsets.insert(name.to_owned(), state.into());
    }
    let starting = readiness.mcp.registry.starting();
    if starting.is_empty() {
        return Json(json!({ "status": "ready", "toolsets": toolsets })).into_response();
    }
    // Why is for the log: whoever asks here is not asked who they are.
    toolsets.extend(starting.into_iter().map(|it| (it.to_owned(), "starting".into())));
    let told = json!({ "status": "starting", "toolsets": toolsets });
    (StatusCode::SERVICE_UNAVAILABLE, Json(told)).into_response()
}

/// What is JSON by its header and not by its content gets the error that JSON-RPC has for it.
async fn tell_bad_json(request: Request<Body>, next: Next) -> Response {
    let claims_json = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|it| it.to_str().ok())
        .is_some_and(|it| it.starts_with("application/json"));
    let response = next.run(request).await;
    if claims_json && response.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE {
        let message = format!("the body is {}", reply::NO_MESSAGE);
        let error = reply::malformed(&Value::Null, ErrorCode::PARSE_ERROR, &message);
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    }
    response
}
