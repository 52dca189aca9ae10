//! The ConfigMap, as whoever watches it sees it.

use std::time::Duration;

use anyhow::{Context, Result};
use futures::{StreamExt, stream::BoxStream};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{
    Api, Client, Config,
    config::{KubeConfigOptions, Kubeconfig},
    runtime::{WatchStreamExt, watcher},
};
use tacklebox_cluster::Cluster;
use tokio::time::timeout;

use super::services;

/// Where it is published.
pub(crate) const NAMESPACE: &str = "observability";

pub(crate) struct Published {
    told: BoxStream<'static, watcher::Result<ConfigMap>>,
}

impl Published {
    pub(crate) async fn watch(cluster: &Cluster) -> Result<Self> {
        let file = Kubeconfig::read_from(cluster.kubeconfig())?;
        let config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await?;
        let api: Api<ConfigMap> = Api::namespaced(Client::try_from(config)?, NAMESPACE);
        let only = watcher::Config::default().fields("metadata.name=holmesgpt-toolset");
        let told = watcher(api, only).default_backoff().applied_objects().boxed();
        Ok(Self { told })
    }

    /// Waits until so many of the known Services are in it.
    pub(crate) async fn until(&mut self, count: usize, patience: Duration) -> Result<()> {
        let is_in = |text: &str| (0..services::KNOWN).filter(|it| has(text, *it)).count();
        let mut seen = 0;
        let waiting = self.until_text(|text| {
            seen = is_in(text);
            seen >= count
        });
        let waited = timeout(patience, waiting).await;
        waited.with_context(|| format!("{seen} of {count} were published"))?
    }

    /// Waits until the one that was added is in it.
    pub(crate) async fn until_has(&mut self, added: usize) -> Result<()> {
        self.until_text(|text| has(text, added + services::ALL)).await
    }

    async fn until_text(&mut self, mut is_it: impl FnMut(&str) -> bool) -> Result<()> {
        loop {
            let object = self.told.next().await.context("the watch ended")??;
            let text = object.data.unwrap_or_default().remove("toolset.yaml").unwrap_or_default();
            if is_it(&text) {
                return Ok(());
            }
        }
    }
}

fn has(text: &str, number: usize) -> bool {
    text.contains(&services::name(number))
}
