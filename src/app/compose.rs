//! What the configuration asks for, made: toolsets, the stack of policies, and the settings of the server.

use std::{
    cmp::Reverse, fs::OpenOptions, io, os::unix::fs::OpenOptionsExt, path::Path, sync::Arc,
    time::Duration,
};

use anyhow::Context;
use globset::Glob;
use sha2::{Digest, Sha256};

use super::{
    Shared, callers,
    consent::Consent,
    discovery::discovery,
    local::{is_wanted, local},
    reviewer::ByCluster,
};
use crate::{
    config::{self, AuditSink, Config, Confirm as Asking, Environment, Mode, Server, Token},
    k8s,
    output::{Redactor, Style},
    policy::{
        Audit, Confirm, Deadline, DryRun, Intents, Limits, MostAffected, Names, Pace, Policy,
        Protected, ReadOnly, Stack, Trace,
    },
    server::{Holder, HttpSettings, Rate, Reviewer, TokenSource},
    toolsets::{
        Toolset,
        kubernetes::{self, Kubernetes},
    },
};

pub(super) fn compose(
    config: &Config,
    shared: &Shared,
) -> anyhow::Result<(Vec<Arc<dyn Toolset>>, Stack)> {
    Consent::of(&config.policy).log();
    let redactor = revealing(config, shared);
    let style =
        Style { budget: config.policy.output_tokens, redactor: redactor.clone(), fence: None };
    Ok((toolsets(config, shared, redactor)?, Stack::new(policies(config, shared)?, style)))
}

/// What clients are told may show what the operator says; what is recorded never does.
fn revealing(config: &Config, shared: &Shared) -> Redactor {
    for key in &config.policy.reveal_secrets {
        tracing::warn!(
            key,
            "policy.reveal_secrets: everybody who may call reads this key of a Secret"
        );
    }
    shared.redactor.revealing(&config.policy.reveal_secrets)
}

/// Adding a toolset is a folder beside the others, a section in the configuration and a line here.
fn toolsets(
    config: &Config,
    shared: &Shared,
    redactor: Redactor,
) -> anyhow::Result<Vec<Arc<dyn Toolset>>> {
    let mut toolsets: Vec<Arc<dyn Toolset>> = Vec::new();
    if is_wanted(&config.toolsets.local) {
        toolsets.push(Arc::new(local(config, shared, redactor.clone())?));
    }
    if config.toolsets.kubernetes.enabled {
        let kubernetes = Kubernetes::new(clusters(config, shared, redactor.clone()))?;
        toolsets.push(Arc::new(kubernetes.with_obi(obi(config))));
    }
    if config.toolsets.discovery.enabled {
        toolsets.push(Arc::new(discovery(config, shared, redactor)?));
    }
    #[cfg(feature = "conformance")]
    if is_conformance_run(shared) {
        toolsets.push(Arc::new(crate::toolsets::conformance::Conformance::new()));
    }
    Ok(toolsets)
}

#[cfg(feature = "conformance")]
pub(super) fn is_conformance_run(shared: &Shared) -> bool {
    shared.environment.get("TACKLEBOX_CONFORMANCE").is_some()
}

/// What the operator wants an OBI in a cluster to be.
fn obi(config: &Config) -> kubernetes::Defaults {
    let settings = &config.toolsets.kubernetes;
    kubernetes::Defaults {
        namespace: settings.default_namespace.clone(),
        image: settings.default_image.clone(),
        configuration: config.obi.clone(),
    }
}

/// What every toolset that works with clusters is told of them.
pub(super) fn clusters(config: &Config, shared: &Shared, redactor: Redactor) -> k8s::Settings {
    let (kubernetes, policy) = (&config.toolsets.kubernetes, &config.policy);
    k8s::Settings {
        kubeconfig: kubernetes.kubeconfig.clone(),
        contexts: kubernetes.contexts.clone(),
        impersonates: callers::are_impersonated(config),
        limits: k8s::Limits {
            deny_resources: policy.deny_resources.clone(),
            allow_namespaces: policy.namespaces.allow.clone(),
            deny_namespaces: policy.namespaces.deny.clone(),
            writes: match policy.mode {
                Mode::ReadOnly => k8s::Writes::None,
                Mode::DryRun => k8s::Writes::DryRun,
                Mode::Guarded | Mode::Unguarded => k8s::Writes::All,
            },
        },
        redactor,
        environment: cluster_environment(&shared.environment),
    }
}

