//! The client of one context: made once for all who wait for it, and renewed before its credentials end.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use futures::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use jiff::{SignedDuration, Timestamp};
use tokio::{runtime::Handle, sync::oneshot, time};

use super::{
    Contexts, NoCluster, Source,
    connect::{Route, connect, in_cluster, route},
    impersonation::refuse_another,
    kubeconfig::States,
};
use crate::k8s::{
    cluster::{Cluster, MARGIN},
    discovery::Discovery,
    guard::Guard,
    identity::Identity,
    settings::Settings,
};

/// An attempt that takes longer is given up, and the next caller starts another.
const ATTEMPT_LIMIT: Duration = Duration::from_secs(20);
/// Credentials are renewed this long before their end.
const EARLY: SignedDuration = SignedDuration::from_secs(60);

const LATE: &str =
    "the credentials did not come in time: does a credential plugin wait for somebody to log in?";

pub(super) struct Slot {
    context: String,
    contexts: Arc<Contexts>,
    guard: Guard,
    settings: Settings,
    discovery: Arc<Discovery>,
    /// Certificates and keys that are read when the client is made.
    files: Vec<PathBuf>,
    /// How they were before that.
    read: States,
    state: Mutex<State>,
}

type Attempt = Shared<BoxFuture<'static, Result<Arc<Cluster>, NoCluster>>>;

#[derive(Clone)]
enum State {
    Idle,
    /// Since then.
    Connecting(Attempt, Instant),
    Connected(Arc<Cluster>),
}

/// Without the user and password that a URL may hold.
fn without_credentials(url: &http::Uri) -> String {
    let text = url.to_string();
    let text = text.trim_end_matches('/');
    match (url.authority(), host_and_port(url)) {
        (Some(authority), Some(host)) => text.replacen(authority.as_str(), &host, 1),
        _ => text.to_owned(),
    }
}

/// Where a URL leads, without whose it is.
fn host_and_port(url: &http::Uri) -> Option<String> {
    let authority = url.authority()?.as_str();
    Some(authority.rsplit_once('@').map_or(authority, |it| it.1).to_owned())
}

impl Slot {
    pub(super) fn new(
        context: String,
        contexts: Arc<Contexts>,
        guard: Guard,
        settings: &Settings,
    ) -> Self {
        let discovery = Arc::new(Discovery::new(guard.scopes()));
        let settings = settings.clone();
        let files = contexts.files(&context);
        let read = States::of(&files);
        let state = Mutex::new(State::Idle);
        Self { context, contexts, guard, settings, discovery, files, read, state }
    }

    /// Whether the certificates and keys that its context points to are still those that it was made for.
    pub(super) fn is_up_to_date(&self) -> bool {
        States::of(&self.files) == self.read
    }

    /// The client, as soon as it is made; a failed attempt is the error of all who waited for it.
    pub(super) async fn cluster(
        self: &Arc<Self>,
        deadline: Option<Instant>,
    ) -> Result<Arc<Cluster>, NoCluster> {
        let attempt = match self.state() {
            State::Connected(cluster) => return Ok(cluster),
            State::Connecting(attempt, _) => attempt,
            State::Idle => return Err(self.problem("no attempt was made")),
        };
        let end = deadline.and_then(|it| it.checked_sub(MARGIN));
        let end = end.unwrap_or_else(|| Instant::now() + ATTEMPT_LIMIT);
        let outcome = time::timeout_at(end.into(), attempt).await;
        let outcome = outcome.unwrap_or_else(|_| Err(self.problem(LATE)));
        if outcome.is_err() {
            self.settle(None);
        }
        outcome
    }

    /// The state as it counts now: what has expired is nothing any more, and where there is nothing an attempt begins.
    fn state(self: &Arc<Self>) -> State {
        let mut state = self.lock();
        let is_over = match &*state {
            State::Idle => true,
            State::Connecting(_, since) => since.elapsed() > ATTEMPT_LIMIT,
            State::Connected(cluster) => cluster.is_stale(Timestamp::now() + EARLY),
        };
        if is_over {
            *state = State::Connecting(self.start(), Instant::now());
        }
        state.clone()
    }

    fn start(self: &Arc<Self>) -> Attempt {
        let (sender, receiver) = oneshot::channel();
        let (slot, runtime) = (Arc::clone(self), Handle::current());
        // Not the runtime's own pool: a plugin that hangs there would hold up the end of the process.
        thread::spawn(move || {
            let _entered = runtime.enter();
            let outcome = runtime.block_on(slot.connect());
            if let Ok(cluster) = &outcome {
                slot.settle(Some(Arc::clone(cluster)));
            }
            // Nobody may be waiting any more.
            let _ = sender.send(outcome);
        });
        let gone = self.problem("making the client failed");
        receiver.map(move |it| it.unwrap_or(Err(gone))).boxed().shared()
    }

    async fn connect(&self) -> Result<Arc<Cluster>, NoCluster> {
        let route = self.route().await?;
        if self.settings.impersonates {
            refuse_another(&route.config.auth_info).map_err(|it| self.problem(&it))?;
        }
        let mut identity = Identity {
            context: self.context.clone(),
            server: without_credentials(&route.config.cluster_url),
            user: route.user.clone(),
            impersonated: None,
            namespace: route.config.default_namespace.clone(),
            proxy: route.config.proxy_url.as_ref().and_then(host_and_port),
            certificate_end: None,
        };
        let connected = connect(route, self.guard.clone()).map_err(|it| self.problem(&it))?;
        identity.certificate_end = connected.certificate_end;
        let redactor = self.settings.redactor.clone();
        Ok(Arc::new(
            Cluster::new(
                identity,
                connected.client,
                self.guard.clone(),
                Arc::clone(&self.discovery),
                redactor,
            )
            .until(connected.expires),
        ))
    }

    async fn route(&self) -> Result<Route, NoCluster> {
        match self.contexts.source {
            Source::InCluster => in_cluster(),
            Source::Files(_) => {
                route(&self.contexts.kubeconfig, &self.context, &self.settings.environment).await
            }
        }
    }

    /// A failed attempt is forgotten unless it is still under way, a good one stays.
    fn settle(&self, cluster: Option<Arc<Cluster>>) {
        let mut state = self.lock();
        match (&*state, cluster) {
            (_, Some(cluster)) => *state = State::Connected(cluster),
            (State::Connecting(attempt, _), None) if attempt.peek().is_some() => {
                *state = State::Idle;
            }
            _ => {}
        }
    }

    fn problem(&self, problem: &str) -> NoCluster {
        NoCluster::Unusable(format!("context {}: {problem}", self.context))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
