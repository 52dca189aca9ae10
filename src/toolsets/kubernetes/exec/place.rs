//! The container in which something is to run.

use std::collections::BTreeMap;

use serde::{Deserialize, de::IgnoredAny};

use crate::{
    nearest::nearest,
    tool::{Affected, Effect, ToolError},
    toolsets::kubernetes::{cluster::Cluster, few::few, listing::Listing, missing::found},
};

/// Whoever made the pod says in it which container is meant when none is named.
const DEFAULT: &str = "kubectl.kubernetes.io/default-container";

/// The most containers that are named at once.
const MOST_NAMED: usize = 12;

/// A container that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::toolsets::kubernetes) struct Place {
    pub(in crate::toolsets::kubernetes) namespace: String,
    pub(in crate::toolsets::kubernetes) pod: String,
    /// Another pod of the same name is another place.
    pub(in crate::toolsets::kubernetes) uid: String,
    pub(in crate::toolsets::kubernetes) container: String,
    pub(in crate::toolsets::kubernetes) image: String,
}

impl Place {
    /// The container of a pod; without a name the one that kubectl would take, unless that would be a guess.
    pub(in crate::toolsets::kubernetes) async fn find(
        cluster: &Cluster,
        namespace: &str,
        pod: &str,
        container: Option<&str>,
    ) -> Result<Self, ToolError> {
        let pods = cluster.resource("pods").await?;
        let listing = Listing {
            namespace: Some(namespace),
            name: Some(pod),
            ..Listing::of_all(cluster, &pods)
        };
        found::<Pod>(&listing).await?.place(container)
    }

    /// Whether it is still the same that was seen, and runs.
    pub(in crate::toolsets::kubernetes) async fn check(
        &self,
        cluster: &Cluster,
    ) -> Result<(), ToolError> {
        let Self { namespace, pod, container, .. } = self;
        if Self::find(cluster, namespace, pod, Some(container)).await? == *self {
            return Ok(());
        }
        Err(ToolError::Conflict(format!(
            "pod {pod} in namespace {namespace} is another one by now, and nothing was run: call again"
        )))
    }

    pub(in crate::toolsets::kubernetes) fn affected(&self, effect: Effect) -> Affected {
        let Self { namespace, pod, uid, container, image } = self;
        Affected {
            effect,
            kind: "Pod".to_owned(),
            group: String::new(),
            namespace: Some(namespace.clone()),
            name: pod.clone(),
            state: format!("uid {uid} container {container} image {image}"),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Pod {
    metadata: Metadata,
    spec: Spec,
    status: PodStatus,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metadata {
    name: String,
    namespace: String,
    uid: String,
    annotations: BTreeMap<String, String>,
    deletion_timestamp: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    containers: Vec<Container>,
    init_containers: Vec<Container>,
    ephemeral_containers: Vec<Container>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Container {
    name: String,
    image: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PodStatus {
    phase: String,
    reason: String,
    conditions: Vec<Condition>,
    container_statuses: Vec<ContainerStatus>,
    init_container_statuses: Vec<ContainerStatus>,
    ephemeral_container_statuses: Vec<ContainerStatus>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Condition {
    r#type: String,
    status: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ContainerStatus {
    name: String,
    state: State,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct State {
    waiting: Option<Reason>,
    running: Option<IgnoredAny>,
    terminated: Option<Reason>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Reason {
    reason: String,
    exit_code: Option<i32>,
}

impl Pod {
    /// Whether it would get requests, if a Service had it.
    pub(super) fn is_ready(&self) -> bool {
        let is_so = |it: &Condition| it.r#type == "Ready" && it.status == "True";
        self.metadata.deletion_timestamp.is_none() && self.status.conditions.iter().any(is_so)
    }

    pub(super) fn place(self, container: Option<&str>) -> Result<Place, ToolError> {
        let chosen = match container {
            Some(name) => self.named(name)?,
            None => self.usual()?,
        };
        self.check_runs(&chosen.name)?;
        let Metadata { name, namespace, uid, .. } = &self.metadata;
        Ok(Place {
            namespace: namespace.clone(),
            pod: name.clone(),
            uid: uid.clone(),
            container: chosen.name.clone(),
            image: chosen.image.clone(),
        })
    }

    fn named(&self, name: &str) -> Result<&Container, ToolError> {
        self.all().find(|it| it.name == name).ok_or_else(|| {
            let near = nearest(name, self.all().map(|it| it.name.as_str()));
            let near = near.map(|it| format!("did you mean {it}? ")).unwrap_or_default();
            ToolError::NotFound(format!(
                "no container {name:?} in pod {}: {near}it has {}",
                self.metadata.name,
                self.names()
            ))
        })
    }

    fn usual(&self) -> Result<&Container, ToolError> {
        let wanted = self.metadata.annotations.get(DEFAULT);
        let default = self.spec.containers.iter().find(|it| Some(&it.name) == wanted);
        match (default, self.spec.containers.as_slice()) {
            (Some(container), _) | (None, [container]) => Ok(container),
            _ => Err(ToolError::invalid(format!(
                "`container`: pod {} has several, name one: {}",
                self.metadata.name,
                self.names()
            ))),
        }
    }

    fn all(&self) -> impl Iterator<Item = &Container> {
        let Spec { containers, init_containers, ephemeral_containers } = &self.spec;
        containers.iter().chain(init_containers).chain(ephemeral_containers)
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.all().map(|it| it.name.as_str()).collect();
        few(&names, MOST_NAMED)
    }

    /// What does not run is not asked.
    fn check_runs(&self, container: &str) -> Result<(), ToolError> {
        let PodStatus { phase, reason, .. } = &self.status;
        let pod = &self.metadata.name;
        let state = self.state(container);
        let why = match state {
            Some(State { waiting: Some(it), .. }) => format!("is waiting: {}", it.told()),
            Some(State { terminated: Some(it), .. }) => format!("has ended: {}", it.told()),
            Some(State { running: Some(_), .. }) => return Ok(()),
            _ if phase == "Pending" => "has not started: the pod is Pending".to_owned(),
            _ if matches!(phase.as_str(), "Succeeded" | "Failed") => {
                let reason = if reason.is_empty() { phase } else { reason };
                format!("does not run: the pod is {reason}")
            }
            _ => return Ok(()),
        };
        Err(ToolError::Conflict(format!(
            "container {container} of pod {pod} {why}; commands run in running containers only"
        )))
    }

    fn state(&self, container: &str) -> Option<&State> {
        let PodStatus {
            container_statuses,
            init_container_statuses,
            ephemeral_container_statuses,
            ..
        } = &self.status;
        let all = container_statuses.iter().chain(init_container_statuses);
        let mut all = all.chain(ephemeral_container_statuses);
        all.find(|it| it.name == container).map(|it| &it.state)
    }
}

impl Reason {
    /// `CrashLoopBackOff`, `Completed, exit code 0`
    fn told(&self) -> String {
        let reason = if self.reason.is_empty() { "no reason given" } else { &self.reason };
        match self.exit_code {
            Some(code) => format!("{reason}, exit code {code}"),
            None => reason.to_owned(),
        }
    }
}
