//! A Job from its beginning to its end.

use std::{sync::Arc, time::Duration};

use serde::Deserialize;
use serde_json::Value;
use tokio::{
    sync::watch,
    time::{self, Instant},
};

use super::pods;
use crate::{
    tool::{Session, ToolError},
    toolsets::kubernetes::{
        address::Address,
        cluster::Cluster,
        error::ApiError,
        field::text,
        listing::Listing,
        observer::{News, Observed, Observer},
    },
};

/// How often its pods are looked at.
const PACE: Duration = Duration::from_secs(2);
/// Pods that are looked at.
const MOST_PODS: usize = 20;

pub(super) struct Follow<'a> {
    pub(super) cluster: &'a Arc<Cluster>,
    pub(super) job: &'a Address,
    pub(super) session: &'a Session,
    pub(super) started: Instant,
    /// Then it is left as it is.
    pub(super) end: Instant,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    Succeeded,
    /// Why, as the Job says it.
    Failed(String),
    /// It will not begin.
    Stuck(String),
    /// How it was last.
    TimeUp(String),
    /// Somebody deleted it.
    Gone,
}

/// How it ended, how its containers did, and what is said of them.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) end: End,
    pub(super) containers: Vec<String>,
    pub(super) said: Vec<String>,
}

#[derive(Deserialize)]
struct PodList {
    #[serde(default)]
    items: Vec<Value>,
}

impl Follow<'_> {
    pub(super) async fn until_end(&self) -> Result<Outcome, ToolError> {
        let (tells, seen) = watch::channel("nothing yet".to_owned());
        let first = async {
            tokio::select! {
                end = self.job() => end,
                stuck = self.pods(&tells) => Ok(End::Stuck(stuck)),
            }
        };
        let end = match time::timeout_at(self.end, first).await {
            Ok(end) => end?,
            Err(_) => End::TimeUp(seen.borrow().clone()),
        };
        let pods = self.list().await.unwrap_or_default();
        Ok(Outcome {
            end,
            containers: pods.iter().flat_map(pods::ended).collect(),
            said: pods.iter().flat_map(pods::said).collect(),
        })
    }

    async fn job(&self) -> Result<End, ToolError> {
        let Address { resource, namespace, name } = self.job;
        let mut job = Observer::new(Observed {
            cluster: Arc::clone(self.cluster),
            resource: Arc::clone(resource),
            namespace: namespace.clone(),
            name: Some(name.clone()),
            labels: None,
        })
        .polling_every(PACE);
        loop {
            match job.next().await? {
                News::State(None) => return Ok(End::Gone),
                News::State(Some(state)) => {
                    if let Some(end) = end(&state) {
                        return Ok(end);
                    }
                }
                News::Quiet | News::Unreachable(_) => {}
            }
        }
    }

    /// Why its pods will not begin. Tells whoever waits how they are.
    async fn pods(&self, tells: &watch::Sender<String>) -> String {
        let mut suspected: Option<(String, Instant)> = None;
        loop {
            let pods = self.list().await.unwrap_or_default();
            match (pods.iter().find_map(pods::stuck), &suspected) {
                (Some((why, patience)), Some((known, since))) if why == *known => {
                    if since.elapsed() >= patience {
                        return why;
                    }
                }
                (Some((why, patience)), _) if patience.is_zero() => return why,
                (Some((why, _)), _) => suspected = Some((why, Instant::now())),
                (None, _) => suspected = None,
            }
            if let Some(state) = pods.last().map(pods::state) {
                self.tell(&state).await;
                tells.send_replace(state);
            }
            time::sleep(PACE).await;
        }
    }

    async fn list(&self) -> Result<Vec<Value>, ApiError> {
        let Ok(resource) = self.cluster.resource("pods").await else { return Ok(Vec::new()) };
        let labels = format!("batch.kubernetes.io/job-name={}", self.job.name);
        let everywhere = Listing::of_all(self.cluster, &resource);
        let namespace = self.job.namespace.as_deref();
        let listing = Listing { namespace, labels: Some(&labels), ..everywhere };
        Ok(listing.objects::<PodList>(None, MOST_PODS).await?.items)
    }

    async fn tell(&self, text: &str) {
        let total = (self.end - self.started).as_secs_f64();
        self.session.progress(self.started.elapsed().as_secs_f64(), Some(total), text).await;
    }
}

/// Whether a Job has ended.
fn end(job: &Value) -> Option<End> {
    let conditions = job.pointer("/status/conditions").and_then(Value::as_array)?;
    let is = |kind: &str| {
        conditions.iter().find(|it| text(it, "/type") == kind && text(it, "/status") == "True")
    };
    if is("Complete").is_some() {
        return Some(End::Succeeded);
    }
    let failed = is("Failed")?;
    let (reason, message) = (text(failed, "/reason"), text(failed, "/message"));
    Some(End::Failed(format!("{reason}: {message}")))
}
