//! Pods in whatever state a test needs.

mod state;

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::{Value, json};

pub(crate) use self::state::now;
pub use self::state::{STATUS_ANNOTATION, State};
use crate::Namespace;

/// A pod in the making: settings first, then the state that it shall be in, which creates it and waits until
/// it is.
#[derive(Debug, Clone)]
#[must_use = "a pod is created by the state that it shall be in"]
pub struct Pod {
    namespace: Namespace,
    name: String,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    containers: Vec<(String, String)>,
    spec: Value,
}

impl Pod {
    pub(crate) fn new(namespace: Namespace, name: &str) -> Self {
        Self {
            namespace,
            name: name.to_owned(),
            labels: BTreeMap::from([("app".to_owned(), name.to_owned())]),
            annotations: BTreeMap::new(),
            containers: Vec::new(),
            spec: json!({"terminationGracePeriodSeconds": 0}),
        }
    }

    /// A label; `app` is the pod's name unless it is set.
    pub fn label(mut self, key: &str, value: &str) -> Self {
        self.labels.insert(key.to_owned(), value.to_owned());
        self
    }

    /// An annotation.
    pub fn annotation(mut self, key: &str, value: &str) -> Self {
        self.annotations.insert(key.to_owned(), value.to_owned());
        self
    }

    /// One more container. A pod without any gets one named `main`.
    pub fn container(mut self, name: &str, image: &str) -> Self {
        self.containers.push((name.to_owned(), image.to_owned()));
        self
    }

    /// The image of its only container, `main`.
    pub fn image(self, image: &str) -> Self {
        self.container("main", image)
    }

    /// The node on which it runs, past the scheduler.
    pub fn node(self, name: &str) -> Self {
        self.spec("nodeName", name.into())
    }

    /// Any other key of its `spec`.
    pub fn spec(mut self, key: &str, value: Value) -> Self {
        self.spec[key] = value;
        self
    }

    /// [`State::Ready`].
    pub async fn ready(self) -> Result<Value> {
        self.state(State::Ready).await
    }

    /// [`State::NotReady`].
    pub async fn not_ready(self) -> Result<Value> {
        self.state(State::NotReady).await
    }

    /// [`State::CrashLooping`].
    pub async fn crash_looping(self) -> Result<Value> {
        self.state(State::CrashLooping).await
    }

    /// [`State::OomKilled`].
    pub async fn oom_killed(self) -> Result<Value> {
        self.state(State::OomKilled).await
    }

    /// [`State::Completed`].
    pub async fn completed(self) -> Result<Value> {
        self.state(State::Completed).await
    }

    /// [`State::Failed`].
    pub async fn failed(self, exit_code: i32) -> Result<Value> {
        self.state(State::Failed(exit_code)).await
    }

    /// [`State::Waiting`] in `ImagePullBackOff` for this image.
    pub async fn pending_image(self, image: &str) -> Result<Value> {
        self.image(image).state(State::Waiting("ImagePullBackOff".to_owned())).await
    }

    /// Creates a pod that no node has room for, and waits until the scheduler has said so.
    pub async fn unschedulable(self) -> Result<Value> {
        let pod = self.spec("nodeSelector", json!({"kubernetes.io/hostname": "no-such-node"}));
        pod.create(None, |it| condition_of(it, "PodScheduled") == Some("False")).await
    }

    /// Creates the pod and waits until it is in this state.
    pub async fn state(self, state: State) -> Result<Value> {
        let phase = state.phase();
        self.create(Some(&state), |it| {
            it["status"]["phase"] == phase && !it["status"]["podIP"].is_null()
        })
        .await
    }

    /// Its manifest, as it is created in `state`, or without one as kwok plays it.
    pub fn manifest(&self, state: Option<&State>) -> Value {
        let mut annotations = self.annotations.clone();
        let containers = self.containers();
        if let Some(state) = state {
            let pairs = containers.iter().map(|(name, image)| (name.as_str(), image.as_str()));
            annotations.insert(STATUS_ANNOTATION.to_owned(), state.annotation(pairs));
        }
        let mut spec = self.spec.clone();
        spec["containers"] =
            containers.iter().map(|(name, image)| json!({"name": name, "image": image})).collect();
        json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": self.name,
                "namespace": self.namespace.name(),
                "labels": self.labels,
                "annotations": annotations,
            },
            "spec": spec,
        })
    }

    async fn create(
        self,
        state: Option<&State>,
        is_so: impl FnMut(&Value) -> bool,
    ) -> Result<Value> {
        let path = format!("/api/v1/namespaces/{}/pods", self.namespace.name());
        let manifest = self.manifest(state);
        self.namespace.cluster().request("POST", &path, Some(&manifest)).await?.ok()?;
        self.namespace.wait_for("pods", &self.name, is_so).await
    }

    fn containers(&self) -> Vec<(String, String)> {
        if self.containers.is_empty() {
            return vec![("main".to_owned(), "registry.example/app:1.0".to_owned())];
        }
        self.containers.clone()
    }
}

fn condition_of<'a>(pod: &'a Value, kind: &str) -> Option<&'a str> {
    let conditions = pod["status"]["conditions"].as_array()?;
    conditions.iter().find(|it| it["type"] == kind)?["status"].as_str()
}
