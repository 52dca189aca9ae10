//! The composition root: Config -> toolsets -> policies -> registry -> server. The only place where concrete things meet.

mod callers;
mod compose;
mod consent;
mod discovery;
mod doubts;
mod figures;
mod local;
mod panics;
mod reload;
mod reviewer;

pub use self::{panics::log_panics, reviewer::ByCluster};

use std::{iter, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context;
use prometheus_client::registry::Registry as Prometheus;
use tokio_util::sync::CancellationToken;

use self::{consent::Consent, figures::Figures};
use crate::{
    config::{self, Config, Environment, Loaded},
    output::Redactor,
    policy::{Metrics, Recent, Turns},
    registry::{Registry, Rhythm},
    server::{self, Http, Mcp, Tokens},
};

/// What was cut off has this long to notice, and to leave its line in the record.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// How long toolsets may take to put things away at the end.
const CLEAN_UP: Duration = Duration::from_secs(2);

/// Whether it stays, and may keep true by itself what it is configured to. A command only does what it is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Serving {
    #[default]
    Not,
    /// Over stdio, or HTTP if the file says so.
    AsConfigured,
    OverHttp,
}

/// What the command line says; it wins over the file, also when the file is read again.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    pub config: Option<PathBuf>,
    pub kubeconfig: Option<PathBuf>,
    pub read_only: bool,
    /// What is logged, as `--log` has it.
    pub log: Option<String>,
    pub serving: Serving,
    /// Services are to be discovered, whatever the file says of that toolset, and nothing of it is written without a yes.
    pub discovers: bool,
}

/// A running Tacklebox, without the door that clients come in by.
pub struct App {
    config: Config,
    source: Option<PathBuf>,
    shared: Shared,
    registry: Registry,
}

/// What outlives a reload.
#[derive(Clone)]
struct Shared {
    environment: Arc<Environment>,
    overrides: Overrides,
    redactor: Redactor,
    metrics: Metrics,
    turns: Turns,
    recent: Recent,
}

impl Overrides {
    /// Reads the configuration and lays the command line over it.
    pub fn load(&self, environment: &Environment) -> Result<Loaded, config::Problems> {
        let mut loaded = config::load(self.config.as_deref(), environment)?;
        if let Some(kubeconfig) = &self.kubeconfig {
            loaded.config.toolsets.kubernetes.kubeconfig = Some(kubeconfig.clone());
        }
        if self.discovers {
            loaded.config.toolsets.discovery.enabled = true;
            loaded.config.policy.confirm_also.push("publish_toolset:*:*/*".to_owned());
        }
        if self.read_only {
            loaded.config.policy.mode = config::Mode::ReadOnly;
        }
        Ok(loaded)
    }
}

impl App {
    /// Puts everything together. Waits for no backend; needs a runtime, because backends are asked in the background from now on.
    pub fn start(
        loaded: Loaded,
        overrides: Overrides,
        environment: Environment,
    ) -> anyhow::Result<(Self, Prometheus)> {
        let mut prometheus = Prometheus::default();
        let shared = Shared {
            environment: Arc::new(environment),
            overrides,
            redactor: Redactor::new(),
            metrics: Metrics::register(&mut prometheus),
            turns: Turns::default(),
            recent: Recent::default(),
        };
        let (toolsets, stack) = compose::compose(&loaded.config, &shared)?;
        let registry = Registry::new(toolsets, stack, Rhythm::default())?;
        prometheus.register_collector(Box::new(Figures(registry.clone())));
        Ok((Self { config: loaded.config, source: loaded.source, shared, registry }, prometheus))
    }

    /// Toolsets that are enabled and have nothing to work with, each with the reason.
    pub fn absent(&self) -> Vec<(&'static str, String)> {
        local::absence(&self.config.toolsets.local).map(|it| ("local", it)).into_iter().collect()
    }

