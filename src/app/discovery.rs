//! The part of the configuration that is about discovery, made.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context;

use super::{Serving, Shared, compose::clusters};
use crate::{
    config::{self, Config, Via},
    k8s::{self, Clients, Names},
    output::Redactor,
    toolsets::discovery::{self, DiscoveryToolset, Secret},
};

/// It looks in the server's own name, whoever asks what was found.
pub(super) fn discovery(
    config: &Config,
    shared: &Shared,
    redactor: Redactor,
) -> anyhow::Result<DiscoveryToolset> {
    let clusters = clusters(config, shared, redactor.clone());
    let in_cluster = is_own(&clusters) && config.toolsets.discovery.contexts.is_empty();
    let clients = Clients::new(k8s::Settings { impersonates: false, ..clusters })?;
    let settings = &config.toolsets.discovery;
    let settings = discovery::Settings {
        contexts: settings.contexts.clone(),
        interval: settings.interval.into(),
        namespaces: Names::new(&settings.namespaces.allow, &settings.namespaces.deny)?,
        namespaces_are_chosen: settings.namespaces.allow.iter().all(|it| it != "*"),
        probing: discovery::Probing {
            via: match settings.probe.via {
                Via::Auto if in_cluster => discovery::Via::Direct,
                Via::Direct => discovery::Via::Direct,
                Via::Auto | Via::Proxy => discovery::Via::Proxy,
            },
            timeout: settings.probe.timeout.into(),
            parallel: settings.probe.parallel,
        },
        domain: settings.domain.clone(),
        detectors: detectors(&settings.detectors)?,
        credentials: settings.credentials.iter().map(credential).collect::<Result<_, _>>()?,
        unverified: settings.insecure_skip_tls_verify.iter().map(|it| place(it)).collect(),
        publish: settings
            .publish
            .as_ref()
            .map(|it| published(it, in_cluster, config.server.http.is_some(), shared))
            .transpose()?,
        redactor,
    };
    let toolset = DiscoveryToolset::new(Arc::new(clients), settings);
    toolset.map_err(|it| anyhow::anyhow!("toolsets.discovery:\n{}", it.join("\n")))
}

/// Whether the cluster that is asked is the one that this process runs in: a kubeconfig may lead elsewhere.
fn is_own(clusters: &k8s::Settings) -> bool {
    let environment = &clusters.environment;
    let usual = environment.home.as_ref().map(|it| it.join(".kube/config"));
    environment.in_cluster
        && clusters.kubeconfig.is_none()
        && environment.kubeconfig.is_empty()
        && !usual.is_some_and(|it| it.exists())
}

/// `monitoring/grafana`
fn place(service: &str) -> (String, String) {
    let (namespace, name) = service.split_once('/').unwrap_or(("", service));
    (namespace.to_owned(), name.to_owned())
}

fn credential(credential: &config::Credential) -> anyhow::Result<discovery::Credential> {
    let config::Credential { service, api_key, username, password, authorization, tenant } =
        credential;
    let (namespace, service) = place(service);
    let secret = match (api_key, username, password, authorization) {
        (Some(key), None, None, None) => Secret::ApiKey(key.clone()),
        (None, Some(username), Some(password), None) => {
            Secret::Password { username: username.clone(), password: password.clone() }
        }
        (None, None, None, Some(header)) => Secret::Authorization(header.clone()),
        (None, None, None, None) if tenant.is_some() => Secret::None,
        _ => anyhow::bail!(
            "toolsets.discovery.credentials: {service} needs one of api_key, username with password, authorization; or only a tenant"
        ),
    };
    Ok(discovery::Credential { namespace, service, secret, tenant: tenant.clone() })
}

fn published(
    publish: &config::Publish,
    in_cluster: bool,
    by_http: bool,
    shared: &Shared,
) -> anyhow::Result<discovery::Publish> {
    let reload = |it: &config::Reload| {
        let place = "toolsets.discovery.publish.reload";
        let token = it.token.as_ref().map(|it| {
            let secret = shared.environment.secret(it);
            secret.with_context(|| format!("{place}.token: {} is not set", it.name()))
        });
        let url = it.url.parse().with_context(|| format!("{place}.url"))?;
        anyhow::Ok(discovery::Reload { url, token: token.transpose()? })
    };
    let serving = shared.overrides.serving;
    Ok(discovery::Publish {
        namespace: publish.namespace.clone(),
        config_map: publish.config_map.clone(),
        overrides: publish.overrides.clone().filter(|it| *it != publish.config_map),
        is_kept: match publish.when {
            _ if serving == Serving::Not => false,
            // Whoever is started by an assistant, over stdio, is no part of the cluster's furniture.
            config::When::InCluster => in_cluster && (by_http || serving == Serving::OverHttp),
            config::When::Always => true,
            config::When::OnRequest => false,
        },
        for_kubernaut: publish.layout == config::Layout::Kubernaut,
        lease: publish.lease.clone(),
        host: shared.environment.get("HOSTNAME").unwrap_or("tacklebox").to_owned(),
        reload: publish.reload.as_ref().map(reload).transpose()?,
    })
}

fn detectors(files: &[PathBuf]) -> anyhow::Result<Vec<(String, String)>> {
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path);
        let place = || format!("toolsets.discovery.detectors: {} cannot be read", path.display());
        Ok((path.display().to_string(), text.with_context(place)?))
    };
    files.iter().map(read).collect()
}
