use anyhow::Result;
use serde_json::{Value, json};

use crate::{Cluster, pod::Pod};

/// A namespace of a cluster, made for one test. It stays until the cluster ends.
#[derive(Debug, Clone)]
pub struct Namespace {
    cluster: Cluster,
    name: String,
}

impl Cluster {
    /// Pods need an account, which a controller makes.
    pub(crate) async fn until_accounts_exist(&self, namespace: &str) -> Result<()> {
        self.wait_for("serviceaccounts", namespace, "default", |_| true).await?;
        Ok(())
    }
}

impl Namespace {
    pub(crate) async fn create(cluster: &Cluster, name: &str) -> Result<Self> {
        let body = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        cluster.request("POST", "/api/v1/namespaces", Some(&body)).await?.ok()?;
        cluster.until_accounts_exist(name).await?;
        Ok(Self { cluster: cluster.clone(), name: name.to_owned() })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// A pod in the making.
    ///
    /// ```no_run
    /// # async fn example(shop: tacklebox_cluster::Namespace) -> anyhow::Result<()> {
    /// shop.pod("web").ready().await?;
    /// shop.pod("worker").label("app", "worker").crash_looping().await?;
    /// # Ok(()) }
    /// ```
    pub fn pod(&self, name: &str) -> Pod {
        Pod::new(self.clone(), name)
    }

    /// Applies YAML as [`Cluster::apply`] does; objects without a namespace come into this one.
    pub async fn apply(&self, yaml: &str) -> Result<Vec<Value>> {
        self.cluster.apply_into(Some(self.name()), yaml).await
    }

    /// One object of this namespace; see [`Cluster::get`].
    pub async fn get(&self, resource: &str, name: &str) -> Result<Value> {
        self.cluster.get(resource, self.name(), name).await
    }

    /// Waits for an object of this namespace; see [`Cluster::wait_for`].
    pub async fn wait_for(
        &self,
        resource: &str,
        name: &str,
        is_so: impl FnMut(&Value) -> bool,
    ) -> Result<Value> {
        self.cluster.wait_for(resource, self.name(), name, is_so).await
    }

    /// Runs `kubectl` as the administrator with this namespace as the default.
    pub async fn kubectl(&self, arguments: &[&str]) -> Result<String> {
        self.cluster.kubectl(&[&["--namespace", self.name()], arguments].concat()).await
    }
}
