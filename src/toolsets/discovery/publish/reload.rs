//! `HolmesGPT` notices by itself which toolsets there are, and not that one of them has another address: that has to be said.

use std::{sync::Arc, time::Duration};

use reqwest::{Client, Url, redirect::Policy};
use secrecy::{ExposeSecret, SecretString};
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{self, Instant},
};

use super::{
    board::{Board, Concern, count},
    teller::{Reason, Teller},
};

const PATH: &str = "api/admin/reload/toolsets";
/// No answer takes longer.
const LIMIT: Duration = Duration::from_secs(10);
const TRIES: usize = 2;
const PAUSE: Duration = Duration::from_secs(5);

#[derive(Debug, Clone)]
pub(in crate::toolsets::discovery) struct Settings {
    /// `http://holmes.monitoring.svc:80`
    pub(in crate::toolsets::discovery) url: Url,
    pub(in crate::toolsets::discovery) token: Option<SecretString>,
    /// How long after a write: the kubelet brings it into `HolmesGPT`'s pod within a minute or so, and before that the old document
    /// would be read again.
    pub(in crate::toolsets::discovery) after: Duration,
}

/// Asks for a reload a while after it was last wanted.
pub(super) struct Reloader {
    wanted: mpsc::UnboundedSender<()>,
    board: Arc<Board>,
    task: JoinHandle<()>,
}

impl Reloader {
    pub(super) fn start(
        settings: Settings,
        teller: Arc<Teller>,
        board: Arc<Board>,
    ) -> Result<Self, String> {
        let client = Client::builder().redirect(Policy::none()).no_proxy().timeout(LIMIT).build();
        let client = client.map_err(|error| format!("no client for HolmesGPT: {error}"))?;
        let (wanted, orders) = mpsc::unbounded_channel();
        let work = Work { client, settings, teller, board: Arc::clone(&board) };
        let task = tokio::spawn(work.run(orders));
        Ok(Self { wanted, board, task })
    }

    pub(super) fn want(&self) {
        self.board.reload_wanted();
        let _ = self.wanted.send(());
    }
}

impl Drop for Reloader {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Work {
    client: Client,
    settings: Settings,
    teller: Arc<Teller>,
    board: Arc<Board>,
}

impl Work {
    async fn run(self, mut orders: mpsc::UnboundedReceiver<()>) {
        while orders.recv().await.is_some() {
            let (mut due, mut wanted) = (Instant::now() + self.settings.after, 1);
            // What is written meanwhile comes into the pod later still.
            while let Ok(Some(())) = time::timeout_at(due, orders.recv()).await {
                (due, wanted) = (Instant::now() + self.settings.after, wanted + 1);
            }
            self.reload().await;
            self.board.reloads_done(wanted);
        }
    }

    async fn reload(&self) {
        let mut outcome = self.ask().await;
        for _ in 1..TRIES {
            if outcome.is_ok() {
                break;
            }
            time::sleep(PAUSE.min(self.settings.after)).await;
            outcome = self.ask().await;
        }
        match outcome {
            Ok(()) => {
                count(&self.board.counters.reloads);
                self.board.solved(Concern::Reloading);
                let message = "HolmesGPT was asked to read its toolsets again";
                self.teller.tell(Reason::Reloaded, message, None);
            }
            Err(why) => {
                count(&self.board.counters.reloads_failed);
                let message = format!(
                    "HolmesGPT did not read its toolsets again ({why}): until it is restarted it asks at addresses of before"
                );
                self.board.problem(Concern::Reloading, &message);
                self.teller.tell(Reason::ReloadFailed, &message, None);
            }
        }
    }

    async fn ask(&self) -> Result<(), String> {
        let base = self.settings.url.as_str().trim_end_matches('/');
        let mut request = self.client.post(format!("{base}/{PATH}"));
        if let Some(token) = &self.settings.token {
            request = request.bearer_auth(token.expose_secret());
        }
        let answer = request.send().await.map_err(|error| told(&error))?;
        let status = answer.status();
        if status.is_success() { Ok(()) } else { Err(format!("it answered {}", status.as_u16())) }
    }
}

/// Without the address, which may have credentials in it.
fn told(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("no answer in {LIMIT:?}");
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
