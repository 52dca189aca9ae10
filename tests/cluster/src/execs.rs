use std::{fs, path::PathBuf, time::Duration};

use anyhow::{Result, bail};
use serde_json::json;

use crate::{
    Namespace,
    runtime::{self, Deadline},
};

const PATIENCE: Duration = Duration::from_secs(30);

impl Namespace {
    /// Gives a pod an empty folder of its own, in which commands that are executed in its containers run, and returns
    /// it. They are programs of this machine: paths in a test are relative, or below that folder.
    ///
    /// ```no_run
    /// # async fn example(shop: tacklebox_cluster::Namespace) -> anyhow::Result<()> {
    /// shop.pod("web").ready().await?;
    /// let folder = shop.execs("web").await?;
    /// std::fs::write(folder.join("motd"), "hello")?;
    /// assert_eq!(shop.kubectl(&["exec", "web", "--", "cat", "motd"]).await?, "hello");
    /// # Ok(()) }
    /// ```
    pub async fn execs(&self, pod: &str) -> Result<PathBuf> {
        let folder = self.cluster().folder().join("execs").join(self.name()).join(pod);
        fs::create_dir_all(&folder)?;
        // What `pwd` will say.
        let folder = folder.canonicalize()?;
        let object = json!({
            "apiVersion": "kwok.x-k8s.io/v1alpha1",
            "kind": "Exec",
            "metadata": {"name": pod, "namespace": self.name()},
            "spec": {"execs": [{"local": {"workDir": folder}}]},
        });
        self.cluster().apply_object(&object).await?;
        self.until_executed_in(pod, &folder.to_string_lossy()).await?;
        Ok(folder)
    }

    /// The kubelet learns of it a moment later.
    async fn until_executed_in(&self, pod: &str, folder: &str) -> Result<()> {
        let deadline = Deadline::after(PATIENCE);
        loop {
            let seen = self.kubectl(&["exec", pod, "--", "pwd"]).await?;
            if seen.trim_end() == folder {
                return Ok(());
            }
            if deadline.has_passed() {
                bail!("commands in pod {pod} run in {}, not in {folder}", seen.trim_end());
            }
            runtime::pause(Duration::from_millis(20)).await;
        }
    }
}