/// Whom the door asks of tokens that it does not know.
pub(super) fn reviewer(
    config: &Config,
    shared: &Shared,
) -> anyhow::Result<Option<Arc<dyn Reviewer>>> {
    let auth = &config.server.auth.kubernetes;
    if !auth.enabled {
        return Ok(None);
    }
    let settings = clusters(config, shared, shared.redactor.clone());
    // The server asks for itself, whomever its tools ask for, and may ask nothing else.
    let limits = k8s::Limits { writes: k8s::Writes::None, ..k8s::Limits::default() };
    let settings = k8s::Settings { impersonates: false, limits, ..settings };
    let config::Reviewed { group, resource, namespace, name } = auth.resource.clone();
    let right = k8s::Right { group, resource, namespace, name };
    let tokens = k8s::TokenReviews::new(settings, auth.audiences.clone(), right)?;
    Ok(Some(Arc::new(ByCluster::new(tokens))))
}

/// Some programs write these names in capitals and some do not.
fn cluster_environment(environment: &Environment) -> k8s::Environment {
    let either = |capitals: &str, small: &str| {
        environment.get(capitals).or_else(|| environment.get(small)).map(str::to_owned)
    };
    k8s::Environment {
        kubeconfig: environment.kubeconfig(),
        home: Some(environment.home()),
        in_cluster: environment.get("KUBERNETES_SERVICE_HOST").is_some()
            && environment.get("KUBERNETES_SERVICE_PORT").is_some(),
        https_proxy: either("HTTPS_PROXY", "https_proxy"),
        no_proxy: either("NO_PROXY", "no_proxy"),
    }
}

/// The way of a call, read top down. Behind the last of them the call runs, and its answer is redacted, fenced and cut.
fn policies(config: &Config, shared: &Shared) -> anyhow::Result<Vec<Box<dyn Policy>>> {
    let policy = &config.policy;
    let mut policies: Vec<Box<dyn Policy>> =
        vec![Box::new(Trace::new(shared.redactor.clone())), Box::new(shared.metrics.clone())];
    // Before the record: a call that waits for its turn must not hold a place in the queue that others need.
    policies.push(Box::new(Limits::new(policy.concurrent_calls, shared.turns.clone())));
    let mut intents: Option<Intents> = None;
    if let Some(sink) = &policy.audit.file {
        let audit = Audit::new(audit_writer(sink)?, shared.redactor.clone());
        intents = Some(audit.intents());
        policies.push(Box::new(audit));
    }
    policies.push(Box::new(deadline(config)?));
    // A tenant's limits belong here: after what every caller has in common, before what they may call.
    if policy.mode == Mode::ReadOnly {
        policies.push(Box::new(ReadOnly));
    }
    policies.push(Box::new(Names::new(&policy.tools.allow, &policy.tools.deny)?));
    policies.extend(approvals(policy, shared)?);
    // What is about to be done is written down, and then it is done.
    policies.extend(intents.map(|it| Box::new(it) as Box<dyn Policy>));
    Ok(policies)
}

/// What is asked of a change when it is known what it would do. Only what is allowed is worth asking a person about.
fn approvals(
    policy: &config::Policy,
    shared: &Shared,
) -> Result<Vec<Box<dyn Policy>>, globset::Error> {
    let mut approvals: Vec<Box<dyn Policy>> = Vec::new();
    if policy.mode == Mode::DryRun {
        approvals.push(Box::new(DryRun));
    }
    approvals.push(Box::new(MostAffected(policy.max_affected)));
    approvals.push(Box::new(Protected::new(&policy.deletable)?));
    approvals.push(Box::new(Pace::new(policy.changes_per_minute, shared.recent.clone())));
    if policy.mode != Mode::Unguarded {
        let required = policy.confirm != Asking::WhenPossible;
        let confirm = Confirm::new(&policy.confirm_also, required)?;
        let asks = policy.confirm != Asking::Never;
        approvals.push(Box::new(if asks { confirm } else { confirm.only_marked() }));
    }
    Ok(approvals)
}

