//! Sessions of the older era: each belongs to the caller that opened it, and there are never more than the operator allows.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::{Stream, StreamExt};
use http::{Method, StatusCode, header};
use rmcp::{
    model::{ClientJsonRpcMessage, ServerJsonRpcMessage},
    transport::streamable_http_server::session::{
        ServerSseMessage, SessionId, SessionManager,
        local::{LocalSessionManager, LocalSessionManagerError},
    },
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::Instant,
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::auth::Pass;

tokio::task_local! {
    /// The request that is being served: rmcp does not tell its session manager.
    static VISIT: Visit;
}

#[derive(Clone)]
struct Visit {
    pass: Pass,
    /// Whether it wanted a session and there was no room.
    found_no_room: Arc<AtomicBool>,
}

/// rmcp's sessions, each with its holder.
pub(super) struct Sessions {
    local: Arc<LocalSessionManager>,
    seats: Mutex<HashMap<SessionId, Seat>>,
    free: Arc<Semaphore>,
    most: usize,
    idle: Duration,
}

struct Seat {
    holder: Pass,
    attendance: Attendance,
    _taken: OwnedSemaphorePermit,
    _ended: DropGuard,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum NoSession {
    #[error("{0} sessions are open, the most that there may be; try later")]
    Full(usize),
    #[error(transparent)]
    Local(#[from] LocalSessionManagerError),
}

impl Sessions {
    pub(super) fn new(most: usize, idle: Duration) -> Self {
        let mut local = LocalSessionManager::default();
        local.session_config.keep_alive = Some(idle);
        let free = Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
        Self { local: Arc::new(local), seats: Mutex::default(), free, most, idle }
    }

    /// Whether the session is there for whoever asks now; outside of a request, whether it is there.
    fn is_there(&self, id: &SessionId) -> bool {
        let seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        let held = |seat: &Seat| VISIT.try_with(|it| it.pass.is(&seat.holder)).unwrap_or(true);
        seats.get(id).is_some_and(held)
    }

    /// What the client reads, while which it is there.
    fn attended<S: Stream<Item = ServerSseMessage> + Send + Sync + 'static>(
        &self,
        id: &SessionId,
        stream: S,
    ) -> impl Stream<Item = ServerSseMessage> + Send + Sync + use<S> {
        let attending = self.attend(id);
        stream.inspect(move |_| {
            let _ = &attending;
        })
    }

    fn attend(&self, id: &SessionId) -> Option<Attending> {
        let seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        seats.get(id).map(|it| it.attendance.attend())
    }

    fn take_seat(&self, id: SessionId, holder: Pass, taken: OwnedSemaphorePermit) {
        let ended = CancellationToken::new();
        let (revoked, local) = (holder.revoked().clone(), Arc::clone(&self.local));
        let (over, closed) = (ended.clone(), Arc::clone(&id));
        let attendance = Attendance::default();
        let (attended, idle) = (attendance.clone(), self.idle);
        tokio::spawn(async move {
            tokio::select! {
                () = over.cancelled() => return,
                () = revoked.cancelled() => {}
                () = attended.until_gone(idle) => {}
            }
            // Its service ends with it, and then gives back the seat.
            let _ = local.close_session(&closed).await;
        });
        let seat = Seat { holder, attendance, _taken: taken, _ended: ended.drop_guard() };
        self.seats.lock().unwrap_or_else(PoisonError::into_inner).insert(id, seat);
    }
}

/// Whether the client of a session is still there. What it is told of by itself is no sign of that.
#[derive(Clone, Default)]
struct Attendance(Arc<watch::Sender<Attended>>);

#[derive(Clone, Copy)]
struct Attended {
    /// Streams that it reads.
    open: usize,
    last: Instant,
}

impl Default for Attended {
    fn default() -> Self {
        Self { open: 0, last: Instant::now() }
    }
}

impl Attendance {
    /// The client is there as long as that is held, and was there when it was made.
    fn attend(&self) -> Attending {
        self.0.send_modify(|it| it.open += 1);
        Attending(self.clone())
    }

    async fn until_gone(&self, idle: Duration) {
        let mut changes = self.0.subscribe();
        loop {
            let Attended { open, last } = *changes.borrow_and_update();
            let gone = async {
                match open {
                    0 => tokio::time::sleep_until(last + idle).await,
                    _ => std::future::pending().await,
                }
            };
            tokio::select! {
                () = gone => return,
                // Its sender is held by this.
                _ = changes.changed() => {}
            }
        }
    }
}

struct Attending(Attendance);

impl Drop for Attending {
    fn drop(&mut self) {
        let (Self(Attendance(sender)), last) = (self, Instant::now());
        sender.send_modify(|it| *it = Attended { open: it.open.saturating_sub(1), last });
    }
}

/// Serves a request in the name of whoever sent it.
pub(super) async fn visit(
    State(sessions): State<Arc<Sessions>>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let Some(pass) = request.extensions().get::<Pass>().cloned() else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let visit = Visit { pass, found_no_room: Arc::default() };
    let found_no_room = Arc::clone(&visit.found_no_room);
    VISIT
        .scope(visit, async move {
            // Ending a session is the one request that rmcp serves without asking whether the session is there.
            if request.method() == Method::DELETE && !sessions.knows(&request) {
                return (StatusCode::NOT_FOUND, "no such session").into_response();
            }
            let response = next.run(request).await;
            if found_no_room.load(Ordering::Acquire) { sessions.full() } else { response }
        })
        .await
}

impl Sessions {
    /// Without an id it is for rmcp to say what is missing.
    fn knows(&self, request: &Request<Body>) -> bool {
        let id = request.headers().get("mcp-session-id").and_then(|it| it.to_str().ok());
        id.is_none_or(|it| self.is_there(&it.into()))
    }

    fn full(&self) -> Response {
        let reason = NoSession::Full(self.most).to_string();
        (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "30")], reason).into_response()
    }
}

impl SessionManager for Sessions {
    type Error = NoSession;
    type Transport = <LocalSessionManager as SessionManager>::Transport;

    async fn create_session(&self) -> Result<(SessionId, Self::Transport), NoSession> {
        let visit = VISIT.try_with(Clone::clone).map_err(|_| NoSession::Full(0))?;
        let Ok(taken) = Arc::clone(&self.free).try_acquire_owned() else {
            visit.found_no_room.store(true, Ordering::Release);
            return Err(NoSession::Full(self.most));
        };
        let (id, transport) = self.local.create_session().await?;
        self.take_seat(Arc::clone(&id), visit.pass, taken);
        Ok((id, transport))
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, NoSession> {
        Ok(self.local.initialize_session(id, message).await?)
    }

    async fn has_session(&self, id: &SessionId) -> Result<bool, NoSession> {
        Ok(self.is_there(id) && self.local.has_session(id).await?)
    }

    async fn close_session(&self, id: &SessionId) -> Result<(), NoSession> {
        if self.is_there(id) {
            self.seats.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
            self.local.close_session(id).await?;
        }
        Ok(())
    }

    async fn create_stream(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, NoSession> {
        Ok(self.attended(id, self.local.create_stream(id, message).await?))
    }

    async fn accept_message(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<(), NoSession> {
        let _attending = self.attend(id);
        Ok(self.local.accept_message(id, message).await?)
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, NoSession> {
        Ok(self.attended(id, self.local.create_standalone_stream(id).await?))
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, NoSession> {
        Ok(self.attended(id, self.local.resume(id, last_event_id).await?))
    }
}
