use serde_json::{Value, json};

/// A pod with this annotation gets, once it is on a node, the status that the annotation says, and keeps it.
/// It works in the templates of workloads too; [`State::annotation`] makes its value.
pub const STATUS_ANNOTATION: &str = "tacklebox.test/status";

/// What a simulated pod looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// Running, all containers ready.
    Ready,
    /// Running, all containers started, none ready: a readiness probe fails.
    NotReady,
    /// `CrashLoopBackOff` after five restarts, the last with exit code 1.
    CrashLooping,
    /// `CrashLoopBackOff` after three restarts, the last `OOMKilled`.
    OomKilled,
    /// Pending for this reason, such as `ImagePullBackOff` or `ContainerCreating`.
    Waiting(String),
    /// Succeeded.
    Completed,
    /// Failed with this exit code.
    Failed(i32),
    /// Whatever else: the whole `status`, but for the addresses and the start time.
    Custom(Value),
}

impl State {
    /// The value of [`STATUS_ANNOTATION`] for a pod with these containers, each with its image.
    pub fn annotation<'a>(
        &self,
        containers: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> String {
        let status = match self {
            Self::Custom(status) => status.clone(),
            _ => self.status(containers),
        };
        // The annotation is a part of a larger YAML document: one key a line, its value in JSON.
        let keys = status.as_object().into_iter().flatten();
        keys.map(|(key, value)| format!("{key}: {value}\n")).collect::<Vec<String>>().concat()
    }

    fn status<'a>(&self, containers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Value {
        let ready = if *self == Self::Ready { "True" } else { "False" };
        let containers = containers.into_iter().map(|(name, image)| self.container(name, image));
        json!({
            "phase": self.phase(),
            "conditions": [
                condition("PodScheduled", "True"),
                condition("Initialized", "True"),
                condition("ContainersReady", ready),
                condition("Ready", ready),
            ],
            "containerStatuses": containers.collect::<Vec<Value>>(),
        })
    }

    pub(super) fn phase(&self) -> &str {
        match self {
            Self::Ready | Self::NotReady | Self::CrashLooping | Self::OomKilled => "Running",
            Self::Waiting(_) => "Pending",
            Self::Completed => "Succeeded",
            Self::Failed(_) => "Failed",
            Self::Custom(status) => status["phase"].as_str().unwrap_or("Pending"),
        }
    }

    fn container(&self, name: &str, image: &str) -> Value {
        let (restarts, current, last) = match self {
            Self::Ready | Self::NotReady => (0, running(), None),
            Self::CrashLooping => (5, backing_off(), Some(ended("Error", 1))),
            Self::OomKilled => (3, backing_off(), Some(ended("OOMKilled", 137))),
            Self::Waiting(reason) => (0, waiting(reason, ""), None),
            Self::Custom(_) => (0, json!({}), None),
            Self::Completed => (0, ended("Completed", 0), None),
            Self::Failed(code) => (0, ended("Error", *code), None),
        };
        json!({
            "name": name,
            "image": image,
            "imageID": "",
            "ready": *self == Self::Ready,
            "started": matches!(self, Self::Ready | Self::NotReady),
            "restartCount": restarts,
            "state": current,
            "lastState": last.unwrap_or_else(|| json!({})),
        })
    }
}

fn condition(kind: &str, status: &str) -> Value {
    json!({"type": kind, "status": status, "lastTransitionTime": now()})
}

fn running() -> Value {
    json!({"running": {"startedAt": now()}})
}

fn backing_off() -> Value {
    waiting("CrashLoopBackOff", "back-off 2m40s restarting failed container")
}

fn waiting(reason: &str, message: &str) -> Value {
    json!({"waiting": {"reason": reason, "message": message}})
}

fn ended(reason: &str, exit_code: i32) -> Value {
    json!({"terminated": {
        "reason": reason, "exitCode": exit_code, "startedAt": now(), "finishedAt": now(),
    }})
}

/// In whole seconds, as Kubernetes writes its times.
pub(crate) fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
