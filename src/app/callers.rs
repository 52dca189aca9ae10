//! Callers as a cluster knows them: by the names and groups of their tokens.

use crate::config::{Config, Identity};

/// Whoever is in it may do everything, whatever RBAC says.
pub(super) const MASTERS: &str = "system:masters";

const OVER_STDIO: &str = "toolsets.kubernetes.identity: impersonate needs callers who show a token (server.tokens), and over stdio nobody does: serve HTTP (server.http, or --http), or set identity: server";

const WITHOUT_TOKENS: &str = "toolsets.kubernetes.identity: impersonate needs callers who show a token, and there is none: add server.tokens, each with the name and the groups that the cluster knows its holder by, or server.auth.kubernetes, or set identity: server";

pub(super) fn are_impersonated(config: &Config) -> bool {
    let kubernetes = &config.toolsets.kubernetes;
    kubernetes.enabled && kubernetes.identity == Identity::Impersonate
}

/// Over stdio every single call would be turned away.
pub(super) fn require_http(config: &Config) -> anyhow::Result<()> {
    anyhow::ensure!(!are_impersonated(config), OVER_STDIO);
    Ok(())
}

/// As it would be where nobody is asked for a token.
pub(super) fn require_tokens(config: &Config) -> anyhow::Result<()> {
    let server = &config.server;
    let are_known = !server.tokens.is_empty() || server.auth.kubernetes.enabled;
    anyhow::ensure!(are_known || !are_impersonated(config), WITHOUT_TOKENS);
    Ok(())
}

/// What the operator may not have meant.
pub(super) fn doubts(config: &Config) -> Vec<String> {
    let server = &config.server;
    if !are_impersonated(config) {
        let idle = server.tokens.iter().filter(|it| !it.groups.is_empty());
        let told = idle.map(|it| {
            format!("server.tokens: the groups of {} count with toolsets.kubernetes.identity: impersonate only", it.name)
        });
        return told.chain(any_token(config)).collect();
    }
    // Another address may stand on the command line.
    let no_door = server.http.is_none().then(|| OVER_STDIO.to_owned());
    no_door.into_iter().chain(masters(config)).chain(any_token(config)).collect()
}

/// Whoever gets such a token could use it against the cluster itself.
fn any_token(config: &Config) -> Option<String> {
    let auth = &config.server.auth.kubernetes;
    let told = "server.auth.kubernetes.audiences is empty: callers send tokens that are good for the cluster itself, and whoever reads one on its way has the caller's rights there; name an audience";
    (auth.enabled && auth.audiences.is_empty()).then(|| told.to_owned())
}

/// For the log, loudly.
pub(super) fn warn_of_masters(config: &Config) {
    masters(config).chain(any_token(config)).for_each(|it| tracing::warn!("{it}"));
}

fn masters(config: &Config) -> impl Iterator<Item = String> {
    let tokens = config.server.tokens.iter().filter(|_| are_impersonated(config));
    let masters = tokens.filter(|it| it.groups.iter().any(|it| it == MASTERS));
    masters.map(|it| {
        format!("server.tokens: {} is in {MASTERS}: whoever holds this token may do everything in the cluster, and no RBAC can take it back", it.name)
    })
}
