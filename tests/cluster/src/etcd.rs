//! What is done behind the API server's back.

use std::sync::Arc;

use anyhow::{Context, Result};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{Cluster, pod::now, runtime};

/// etcd allows 128.
const PUTS_PER_TRANSACTION: usize = 100;
const TRANSACTIONS_AT_ONCE: usize = 16;

impl Cluster {
    /// Writes objects of one resource straight into etcd: thousands a second, 50,000 pods in about fifteen
    /// seconds. Watches see them as added.
    ///
    /// Nothing defaults, validates or admits them: they must be whole, as the API server would store them,
    /// except `uid` and `creationTimestamp`. The resource is named as in [`Cluster::get`].
    pub async fn bulk(
        &self,
        resource: &str,
        objects: impl IntoIterator<Item = Value>,
    ) -> Result<()> {
        let mut objects: Vec<Value> = objects.into_iter().collect();
        let Some(last) = objects.pop() else { return Ok(()) };
        let writer =
            Writer { cluster: self.clone(), prefix: registry_prefix(resource), created: now() };
        let turns = Arc::new(Semaphore::new(TRANSACTIONS_AT_ONCE));
        let mut transactions = JoinSet::new();
        while !objects.is_empty() {
            let some = objects.split_off(objects.len().saturating_sub(PUTS_PER_TRANSACTION));
            let turn = Arc::clone(&turns).acquire_owned().await?;
            let writer = writer.clone();
            transactions.spawn(runtime::run(async move {
                let _turn = turn;
                writer.write(some).await
            }));
        }
        for written in transactions.join_all().await {
            written??;
        }
        // All puts of a transaction have one revision, and the API server believes to have seen it when it has
        // seen the first of them. One more revision makes a list that follows whole.
        writer.write(vec![last]).await
    }

    /// Running pods named `bulk-00000` and so on, spread over the first nodes, written by [`Self::bulk`]. They
    /// have labels `app` (100 different ones) and `tier` (three).
    pub async fn bulk_pods(&self, namespace: &str, count: usize) -> Result<()> {
        let nodes = self.inner().builder.nodes.max(1);
        let started = now();
        self.bulk("pods", (0..count).map(|it| pod(namespace, it, it % nodes + 1, &started))).await
    }

    /// Headless Services named `bulk-00000` and so on, without a selector, written by [`Self::bulk`].
    pub async fn bulk_services(&self, namespace: &str, count: usize) -> Result<()> {
        self.bulk("services", (0..count).map(|it| service(namespace, it))).await
    }

    /// Makes etcd forget all former states of objects. What the API server answers to those who ask for one is
    /// chosen when it starts, see [`Builder::watch_cache`](crate::Builder::watch_cache). Only what is older
    /// than the last write is forgotten.
    pub async fn compact(&self) -> Result<()> {
        let etcd = &self.inner().etcd;
        let now =
            etcd.request("POST", "/v3/kv/range", Some(&json!({"key": "AA=="}))).await?.ok()?;
        let body = json!({"revision": now["header"]["revision"], "physical": true});
        etcd.request("POST", "/v3/kv/compaction", Some(&body)).await?.ok()?;
        Ok(())
    }
}

/// Puts objects of one resource where the API server keeps them.
#[derive(Clone)]
struct Writer {
    cluster: Cluster,
    prefix: String,
    created: String,
}

impl Writer {
    async fn write(&self, objects: Vec<Value>) -> Result<()> {
        let puts = objects.into_iter().map(|it| self.put(it)).collect::<Result<Vec<Value>>>()?;
        let body = json!({"success": puts});
        let answer = self.cluster.inner().etcd.request("POST", "/v3/kv/txn", Some(&body)).await?;
        answer.ok().context("writing into etcd")?;
        Ok(())
    }

    fn put(&self, mut object: Value) -> Result<Value> {
        let metadata = &mut object["metadata"];
        let name = metadata["name"].as_str().context("an object without a name")?;
        let key = match metadata["namespace"].as_str() {
            Some(namespace) => format!("/registry/{}/{namespace}/{name}", self.prefix),
            None => format!("/registry/{}/{name}", self.prefix),
        };
        if metadata["uid"].is_null() {
            let number = self.cluster.next_number();
            metadata["uid"] = format!("00000000-0000-4000-8000-{number:012x}").into();
        }
        if metadata["creationTimestamp"].is_null() {
            metadata["creationTimestamp"] = self.created.as_str().into();
        }
        let encode = |text: String| BASE64_STANDARD.encode(text);
        Ok(json!({"requestPut": {"key": encode(key), "value": encode(object.to_string())}}))
    }
}

/// Where the API server keeps a resource. Some names are older than the API.
fn registry_prefix(resource: &str) -> String {
    match resource {
        "nodes" => "minions".to_owned(),
        "services" => "services/specs".to_owned(),
        "endpoints" => "services/endpoints".to_owned(),
        "ingresses.networking.k8s.io" => "ingress".to_owned(),
        _ => match resource.split_once('.') {
            Some((plural, group)) if group.contains('.') && !group.ends_with(".k8s.io") => {
                format!("{group}/{plural}")
            }
            Some((plural, _)) => plural.to_owned(),
            None => resource.to_owned(),
        },
    }
}

fn pod(namespace: &str, number: usize, node: usize, started: &str) -> Value {
    let ip = format!("10.244.{}.{}", number / 250 % 256, number % 250 + 1);
    let container = json!({
        "name": "main", "image": "registry.example/app:1.0", "imageID": "", "ready": true, "started": true,
        "restartCount": 0, "state": {"running": {"startedAt": started}}, "lastState": {},
    });
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": format!("bulk-{number:05}"),
            "namespace": namespace,
            "labels": {"app": format!("app-{}", number % 100), "tier": format!("tier-{}", number % 3)},
        },
        "spec": {
            "nodeName": format!("node-{node}"),
            "restartPolicy": "Always",
            "dnsPolicy": "ClusterFirst",
            "schedulerName": "default-scheduler",
            "terminationGracePeriodSeconds": 0,
            "serviceAccountName": "default",
            "automountServiceAccountToken": false,
            "enableServiceLinks": true,
            "securityContext": {},
            "containers": [{
                "name": "main",
                "image": "registry.example/app:1.0",
                "imagePullPolicy": "IfNotPresent",
                "terminationMessagePath": "/dev/termination-log",
                "terminationMessagePolicy": "File",
                "resources": {"requests": {"cpu": "1m", "memory": "1Mi"}},
            }],
        },
        "status": {
            "phase": "Running",
            "podIP": ip,
            "podIPs": [{"ip": ip}],
            "startTime": started,
            "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": started}],
            "containerStatuses": [container],
        },
    })
}

fn service(namespace: &str, number: usize) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": format!("bulk-{number:05}"), "namespace": namespace},
        "spec": {
            "type": "ClusterIP",
            "clusterIP": "None",
            "clusterIPs": ["None"],
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "internalTrafficPolicy": "Cluster",
            "sessionAffinity": "None",
            "ports": [{"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP"}],
        },
        "status": {"loadBalancer": {}},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_resources_are_kept_by_group_and_built_in_ones_are_not() {
        assert_eq!(registry_prefix("pods"), "pods");
        assert_eq!(registry_prefix("deployments.apps"), "deployments");
        assert_eq!(registry_prefix("endpointslices.discovery.k8s.io"), "endpointslices");
        assert_eq!(registry_prefix("widgets.example.com"), "example.com/widgets");
    }
}
