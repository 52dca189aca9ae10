use std::{
    collections::BTreeSet,
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Result, anyhow, bail};
use serde_json::{Value, json};

use crate::{
    Namespace,
    runtime::{self, Deadline},
};

const PATIENCE: Duration = Duration::from_secs(30);

impl Namespace {
    /// Gives a container of a pod these lines as its log, and others as the log of its previous run; both
    /// replace what was there. Lines are one second apart, the last is new.
    ///
    /// ```no_run
    /// # async fn example(shop: tacklebox_cluster::Namespace) -> anyhow::Result<()> {
    /// shop.pod("web").crash_looping().await?;
    /// shop.logs("web", "main", &["starting"], &["starting", "panic: no database"]).await?;
    /// # Ok(()) }
    /// ```
    pub async fn logs(
        &self,
        pod: &str,
        container: &str,
        lines: &[&str],
        previous: &[&str],
    ) -> Result<()> {
        let folder = self.log_folder(pod);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("{container}.log")), stamped(lines))?;
        fs::write(folder.join(format!("{container}.previous")), stamped(previous))?;
        self.publish_logs(pod).await
    }

    /// Adds lines to a log that [`Self::logs`] began; who follows it sees them.
    pub fn append_logs(&self, pod: &str, container: &str, lines: &[&str]) -> Result<()> {
        let path = self.log_folder(pod).join(format!("{container}.log"));
        let mut file = OpenOptions::new().append(true).open(&path);
        let file = file.as_mut().map_err(|it| anyhow!("{}: {it}", path.display()))?;
        Ok(file.write_all(stamped(lines).as_bytes())?)
    }

    fn log_folder(&self, pod: &str) -> PathBuf {
        self.cluster().folder().join("logs").join(self.name()).join(pod)
    }

    /// Tells kwok about all containers of a pod that have a log.
    async fn publish_logs(&self, pod: &str) -> Result<()> {
        let folder = self.log_folder(pod);
        let containers = containers(&folder)?;
        let log = |container: &String| {
            json!({
                "containers": [container],
                "logsFile": folder.join(format!("{container}.log")),
                "previousLogsFile": folder.join(format!("{container}.previous")),
                "follow": true,
            })
        };
        let object = json!({
            "apiVersion": "kwok.x-k8s.io/v1alpha1",
            "kind": "Logs",
            "metadata": {"name": pod, "namespace": self.name()},
            "spec": {"logs": containers.iter().map(log).collect::<Vec<Value>>()},
        });
        self.cluster().apply_object(&object).await?;
        for container in &containers {
            self.until_logged(pod, container).await?;
        }
        Ok(())
    }

    /// The kubelet learns of it a moment later. A pod that is not there yet will find it.
    async fn until_logged(&self, pod: &str, container: &str) -> Result<()> {
        let pods = format!("/api/v1/namespaces/{}/pods", self.name());
        let path = format!("{pods}/{pod}/log?container={container}&limitBytes=1");
        let deadline = Deadline::after(PATIENCE);
        loop {
            let answer = self.cluster().request("GET", &path, None).await?;
            if matches!(answer.status, 200 | 404) {
                return Ok(());
            }
            if deadline.has_passed() {
                bail!("{path} answers {answer:?}");
            }
            runtime::pause(Duration::from_millis(20)).await;
        }
    }
}

fn containers(folder: &Path) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        names.extend(path.file_stem().map(|it| it.to_string_lossy().into_owned()));
    }
    Ok(names)
}

/// In the format in which a container runtime writes logs.
fn stamped(lines: &[&str]) -> String {
    let now = jiff::Timestamp::now();
    let count = i64::try_from(lines.len()).unwrap_or(i64::MAX);
    let stamps = (1..=count).map(|it| now - jiff::SignedDuration::from_secs(count - it));
    let lines = stamps.zip(lines).map(|(stamp, line)| format!("{stamp:.9} stdout F {line}\n"));
    lines.collect::<Vec<String>>().concat()
}