    /// Whether a person is asked before something is changed.
    pub fn consent(&self) -> &'static str {
        Consent::of(&self.config.policy).text
    }

    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Serves one client on stdin and stdout.
    pub async fn serve_stdio(self) -> anyhow::Result<()> {
        callers::require_http(&self.config)?;
        let stop = reload::stop_signal();
        let reloading = reload::watch(&self, None);
        let mcp = self.mcp()?;
        let served = server::serve_stdio(&mcp, stop).await;
        reloading.abort();
        mcp.ended(LAST_WORDS).await;
        self.clean_up().await;
        served.context("stdio")
    }

    /// Serves any number of clients over HTTP; `announce` hears the address once it is bound.
    pub async fn serve_http(
        self,
        address: SocketAddr,
        prometheus: Prometheus,
        announce: impl FnOnce(SocketAddr),
    ) -> anyhow::Result<()> {
        let stop = reload::stop_signal();
        callers::require_tokens(&self.config)?;
        callers::warn_of_masters(&self.config);
        let tokens = self.tokens()?;
        let mcp = self.mcp()?;
        let mut http = Http::new(mcp.clone(), tokens.clone(), compose::http(&self.config.server));
        if let Some(reviewer) = compose::reviewer(&self.config, &self.shared)? {
            http = http.reviewed_by(reviewer);
        }
        let listener = http.bind(address).await?;
        let reloading = reload::watch(&self, Some(tokens));
        announce(listener.local_addr()?);
        let metrics = self.serve_metrics(prometheus, stop.clone()).await;
        let served = http.serve(listener, stop).await;
        for task in iter::once(reloading).chain(metrics) {
            task.abort();
        }
        mcp.ended(LAST_WORDS).await;
        self.clean_up().await;
        served.context("http")
    }

    /// Reads the secrets that the server would read, and fails where it would.
    pub fn check_keys(&self) -> anyhow::Result<()> {
        callers::require_tokens(&self.config)?;
        let server = &self.config.server;
        if server.http.is_some() {
            self.tokens()?;
        }
        server.state_key_file.as_deref().map_or(Ok(()), |it| compose::state_key(it).map(drop))
    }

    /// Those who may come in by HTTP.
    fn tokens(&self) -> anyhow::Result<Tokens> {
        let holders = compose::tokens(&self.config.server, &self.shared.environment)?;
        Ok(Tokens::read(holders)?)
    }

    /// A port that is taken costs the metrics, not the service.
    async fn serve_metrics(
        &self,
        prometheus: Prometheus,
        stop: CancellationToken,
    ) -> Option<tokio::task::JoinHandle<()>> {
        let address = self.config.server.metrics?;
        let listener = match tokio::net::TcpListener::bind(address).await {
            Ok(listener) => listener,
            Err(error) => {
                tracing::error!(%address, %error, "no metrics: set server.metrics to a free address or to null");
                return None;
            }
        };
        let address = listener.local_addr().unwrap_or(address);
        tracing::info!("metrics are at http://{address}/metrics");
        Some(tokio::spawn(async move {
            if let Err(error) = server::serve_metrics(listener, Arc::new(prometheus), stop).await {
                tracing::error!(%error, "metrics are no longer served");
            }
        }))
    }

    fn mcp(&self) -> anyhow::Result<Mcp> {
        let key = match &self.config.server.state_key_file {
            Some(file) => compose::state_key(file)?,
            None => compose::random_key()?,
        };
        #[cfg(feature = "conformance")]
        if compose::is_conformance_run(&self.shared) {
            return Ok(Mcp::taking_early_replies(self.registry.clone(), &key));
        }
        Ok(Mcp::new(self.registry.clone(), &key))
    }

    pub async fn clean_up(&self) {
        if tokio::time::timeout(CLEAN_UP, self.registry.shutdown()).await.is_err() {
            tracing::warn!("a toolset did not finish cleaning up in time");
        }
    }
}
