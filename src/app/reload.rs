//! Signals and changed files. A good configuration takes effect at once; a bad one is refused loudly and the old one stays.

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use super::{App, Shared, callers, compose};
use crate::{
    config::{self, Config},
    registry::Registry,
    server::{self, BadToken, Replacement, Tokens},
    telemetry,
};

/// Cancelled when the process is asked to end.
pub(super) fn stop_signal() -> CancellationToken {
    let stop = CancellationToken::new();
    let token = stop.clone();
    // Before anybody is told that the server is there: whoever was told may stop it at once.
    let mut terminate = listen(SignalKind::terminate());
    let mut interrupt = listen(SignalKind::interrupt());
    tokio::spawn(async move {
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

/// Reloads on SIGHUP and when the configuration or a token file changes, until aborted.
pub(super) fn watch(app: &App, tokens: Option<Tokens>) -> JoinHandle<()> {
    // Watched from here on, and not from whenever the task is run first: nothing that changes meanwhile may be missed.
    let reload = Reload {
        shared: app.shared.clone(),
        registry: app.registry.clone(),
        hang_up: listen(SignalKind::hangup()),
        config: app.config.clone(),
        source: config::watch::files(app.source.clone()),
        token_files: config::watch::files(tokens.as_ref().map(Tokens::files).unwrap_or_default()),
        tokens,
    };
    tokio::spawn(reload.follow())
}

type Changed = tokio::sync::watch::Receiver<()>;

struct Reload {
    shared: Shared,
    registry: Registry,
    /// What is in effect; of `server`, what was in effect at the start.
    config: Config,
    hang_up: Option<Signal>,
    source: Changed,
    tokens: Option<Tokens>,
    token_files: Changed,
}

/// How much is made anew.
#[derive(Clone, Copy)]
enum Scope {
    /// What the file says otherwise than before.
    Changes,
    /// All of it: who sends SIGHUP may have moved the audit log, or renewed what a toolset has read.
    Everything,
}

impl Reload {
    async fn follow(mut self) {
        loop {
            tokio::select! {
                () = received(&mut self.hang_up) => self.read_again(Scope::Everything),
                Ok(()) = self.source.changed() => self.read_again(Scope::Changes),
                Ok(()) = self.token_files.changed() => self.read_tokens_again(),
            }
        }
    }

    fn read_again(&mut self, scope: Scope) {
        match self.try_read_again(scope) {
            Ok(()) => tracing::info!("the configuration was read again and is in effect"),
            Err(error) => {
                tracing::error!(
                    "the new configuration is refused, the old one stays in effect:\n{error:#}"
                );
            }
        }
    }

    /// All that can fail comes first, so that a new configuration takes effect whole or not at all.
    fn try_read_again(&mut self, scope: Scope) -> anyhow::Result<()> {
        let loaded = self.shared.overrides.load(&self.shared.environment)?;
        let new = loaded.config;
        match &self.tokens {
            None => callers::require_http(&new)?,
            Some(tokens) if tokens.is_open() => callers::require_tokens(&new)?,
            // A list that is empty now is one that lets nobody in.
            Some(_) => {}
        }
        let tokens = self.other_tokens(&new.server)?;
        let old = &self.config;
        let same = (&old.toolsets, &old.policy, &old.obi) == (&new.toolsets, &new.policy, &new.obi);
        let made = match scope {
            Scope::Changes if same => None,
            _ => Some(compose::compose(&new, &self.shared)?),
        };
        if let Some((toolsets, stack)) = made {
            self.registry.replace(toolsets, stack)?;
        }
        if let Some((tokens, files)) = tokens {
            callers::warn_of_masters(&new);
            tokens.problems().iter().for_each(tell_bad_token);
            tokens.take_effect();
            self.token_files = files;
        }
        self.log_as(&new.log);
        self.tell_what_waits(&new);
        if let Some(unbuilt) = loaded.unbuilt {
            tracing::warn!("{unbuilt}");
        }
        self.config = Config { server: self.config.server.clone(), ..new };
        Ok(())
    }

    /// The tokens that would be in place, and a watch over their files; none over stdio, where nobody is asked for one.
    fn other_tokens(&self, new: &config::Server) -> anyhow::Result<Option<(Replacement, Changed)>> {
        let Some(tokens) = &self.tokens else { return Ok(None) };
        let holders = compose::tokens(new, &self.shared.environment)?;
        // Watched before they are read, as above.
        let files = config::watch::files(server::token_files(&holders));
        Ok(Some((tokens.replacement(holders)?, files)))
    }

    /// What the command line says about the log stays.
    fn log_as(&self, new: &config::Log) {
        if self.shared.overrides.log.is_none()
            && new.level != self.config.log.level
            && let Err(error) = telemetry::log_by(new.level.as_str())
        {
            tracing::warn!(%error, "log.level could not be changed");
        }
        if new.format != self.config.log.format {
            tracing::warn!("log.format has changed: that takes effect at the next start");
        }
    }

    /// Tokens are in effect at once, the rest of `server` at the next start.
    fn tell_what_waits(&self, new: &Config) {
        let before = &self.config.server;
        if (config::Server { tokens: before.tokens.clone(), ..new.server.clone() }) != *before {
            tracing::warn!("server.* has changed: that takes effect at the next start");
        }
        let empty = self.tokens.as_ref().is_some_and(|it| !it.is_open() && it.is_empty());
        if empty {
            tracing::warn!("server.tokens is empty now: nobody can come in before the next start");
        }
    }

    fn read_tokens_again(&self) {
        match self.tokens.as_ref().map_or(Ok(()), Tokens::reload) {
            Ok(()) => tracing::info!("the bearer tokens were read again"),
            Err(error) => tell_bad_token(&error),
        }
    }
}

fn tell_bad_token(error: &BadToken) {
    tracing::error!(%error, "a bearer token is not as it should be");
}
