//! A cluster in a network namespace in which products run: their pods are simulated, what answers at the pods' addresses is real.

use std::net::IpAddr;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tacklebox_cluster::{Cluster, Namespace};

use super::{
    answers::{Recorded, recorded},
    backend,
};

/// Made inside [`tacklebox_cluster::in_network_namespace`] only.
pub struct Town {
    pub cluster: Cluster,
    pub namespace: Namespace,
}

/// A Service with one pod behind it. Begin with [`House::of`].
#[derive(Debug, Clone)]
pub struct House {
    pub name: String,
    pub pages: Vec<Recorded>,
    /// The Service's port, and that of the pod.
    pub ports: (u16, u16),
    pub headless: bool,
    pub tls: bool,
    /// Whether anybody listens at the pod's port.
    pub listens: bool,
    /// Besides `app`, which selects the pod.
    pub labels: Value,
}

impl House {
    /// A Service of that name at port 80 that answers as the product does.
    pub fn of(name: &str, product: &str) -> Self {
        Self::with(name, recorded(product))
    }

    pub fn with(name: &str, pages: Vec<Recorded>) -> Self {
        Self {
            name: name.to_owned(),
            pages,
            ports: (80, 8080),
            headless: false,
            tls: false,
            listens: true,
            labels: json!({}),
        }
    }
}

impl Town {
    pub async fn build() -> Result<Self> {
        let cluster = Cluster::builder().nodes(1).start().await?;
        let namespace = cluster.namespace("monitoring").await?;
        Ok(Self { cluster, namespace })
    }

    /// Builds it and waits until the control plane knows that its pod is ready. Gives back the Service.
    pub async fn add(&self, house: &House) -> Result<Value> {
        let pod = self.namespace.pod(&house.name).ready().await?;
        let service = self.namespace.apply(&self.service(house).to_string()).await?;
        let service = service.into_iter().next().context("the Service")?;
        // Nothing plays kube-proxy here: who listens at the pod's address listens at the Service's too.
        let mut addresses = vec![(address(&pod["status"]["podIP"])?, house.ports.1)];
        if !house.headless {
            addresses.push((address(&service["spec"]["clusterIP"])?, house.ports.0));
        }
        if house.listens {
            backend::serve(&addresses, house.pages.clone(), house.tls)?;
        }
        let is_there = |it: &Value| it["subsets"][0]["addresses"][0]["ip"].is_string();
        self.namespace.wait_for("endpoints", &house.name, is_there).await?;
        Ok(service)
    }

    /// Its Service, as it is applied.
    pub fn service(&self, house: &House) -> Value {
        let (port, target) = house.ports;
        let mut spec = json!({
            "selector": {"app": house.name},
            "ports": [{"name": "http", "port": port, "targetPort": target}],
        });
        if house.headless {
            spec["clusterIP"] = "None".into();
        }
        json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {
                "name": house.name,
                "namespace": self.namespace.name(),
                "labels": house.labels,
            },
            "spec": spec,
        })
    }

    /// The `EndpointSlice`s of a Service, as a list.
    pub async fn slices(&self, service: &str) -> Result<Value> {
        let path = format!(
            "/apis/discovery.k8s.io/v1/namespaces/{}/endpointslices?labelSelector=kubernetes.io/service-name={service}",
            self.namespace.name()
        );
        self.cluster.request("GET", &path, None).await?.ok()
    }
}

fn address(text: &Value) -> Result<IpAddr> {
    Ok(text.as_str().context("an address")?.parse()?)
}
