//! Signals and changed files. A good configuration takes effect at once; a bad one is refused loudly and the old one stays.

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use super::{App, Shared, compose};
use crate::{config, registry::Registry, server::Tokens};

/// Cancelled when the process is asked to end.
pub(super) fn stop_signal() -> CancellationToken {
    let stop = CancellationToken::new();
    let token = stop.clone();
    tokio::spawn(async move {
        let mut terminate = listen(SignalKind::terminate());
        let mut interrupt = listen(SignalKind::interrupt());
        tokio::select! {
            () = received(&mut terminate) => {}
            () = received(&mut interrupt) => {}
        }
        tracing::info!("asked to stop");
        token.cancel();
    });
    stop
}

fn listen(kind: SignalKind) -> Option<Signal> {
    signal(kind).inspect_err(|error| tracing::warn!(%error, "a signal cannot be listened to")).ok()
}

async fn received(signal: &mut Option<Signal>) {
    let received = match signal {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if received.is_none() {
        std::future::pending::<()>().await;
    }
}

/// Reloads on SIGHUP and when the configuration file changes, until aborted.
pub(super) fn watch(app: &App) -> JoinHandle<()> {
    let (shared, registry, source) = (app.shared.clone(), app.registry.clone(), app.source.clone());
    let server = app.config.server.clone();
    tokio::spawn(async move {
        let mut hang_up = listen(SignalKind::hangup());
        let mut changed = config::watch::files(source);
        loop {
            tokio::select! {
                () = received(&mut hang_up) => {}
                Ok(()) = changed.changed() => {}
            }
            reload(&shared, &registry, &server).await;
        }
    })
}

async fn reload(shared: &Shared, registry: &Registry, server: &config::Server) {
    match try_reload(shared, registry, server).await {
        Ok(()) => tracing::info!("the configuration was read again and is in effect"),
        Err(error) => {
            tracing::error!(
                "the new configuration is refused, the old one stays in effect:\n{error:#}"
            );
        }
    }
}

async fn try_reload(
    shared: &Shared,
    registry: &Registry,
    server: &config::Server,
) -> anyhow::Result<()> {
    let loaded = shared.overrides.load(&shared.environment)?;
    let (toolsets, stack) = compose::compose(&loaded.config, shared)?;
    registry.replace(toolsets, stack).await?;
    if loaded.config.server != *server {
        tracing::warn!("server.* has changed: that takes effect at the next start");
    }
    Ok(())
}

/// Reads token files again when they change, until aborted.
pub(super) fn watch_tokens(tokens: Tokens) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut changed = config::watch::files(tokens.files().cloned());
        while changed.changed().await.is_ok() {
            match tokens.reload() {
                Ok(()) => tracing::info!("the bearer tokens were read again"),
                Err(error) => tracing::error!(%error, "the bearer tokens stay as they were"),
            }
        }
    })
}
