//! How a cluster comes up, and how parts of it go down and come back.

use std::{collections::BTreeMap, sync::Mutex, time::Duration};

use anyhow::{Result, anyhow, bail};
use tokio::sync::OnceCell;

use crate::{
    Builder, Cluster, Component, Connection,
    binaries::{self, Binaries},
    cluster::Inner,
    flags::{Addresses, OURSELVES},
    installation,
    ports::Ports,
    process::Process,
    runtime::{self, Deadline},
    watchdog::Watchdog,
};

/// Three seconds on an idle machine; a loaded one may need ten times that.
const PATIENCE: Duration = Duration::from_mins(2);

impl Cluster {
    pub(crate) async fn start_with(builder: Builder) -> Result<Self> {
        let binaries = runtime::blocking(binaries::build).await??;
        let cluster = Self::prepare(builder, binaries).await?;
        cluster.run(Component::Etcd)?;
        cluster.run(Component::ApiServer)?;
        cluster.until_ready().await?;
        cluster.run(Component::ControllerManager)?;
        cluster.run(Component::Scheduler)?;
        // kwok looks once whether the kinds that it is told to read are there.
        cluster.define_kinds_of_kwok().await?;
        cluster.run(Component::Kwok)?;
        cluster.nodes(cluster.inner().builder.nodes).await?;
        cluster.until_accounts_exist("default").await?;
        if cluster.inner().builder.metrics_server {
            cluster.metrics_server().await?;
        }
        Ok(cluster)
    }

    /// Writes all files that the components read, and starts none of them yet.
    async fn prepare(builder: Builder, binaries: Binaries) -> Result<Self> {
        let folder = installation::scratch_folder()?;
        let watchdog = Watchdog::start(&folder)?;
        let mut ports = Ports::default();
        let addresses = Addresses {
            address: builder.address,
            api: ports.take()?,
            etcd: ports.take()?,
            etcd_peer: ports.take()?,
            kubelet: ports.take()?,
            metrics: ports.take()?,
        };
        let authority = installation::write(&folder, &addresses, &binaries)?;
        let kubeconfig = |user: &str| installation::kubeconfig(&folder, user);
        Ok(Self::new(Inner {
            admin: kubeconfig("admin"),
            connection: Connection::open(&kubeconfig(OURSELVES)).await?,
            server_url: addresses.api_url(),
            folder,
            binaries,
            builder,
            authority,
            metrics: OnceCell::new(),
            etcd: Connection::anonymous(&addresses.etcd_url()).await?,
            addresses,
            processes: Mutex::new(BTreeMap::new()),
            ports: Mutex::new(ports),
            numbers: 0.into(),
            watchdog,
        }))
    }

    /// Starts a component for the first time.
    pub(crate) fn run(&self, component: Component) -> Result<()> {
        let Inner { builder, addresses, binaries, folder, watchdog, .. } = self.inner();
        let mut flags = addresses.flags(component);
        flags.extend(builder.extra(component));
        let process = Process::start(
            binaries.component(component),
            flags,
            folder,
            component.name(),
            watchdog.group(),
        )?;
        self.processes().insert(component, process);
        Ok(())
    }

    /// Kills a component as `kill -9` does, and returns when it is gone and its port is free.
    pub async fn kill(&self, component: Component) -> Result<()> {
        let cluster = self.clone();
        runtime::blocking(move || cluster.with_process(component, Process::kill)).await?
    }

    /// Kills a component if it runs, starts it again on the same data and the same port, and waits until the
    /// API server answers as before.
    pub async fn restart(&self, component: Component) -> Result<()> {
        self.kill(component).await?;
        if component == Component::Kwok {
            self.release_nodes().await?;
        }
        self.with_process(component, Process::run)?;
        self.until_ready().await
    }

    /// The last lines that a component wrote.
    pub fn last_lines(&self, component: Component) -> Result<String> {
        self.with_process(component, |it| Ok(it.last_lines()))
    }

    /// kwok does not take over nodes whose lease another one holds, not even a former self.
    async fn release_nodes(&self) -> Result<()> {
        let leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
        self.request("DELETE", leases, None).await?.ok()?;
        Ok(())
    }

    /// Waits until the API server calls itself ready, and gives up at once when a component has died.
    async fn until_ready(&self) -> Result<()> {
        let deadline = Deadline::after(PATIENCE);
        loop {
            let answer = self.request("GET", "/readyz", None).await;
            if answer.as_ref().is_ok_and(|it| it.status == 200) {
                return Ok(());
            }
            self.check_alive()?;
            if deadline.has_passed() {
                let log = self.last_lines(Component::ApiServer)?;
                bail!(
                    "the API server is not ready, it answers {answer:?}; its log ends with:\n{log}"
                );
            }
            runtime::pause(Duration::from_millis(50)).await;
        }
    }

    /// An error with the end of its log if a component has ended without being killed by [`Self::kill`].
    pub(crate) fn check_alive(&self) -> Result<()> {
        for (component, process) in self.processes().iter_mut() {
            if process.has_died() {
                let log = process.last_lines();
                bail!("{} has ended; its log ends with:\n{log}", component.name());
            }
        }
        Ok(())
    }

    fn with_process<T>(
        &self,
        component: Component,
        act: impl FnOnce(&mut Process) -> Result<T>,
    ) -> Result<T> {
        let mut processes = self.processes();
        let process = processes.get_mut(&component);
        act(process.ok_or_else(|| anyhow!("{} was never started", component.name()))?)
    }
}
