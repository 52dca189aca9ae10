use anyhow::Result;
use serde_json::{Value, json};

use crate::{Cluster, VERSION};

impl Cluster {
    /// Makes sure that the cluster has the nodes `node-1` to `node-<count>`, and waits until they are Ready.
    pub async fn nodes(&self, count: usize) -> Result<()> {
        let names: Vec<String> = (1..=count).map(|it| format!("node-{it}")).collect();
        for name in &names {
            let answer = self.request("POST", "/api/v1/nodes", Some(&self.node(name))).await?;
            // 409: it is there already.
            if answer.status != 409 {
                answer.ok()?;
            }
        }
        for name in &names {
            self.wait_for("nodes", None, name, is_usable).await?;
        }
        Ok(())
    }

    /// Makes a node whose kubelet has fallen silent, with a full disk: it is `NotReady` and stays so, and pods keep
    /// away from it.
    pub async fn broken_node(&self, name: &str) -> Result<()> {
        let mut node = self.node(name);
        // Without it, kwok does not manage the node.
        node["metadata"]["annotations"] = json!({});
        node["status"]["conditions"] = json!([
            {"type": "Ready", "status": "False", "reason": "KubeletNotReady", "message": "PLEG is not healthy"},
            {"type": "DiskPressure", "status": "True", "reason": "KubeletHasDiskPressure"},
        ]);
        self.request("POST", "/api/v1/nodes", Some(&node)).await?.ok()?;
        Ok(())
    }

    /// A node whose kubelet is simulated. It brings its addresses along: those are what the API server calls.
    fn node(&self, name: &str) -> Value {
        let resources = json!({"cpu": "64", "memory": "256Gi", "pods": "1000"});
        json!({
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": name,
                "annotations": {
                    "kwok.x-k8s.io/node": "fake",
                    "metrics.k8s.io/resource-metrics-path":
                        format!("/metrics/nodes/{name}/metrics/resource"),
                },
                "labels": {
                    "kubernetes.io/hostname": name,
                    "kubernetes.io/os": "linux",
                    "kubernetes.io/arch": "amd64",
                },
            },
            "status": {
                "addresses": [
                    {"type": "InternalIP", "address": self.address().to_string()},
                    {"type": "Hostname", "address": name},
                ],
                "allocatable": resources,
                "capacity": resources,
                "nodeInfo": {
                    "kernelVersion": "6.1.0",
                    "osImage": "Debian GNU/Linux 12 (bookworm)",
                    "architecture": "amd64",
                    "operatingSystem": "linux",
                    "kubeletVersion": VERSION,
                    "kubeProxyVersion": "",
                    "containerRuntimeVersion": "containerd://2.1.0",
                    "machineID": "",
                    "systemUUID": "",
                    "bootID": "",
                },
            },
        })
    }
}

/// Ready, and free of the taint that keeps pods away until a controller has noticed.
fn is_usable(node: &Value) -> bool {
    let conditions = node["status"]["conditions"].as_array();
    let is_ready =
        conditions.into_iter().flatten().any(|it| it["type"] == "Ready" && it["status"] == "True");
    is_ready && node["spec"]["taints"].as_array().is_none_or(Vec::is_empty)
}
