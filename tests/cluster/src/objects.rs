use std::{path::Path, process::Command, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::{
    Cluster,
    connection::Answer,
    resource::Resource,
    runtime::{self, Deadline},
};

/// Whole rollouts take seconds on an idle machine, and a loaded one is several times slower.
const PATIENCE: Duration = Duration::from_mins(2);

/// The field manager of what [`Cluster::apply`] writes.
pub const FIELD_MANAGER: &str = "tacklebox-cluster";

/// Reading and writing objects, as a person with all rights. None of it appears in the audit log.
impl Cluster {
    /// Sends one request; see [`Connection::request`](crate::Connection::request).
    pub async fn request(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer> {
        self.connection().request(method, path, body).await
    }

    /// Applies every document of `yaml`, of whatever kind, by server-side apply that wins all conflicts, and
    /// gives back the objects as they are stored. A kind whose definition stands in an earlier document is
    /// waited for.
    ///
    /// ```no_run
    /// # async fn example(cluster: tacklebox_cluster::Cluster) -> anyhow::Result<()> {
    /// cluster.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: colours}, data: {sky: blue}}").await?;
    /// # Ok(()) }
    /// ```
    pub async fn apply(&self, yaml: &str) -> Result<Vec<Value>> {
        self.apply_into(None, yaml).await
    }

    /// Applies one object; see [`Self::apply`].
    pub async fn apply_object(&self, object: &Value) -> Result<Value> {
        self.store(None, object).await
    }

    /// Applies YAML, where `namespace` is that of objects that should have one and name none.
    pub(crate) async fn apply_into(
        &self,
        namespace: Option<&str>,
        yaml: &str,
    ) -> Result<Vec<Value>> {
        let documents: Vec<Value> = serde_saphyr::from_multiple(yaml)?;
        let mut stored = Vec::new();
        for object in documents.iter().filter(|it| !it.is_null()) {
            stored.push(self.store(namespace, object).await?);
        }
        Ok(stored)
    }

    async fn store(&self, namespace: Option<&str>, object: &Value) -> Result<Value> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (version, kind) = (text(&object["apiVersion"]), text(&object["kind"]));
        let name = text(&object["metadata"]["name"]);
        let namespace = object["metadata"]["namespace"].as_str().or(namespace);
        let resource = Resource::of_kind(self.connection(), &version, &kind).await?;
        let path = resource.object(namespace, &name);
        let query = format!("{path}?fieldManager={FIELD_MANAGER}&force=true");
        let apply = "application/apply-patch+yaml";
        let answer = self.connection().send("PATCH", &query, apply, Some(object)).await?;
        answer.ok().with_context(|| format!("applying {kind} {name}"))
    }

    /// One object. The resource is a plural name, with its group unless that is the core: `pods`, `deployments.apps`.
    pub async fn get(
        &self,
        resource: &str,
        namespace: impl Into<Option<&str>>,
        name: &str,
    ) -> Result<Value> {
        let path = self.path(resource, namespace.into(), name).await?;
        self.request("GET", &path, None).await?.ok()
    }

    /// Writes into the status of an object, by merge patch. What kwok plays it leaves alone from then on:
    /// a running pod keeps the status that a test gives it.
    pub async fn patch_status(
        &self,
        resource: &str,
        namespace: impl Into<Option<&str>>,
        name: &str,
        status: &Value,
    ) -> Result<Value> {
        let path = self.path(resource, namespace.into(), name).await? + "/status";
        self.request("PATCH", &path, Some(&serde_json::json!({"status": status}))).await?.ok()
    }

    /// Deletes an object at once, without a grace period, and waits until it is gone.
    pub async fn delete(
        &self,
        resource: &str,
        namespace: impl Into<Option<&str>>,
        name: &str,
    ) -> Result<()> {
        let path = self.path(resource, namespace.into(), name).await?;
        self.request("DELETE", &format!("{path}?gracePeriodSeconds=0"), None).await?.ok()?;
        let deadline = Deadline::after(PATIENCE);
        while self.request("GET", &path, None).await?.status != 404 {
            ensure!(!deadline.has_passed(), "{path} is still there");
            runtime::pause(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Waits until an object is there and `is_so` says yes to it, and gives it back. After two minutes, the
    /// error shows what it looked like last; the death of a component ends it at once.
    ///
    /// ```no_run
    /// # async fn example(cluster: tacklebox_cluster::Cluster) -> anyhow::Result<()> {
    /// cluster.wait_for("deployments.apps", "shop", "web", |it| it["status"]["readyReplicas"] == 3).await?;
    /// # Ok(()) }
    /// ```
    pub async fn wait_for(
        &self,
        resource: &str,
        namespace: impl Into<Option<&str>>,
        name: &str,
        is_so: impl FnMut(&Value) -> bool,
    ) -> Result<Value> {
        let path = self.path(resource, namespace.into(), name).await?;
        self.wait_at(&path, is_so).await
    }

    /// Waits as [`Self::wait_for`] does until `is_so` says yes to all objects of a resource in a namespace, and
    /// gives them back.
    ///
    /// ```no_run
    /// # async fn example(cluster: tacklebox_cluster::Cluster) -> anyhow::Result<()> {
    /// cluster.wait_for_all("pods", "shop", |pods| pods.len() == 3).await?;
    /// # Ok(()) }
    /// ```
    pub async fn wait_for_all(
        &self,
        resource: &str,
        namespace: impl Into<Option<&str>>,
        mut is_so: impl FnMut(&[Value]) -> bool,
    ) -> Result<Vec<Value>> {
        let resource = Resource::named(self.connection(), resource).await?;
        let path = resource.collection(namespace.into());
        let items = |list: &Value| list["items"].as_array().cloned().unwrap_or_default();
        let list = self.wait_at(&path, |it| is_so(&items(it))).await?;
        Ok(items(&list))
    }

    async fn wait_at(&self, path: &str, mut is_so: impl FnMut(&Value) -> bool) -> Result<Value> {
        let deadline = Deadline::after(PATIENCE);
        loop {
            let answer = self.request("GET", path, None).await?;
            let object = answer.json();
            if answer.status == 200 && is_so(&object) {
                return Ok(object);
            }
            self.check_alive()?;
            if deadline.has_passed() {
                bail!("{path} did not become what was waited for; it is {object:#}");
            }
            runtime::pause(Duration::from_millis(50)).await;
        }
    }

    /// Runs the `kubectl` of the cluster's version as its administrator, and gives back what it printed.
    pub async fn kubectl(&self, arguments: &[&str]) -> Result<String> {
        self.kubectl_as(self.kubeconfig(), arguments).await
    }

    /// Runs `kubectl` with a kubeconfig. A failure is an error with what it said.
    pub async fn kubectl_as(&self, kubeconfig: &Path, arguments: &[&str]) -> Result<String> {
        let mut kubectl = Command::new(self.binaries().kubectl());
        kubectl.arg("--kubeconfig").arg(kubeconfig).args(arguments).env("HOME", self.folder());
        let output = runtime::blocking(move || kubectl.output()).await??;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "kubectl {}: {}", arguments.join(" "), said.trim());
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    async fn path(&self, resource: &str, namespace: Option<&str>, name: &str) -> Result<String> {
        Ok(Resource::named(self.connection(), resource).await?.object(namespace, name))
    }
}
