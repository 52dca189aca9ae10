use std::net::{IpAddr, Ipv4Addr};

use anyhow::Result;

use crate::{Cluster, Component, network_namespace};

/// What kind of cluster to start.
///
/// ```no_run
/// # async fn example() -> anyhow::Result<()> {
/// let cluster = tacklebox_cluster::Cluster::builder().nodes(1).watch_cache(false).start().await?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Builder {
    pub(crate) address: IpAddr,
    pub(crate) nodes: usize,
    pub(crate) metrics_server: bool,
    extra: Vec<(Component, String)>,
}

impl Builder {
    pub(crate) fn new() -> Self {
        let is_inside = network_namespace::is_inside();
        let address =
            if is_inside { network_namespace::ADDRESS } else { Ipv4Addr::LOCALHOST.into() };
        Self { address, nodes: 3, metrics_server: false, extra: Vec::new() }
    }

    /// Where the API server and the kubelets listen. The default is 127.0.0.1, or
    /// [`network_namespace::ADDRESS`](crate::network_namespace::ADDRESS) inside a namespace made by
    /// [`in_network_namespace`](crate::in_network_namespace).
    #[must_use]
    pub fn address(mut self, address: IpAddr) -> Self {
        self.address = address;
        self
    }

    /// How many nodes it has from the start, 3 by default. More can come later.
    #[must_use]
    pub fn nodes(mut self, count: usize) -> Self {
        self.nodes = count;
        self
    }

    /// Whether it starts with a metrics-server; see [`Cluster::metrics_server`].
    #[must_use]
    pub fn metrics_server(mut self, wanted: bool) -> Self {
        self.metrics_server = wanted;
        self
    }

    /// Without its watch cache, the API server answers 410 to watches and continue tokens from before a
    /// [`Cluster::compact`] at once.
    #[must_use]
    pub fn watch_cache(self, wanted: bool) -> Self {
        self.arguments(Component::ApiServer, [format!("--watch-cache={wanted}")])
    }

    /// Lists go on from etcd, so that a [`Cluster::compact`] expires continue tokens at once, while watches
    /// still come from the cache.
    #[must_use]
    pub fn compaction_friendly(self) -> Self {
        self.arguments(Component::ApiServer, ["--feature-gates=ListFromCacheSnapshot=false"])
    }

    /// Further flags of the API server.
    #[must_use]
    pub fn apiserver_args(self, flags: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.arguments(Component::ApiServer, flags)
    }

    /// Further flags of any component; of two that contradict each other, the later one counts.
    #[must_use]
    pub fn arguments(
        mut self,
        component: Component,
        flags: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.extra.extend(flags.into_iter().map(|it| (component, it.into())));
        self
    }

    /// Starts the cluster and waits until its nodes are Ready.
    pub async fn start(self) -> Result<Cluster> {
        Cluster::start_with(self).await
    }

    pub(crate) fn extra(&self, component: Component) -> impl Iterator<Item = String> {
        self.extra.iter().filter(move |it| it.0 == component).map(|it| it.1.clone())
    }
}