/// Of several globs that match a tool the longest holds: it is the one that was meant.
fn deadline(config: &Config) -> anyhow::Result<Deadline> {
    let mut timeouts: Vec<_> = config.policy.timeouts.iter().collect();
    timeouts.sort_by_key(|(names, _)| Reverse(names.len()));
    let special = timeouts
        .into_iter()
        .map(|(names, limit)| Ok((Glob::new(names)?.compile_matcher(), (*limit).into())));
    Ok(Deadline::new(config.policy.call_timeout.into(), special.collect::<anyhow::Result<_>>()?))
}

fn audit_writer(sink: &AuditSink) -> anyhow::Result<Box<dyn io::Write + Send>> {
    match sink {
        AuditSink::Stderr => Ok(Box::new(io::stderr())),
        AuditSink::File(path) => append_to(path)
            .with_context(|| format!("policy.audit.file: {} cannot be written", path.display())),
    }
}

/// A new file is its owner's alone.
fn append_to(path: &Path) -> io::Result<Box<dyn io::Write + Send>> {
    Ok(Box::new(OpenOptions::new().create(true).append(true).mode(0o600).open(path)?))
}

pub(super) fn http(server: &Server) -> HttpSettings {
    HttpSettings {
        allowed_hosts: server.allowed_hosts.clone(),
        allowed_origins: server.allowed_origins.clone(),
        allow_unauthenticated: server.allow_unauthenticated,
        max_body: usize::try_from(server.max_body.bytes()).unwrap_or(usize::MAX),
        max_sessions: server.max_sessions,
        session_idle: server.session_idle.into(),
        shutdown_grace: server.shutdown_grace.into(),
        rate: Rate {
            every: Duration::from_secs(1) / server.rest.requests_per_second.max(1),
            burst: server.rest.burst,
        },
    }
}

/// A token that cannot be found is a mistake to tell: left out, it could leave a list that asks nobody.
pub(super) fn tokens(server: &Server, environment: &Environment) -> anyhow::Result<Vec<Holder>> {
    let holder = |token: &Token| {
        let (name, groups) = (token.name.clone(), token.groups.clone());
        Ok(Holder { source: source(token, environment)?, name, groups })
    };
    server.tokens.iter().map(holder).collect()
}

fn source(token: &Token, environment: &Environment) -> anyhow::Result<TokenSource> {
    match (&token.file, &token.value) {
        (Some(path), _) => Ok(TokenSource::File(path.clone())),
        (None, Some(variable)) => {
            let value = environment.secret(variable).with_context(|| {
                format!("the token of {}: {} is not set", token.name, variable.name())
            })?;
            Ok(TokenSource::Value(value))
        }
        (None, None) => anyhow::bail!("{} has no token", token.name),
    }
}

/// A short key could be guessed, and whoever guesses it answers in other people's names.
const SHORTEST_KEY: usize = 32;

/// Of any length and form, so that it can be written by whatever writes secrets.
pub(super) fn state_key(file: &Path) -> anyhow::Result<[u8; 32]> {
    let place = || format!("server.state_key_file: {}", file.display());
    let key = std::fs::read(file).with_context(place)?;
    let key = key.trim_ascii();
    anyhow::ensure!(
        key.len() >= SHORTEST_KEY,
        "{}: the key has {} bytes, and needs {SHORTEST_KEY} or more",
        place(),
        key.len()
    );
    Ok(Sha256::digest(key).into())
}

pub(super) fn random_key() -> anyhow::Result<[u8; 32]> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).context("the system gives no random numbers")?;
    Ok(key)
}
