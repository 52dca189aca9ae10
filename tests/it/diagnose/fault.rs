//! A fault: what is planted, how one knows that it has taken hold, and what a diagnosis must say first.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use tacklebox_cluster::{Cluster, Namespace};

pub struct Fault {
    pub name: &'static str,
    /// One after the other once the one before has settled.
    pub steps: Vec<(Step, Until)>,
    /// What kubelets say of each pod: reason and message. Nobody plays that for us.
    pub events: Vec<(&'static str, &'static str)>,
    /// The log of container `app` of each pod, of its last run and the one before.
    pub log: Vec<&'static str>,
    /// What is asked about: a resource, or the whole namespace. `{pod}` is the first pod.
    pub ask: Option<&'static str>,
    /// A part of the line that must come first.
    pub root: &'static str,
    /// Deleted when all else is done: resource and name.
    pub delete: Option<(&'static str, &'static str)>,
}

pub enum Step {
    Yaml(String),
    /// What no controller of ours plays: resource, name, and its status.
    Status(&'static str, &'static str, Value),
}

/// When a step has taken hold.
pub enum Until {
    Now,
    /// That many pods have the status that they were told.
    Pods(usize),
    /// An event with this reason.
    Event(&'static str),
    /// A privileged pod is refused.
    Denied,
    /// A resource has, at a JSON pointer, what contains this.
    Is(&'static str, &'static str, &'static str, &'static str),
}

pub struct Planted {
    namespace: Namespace,
    pod: Option<String>,
}

const PATIENCE: Duration = Duration::from_secs(30);

/// A node that is not ready.
pub const BROKEN: &str = "node-broken";
/// One with a taint and the label `pool=gpu`, one that is cordoned and has the label `pool=old`, and one that is
/// being drained.
const TAINTED: &str = "node-4";
const CORDONED: &str = "node-5";
pub const DRAINED: &str = "node-6";

/// What faults have in common: classes, kinds that do not come with Kubernetes, and nodes of a special kind.
pub async fn prepare(cluster: &Cluster) -> Result<()> {
    cluster.apply(COMMON).await?;
    cluster.nodes(6).await?;
    for change in [
        &["taint", "node", TAINTED, "gpu=yes:NoSchedule"][..],
        &["label", "node", TAINTED, "pool=gpu"],
        &["label", "node", CORDONED, "pool=old"],
        &["cordon", CORDONED, DRAINED],
    ] {
        cluster.kubectl(change).await?;
    }
    cluster.broken_node(BROKEN).await
}

const COMMON: &str = "
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: slow}
provisioner: example.com/disk
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: late}
provisioner: example.com/disk
volumeBindingMode: WaitForFirstConsumer
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gateways.gateway.networking.k8s.io, annotations: {api-approved.kubernetes.io: unapproved}}
spec:
  group: gateway.networking.k8s.io
  scope: Namespaced
  names: {kind: Gateway, plural: gateways}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: httproutes.gateway.networking.k8s.io, annotations: {api-approved.kubernetes.io: unapproved}}
spec:
  group: gateway.networking.k8s.io
  scope: Namespaced
  names: {kind: HTTPRoute, plural: httproutes}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
