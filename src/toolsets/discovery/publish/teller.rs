//! Events on the `ConfigMap`, for whoever describes it. None of them is needed: one that cannot be written stops nothing.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time;
use tokio_util::task::TaskTracker;

use super::{
    Place,
    asking::{Ask, Clusters, explained},
    board::{Board, Concern},
    clock::Clock,
    config_map::cut,
};
use crate::k8s::{cluster::JSON, error::Asked};

/// The same is not told again for so long.
const QUIET: Duration = Duration::from_mins(10);
/// What the API server takes for a message.
const LONGEST: usize = 1000;
/// Events that are on their way at the end are waited for so long.
const FAREWELL: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Reason {
    Published,
    DriftCorrected,
    OverridesInvalid,
    PublishFailed,
    Reloaded,
    ReloadFailed,
}

pub(super) struct Teller {
    clusters: Arc<dyn Clusters>,
    place: Place,
    /// Who tells it.
    instance: String,
    board: Arc<Board>,
    clock: Clock,
    /// What was told last for each reason, and when.
    told: Mutex<HashMap<Reason, (String, Duration)>>,
    on_their_way: TaskTracker,
}

impl Reason {
    fn name(self) -> &'static str {
        match self {
            Self::Published => "Published",
            Self::DriftCorrected => "DriftCorrected",
            Self::OverridesInvalid => "OverridesInvalid",
            Self::PublishFailed => "PublishFailed",
            Self::Reloaded => "Reloaded",
            Self::ReloadFailed => "ReloadFailed",
        }
    }

    fn is_bad(self) -> bool {
        !matches!(self, Self::Published | Self::Reloaded)
    }
}

impl Teller {
    pub(super) fn new(
        clusters: Arc<dyn Clusters>,
        place: Place,
        instance: String,
        board: Arc<Board>,
        clock: Clock,
    ) -> Self {
        let (told, on_their_way) = (Mutex::default(), TaskTracker::new());
        Self { clusters, place, instance, board, clock, told, on_their_way }
    }

    /// Tells the log at once, and the cluster by the way. `uid` is that of the `ConfigMap`, if there is one.
    pub(super) fn tell(self: &Arc<Self>, reason: Reason, message: &str, uid: Option<&str>) {
        let message = cut(message, LONGEST);
        if !self.is_news(reason, &message) {
            return;
        }
        let name = reason.name();
        if reason.is_bad() {
            tracing::warn!(config_map = %self.place, "{name}: {message}");
        } else {
            tracing::info!(config_map = %self.place, "{name}: {message}");
        }
        let event = self.event(reason, &message, uid);
        let teller = Arc::clone(self);
        self.on_their_way.spawn(async move { teller.send(&event).await });
    }

    pub(super) async fn farewell(&self) {
        self.on_their_way.close();
        let _ = time::timeout(FAREWELL, self.on_their_way.wait()).await;
    }

    fn is_news(&self, reason: Reason, message: &str) -> bool {
        let now = self.clock.now().steady();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let before = told.get(&reason);
        if before.is_some_and(|(it, at)| it == message && now.saturating_sub(*at) < QUIET) {
            return false;
        }
        told.insert(reason, (message.to_owned(), now));
        true
    }

    fn event(&self, reason: Reason, message: &str, uid: Option<&str>) -> Value {
        let Place { namespace, name } = &self.place;
        let now = Timestamp::now().to_string();
        let kind = if reason.is_bad() { "Warning" } else { "Normal" };
        let mut subject = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "namespace": namespace, "name": name,
        });
        if let (Some(uid), Some(subject)) = (uid, subject.as_object_mut()) {
            subject.insert("uid".to_owned(), json!(uid));
        }
        json!({
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": { "generateName": format!("{}.", cut(name, 200)), "namespace": namespace },
            "involvedObject": subject,
            "type": kind,
            "reason": reason.name(),
            "message": message,
            "source": { "component": "tacklebox-discovery" },
            "reportingComponent": "tacklebox-discovery",
            "reportingInstance": self.instance,
            "action": "Publish",
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        })
    }

    async fn send(&self, event: &Value) {
        let Ok(cluster) = self.clusters.cluster().await else { return };
        let namespace = &self.place.namespace;
        let path = format!("/api/v1/namespaces/{namespace}/events");
        let body = Bytes::from(event.to_string());
        match Ask::new(Method::POST, &path, JSON, body).of::<Value>(&cluster).await {
            Ok(_) => self.board.solved(Concern::Events),
            Err(error) => {
                let namespace = Some(namespace.as_str());
                let asked = Asked { verb: "create", resource: "events", name: None, namespace };
                let why = explained(&cluster, &error, &asked);
                let problem = format!("events cannot be written, and nothing else is wrong: {why}");
                self.board.problem(Concern::Events, &problem);
            }
        }
    }
}
