use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::json;

use crate::{
    Cluster, Component,
    runtime::{self, Deadline},
};

const PATIENCE: Duration = Duration::from_secs(90);

impl Cluster {
    /// Starts a metrics-server unless one runs, and waits until its API is served. The first
    /// measures come after about 12 seconds, for pods and for nodes that have any: wait for
    /// `pods.metrics.k8s.io` objects.
    ///
    /// A pod uses 1m of CPU and 1Mi of memory unless its annotations `kwok.x-k8s.io/usage-cpu` and
    /// `kwok.x-k8s.io/usage-memory` say otherwise. New values show within 20 seconds.
    pub async fn metrics_server(&self) -> Result<()> {
        let started = self.inner().metrics.get_or_try_init(|| self.start_metrics_server());
        started.await.copied()
    }

    async fn start_metrics_server(&self) -> Result<()> {
        self.run(Component::MetricsServer)?;
        let port = self.inner().addresses.metrics;
        // An external name is the one way to an API that is not in a pod.
        self.apply_object(&json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "metrics-server", "namespace": "kube-system"},
            "spec": {
                "type": "ExternalName",
                "externalName": "localhost",
                "ports": [{"port": port, "protocol": "TCP"}],
            },
        }))
        .await?;
        self.apply_object(&json!({
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": "v1beta1.metrics.k8s.io"},
            "spec": {
                "group": "metrics.k8s.io",
                "version": "v1beta1",
                "groupPriorityMinimum": 100,
                "versionPriority": 100,
                "insecureSkipTLSVerify": true,
                "service": {"name": "metrics-server", "namespace": "kube-system", "port": port},
            },
        }))
        .await?;
        self.until_metrics_are_served().await
    }

    async fn until_metrics_are_served(&self) -> Result<()> {
        let deadline = Deadline::after(PATIENCE);
        loop {
            let answer = self.request("GET", "/apis/metrics.k8s.io/v1beta1/nodes", None).await?;
            if answer.status == 200 {
                return Ok(());
            }
            if deadline.has_passed() {
                let log = self.last_lines(Component::MetricsServer)?;
                bail!(
                    "metrics-server is not ready, it answers {answer:?}; its log ends with:\n{log}"
                );
            }
            runtime::pause(Duration::from_millis(100)).await;
        }
    }
}