---
# To the autoscaler, a kind of this group is a metric.
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: backlog.external.metrics.k8s.io, annotations: {api-approved.kubernetes.io: unapproved}}
spec:
  group: external.metrics.k8s.io
  scope: Namespaced
  names: {kind: ExternalMetricValue, listKind: ExternalMetricValueList, plural: backlog, singular: backlog}
  versions: [{name: v1beta1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
";

impl Fault {
    pub fn new(name: &'static str, root: &'static str) -> Self {
        Self {
            name,
            steps: Vec::new(),
            events: Vec::new(),
            log: Vec::new(),
            ask: None,
            root,
            delete: None,
        }
    }

    pub fn plant_yaml(mut self, yaml: impl Into<String>, until: Until) -> Self {
        self.steps.push((Step::Yaml(yaml.into()), until));
        self
    }

    pub fn status(
        mut self,
        resource: &'static str,
        name: &'static str,
        status: Value,
        until: Until,
    ) -> Self {
        self.steps.push((Step::Status(resource, name, status), until));
        self
    }

    pub fn event(mut self, reason: &'static str, message: &'static str) -> Self {
        self.events.push((reason, message));
        self
    }

    pub fn log(self, log: &[&'static str]) -> Self {
        Self { log: log.to_vec(), ..self }
    }

    pub fn ask(self, resource: &'static str) -> Self {
        Self { ask: Some(resource), ..self }
    }

    pub fn delete(self, resource: &'static str, name: &'static str) -> Self {
        Self { delete: Some((resource, name)), ..self }
    }

    pub async fn plant(&self, cluster: &Cluster) -> Result<Planted> {
        let namespace = cluster.namespace("fault").await?;
        for (step, until) in &self.steps {
            step.take(&namespace).await?;
            until.wait(&namespace).await?;
        }
        let pods = namespace.cluster().wait_for_all("pods", namespace.name(), |_| true).await?;
        let names: Vec<&str> =
            pods.iter().filter_map(|it| it["metadata"]["name"].as_str()).collect();
        for pod in &names {
            for (reason, message) in &self.events {
                cluster.apply_object(&event(namespace.name(), pod, reason, message)).await?;
            }
            if !self.log.is_empty() {
                namespace.logs(pod, "app", &self.log, &self.log).await?;
            }
        }
        if let Some((resource, name)) = self.delete {
            let name = name.replace("{namespace}", namespace.name());
            let wait = ["delete", resource, &name, "--wait=false"];
            namespace.kubectl(&wait).await?;
            if resource == "namespace" {
                let remaining = "NamespaceFinalizersRemaining";
                let is_held = |it: &Value| {
                    let conditions = it["status"]["conditions"].as_array();
                    conditions
                        .into_iter()
                        .flatten()
                        .any(|it| it["type"] == remaining && it["status"] == "True")
                };
                cluster.wait_for("namespaces", None, &name, is_held).await?;
            }
        }
        let pod = names.first().map(|it| (*it).to_owned());
        Ok(Planted { namespace, pod })
    }
}

impl Planted {
    pub fn resource(&self, fault: &Fault) -> Option<String> {
        let pod = self.pod.as_deref().unwrap_or_default();
        Some(fault.ask?.replace("{pod}", pod))
    }

    pub fn namespace(&self, fault: &Fault) -> Option<&str> {
        let is_node = fault.ask.is_some_and(|it| it.starts_with("node/"));
        (!is_node).then(|| self.namespace.name())
    }
}

impl Step {
    async fn take(&self, namespace: &Namespace) -> Result<()> {
        match self {
            Self::Yaml(yaml) => {
                namespace.apply(&yaml.replace("{namespace}", namespace.name())).await?;
            }
            Self::Status(resource, name, status) => {
                namespace.cluster().patch_status(resource, namespace.name(), name, status).await?;
            }
        }
        Ok(())
    }
}

impl Until {
    async fn wait(&self, namespace: &Namespace) -> Result<()> {
        let cluster = namespace.cluster();
        match *self {
            Self::Now => {}
            Self::Pods(count) => {
                let told = |it: &Value| !it["status"]["podIP"].is_null();
                let all = |pods: &[Value]| pods.iter().filter(|it| told(it)).count() >= count;
                cluster.wait_for_all("pods", namespace.name(), all).await?;
            }
            Self::Event(reason) => {
                let is_there = |events: &[Value]| events.iter().any(|it| it["reason"] == reason);
                cluster.wait_for_all("events", namespace.name(), is_there).await?;
            }
            Self::Denied => {
                let path = format!("/api/v1/namespaces/{}/pods?dryRun=All", namespace.name());
                let deadline = Instant::now() + PATIENCE;
                while cluster.request("POST", &path, Some(&privileged())).await?.status == 201 {
                    ensure!(Instant::now() < deadline, "nobody refuses a privileged pod");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
            Self::Is(resource, name, pointer, wanted) => {
                let is_so = |it: &Value| {
                    it.pointer(pointer).is_some_and(|it| it.to_string().contains(wanted))
                };
                namespace.wait_for(resource, name, is_so).await?;
            }
        }
        Ok(())
    }
}

fn privileged() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "probe"},
        "spec": {"containers": [{
            "name": "app", "image": "app", "securityContext": {"privileged": true},
        }]},
    })
}

/// A Warning as the kubelet writes it.
fn event(namespace: &str, pod: &str, reason: &str, message: &str) -> Value {
    let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": format!("{pod}.{}", reason.to_lowercase()), "namespace": namespace},
        "involvedObject": {
            "apiVersion": "v1", "kind": "Pod", "name": pod, "namespace": namespace,
            "fieldPath": "spec.containers{app}",
        },
        "reason": reason,
        "message": message,
        "type": "Warning",
        "count": 7,
        "firstTimestamp": now,
        "lastTimestamp": now,
        "source": {"component": "kubelet"},
    })
}
