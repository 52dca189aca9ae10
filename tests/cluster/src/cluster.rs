use std::{
    collections::BTreeMap,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use anyhow::Result;
use tokio::sync::OnceCell;

use crate::{
    Builder, Component, Connection, Namespace, binaries::Binaries, flags::Addresses,
    pki::Authority, ports::Ports, process::Process, watchdog::Watchdog,
};

/// A running control plane with simulated nodes. Clones are the same cluster, which ends with the last of
/// them; and with the process, however that ends.
#[derive(Debug, Clone)]
pub struct Cluster {
    inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) folder: PathBuf,
    pub(crate) admin: PathBuf,
    pub(crate) binaries: Binaries,
    pub(crate) builder: Builder,
    pub(crate) addresses: Addresses,
    pub(crate) server_url: String,
    pub(crate) authority: Authority,
    pub(crate) connection: Connection,
    pub(crate) etcd: Connection,
    pub(crate) processes: Mutex<BTreeMap<Component, Process>>,
    pub(crate) ports: Mutex<Ports>,
    pub(crate) numbers: AtomicUsize,
    /// Set when a metrics-server serves.
    pub(crate) metrics: OnceCell<()>,
    pub(crate) watchdog: Watchdog,
}

impl Drop for Inner {
    fn drop(&mut self) {
        let mut processes = self.processes.lock().unwrap_or_else(PoisonError::into_inner);
        for process in processes.values_mut() {
            // The watchdog, which goes last, kills it in any case.
            let _ = process.kill();
        }
    }
}

impl Cluster {
    /// Starts a cluster of its own for the caller, with three nodes: about five seconds, and 600 MiB.
    pub async fn start() -> Result<Self> {
        Self::builder().start().await
    }

    /// For a cluster that differs from the usual one.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// The cluster that all tests of this process share; the first to ask starts it. Tests keep out of each
    /// other's way by [`Self::namespace`].
    pub async fn shared() -> Self {
        static SHARED: OnceCell<Cluster> = OnceCell::const_new();
        #[expect(clippy::panic, reason = "a test without its cluster has failed")]
        SHARED
            .get_or_init(|| async {
                Self::start().await.unwrap_or_else(|error| panic!("the shared cluster: {error:#}"))
            })
            .await
            .clone()
    }

    pub(crate) fn new(inner: Inner) -> Self {
        Self { inner: Arc::new(inner) }
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// A kubeconfig of `admin`, who may do everything.
    pub fn kubeconfig(&self) -> &Path {
        &self.inner.admin
    }

    /// `https://ADDRESS:PORT`.
    pub fn server_url(&self) -> &str {
        &self.inner.server_url
    }

    /// The certificate, in PEM, of the authority that signed the API server's.
    pub fn ca(&self) -> &str {
        self.inner.authority.certificate()
    }

    /// Where the API server and the kubelets listen.
    pub fn address(&self) -> IpAddr {
        self.inner.addresses.address
    }

    /// The cluster's scratch folder, which is removed with it.
    pub fn folder(&self) -> &Path {
        &self.inner.folder
    }

    /// The folder of the programs that it runs.
    pub fn binaries(&self) -> &Binaries {
        &self.inner.binaries
    }

    /// The connection of this crate itself, which may do everything and is not audited.
    pub fn connection(&self) -> &Connection {
        &self.inner.connection
    }

    /// Makes a namespace named `PREFIX-N`, which no other test has, and waits until pods can run in it.
    pub async fn namespace(&self, prefix: &str) -> Result<Namespace> {
        Namespace::create(self, &self.unique(prefix)).await
    }

    /// Makes a name that nothing else in this cluster has.
    pub(crate) fn unique(&self, prefix: &str) -> String {
        format!("{prefix}-{}", self.next_number())
    }

    pub(crate) fn next_number(&self) -> usize {
        self.inner.numbers.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn processes(&self) -> MutexGuard<'_, BTreeMap<Component, Process>> {
        self.inner.processes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn port(&self) -> Result<u16> {
        self.inner.ports.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
