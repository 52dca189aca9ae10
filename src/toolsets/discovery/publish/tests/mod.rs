//! Against a real control plane: what is claimed of a `ConfigMap` is read there, and its own record of requests is the witness.

mod leading;
mod reloading;
mod rights;
mod writing;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use serde_json::Value;
use tacklebox_cluster::{AuditEntry, Cluster as Bed, Namespace};
use tokio::{sync::watch, time};

use super::*;
use crate::{
    k8s::{Clients, Cluster, Environment, Limits, Settings as Access, Writes, error::ApiError},
    tool::{Session, ToolError},
};

const NAME: &str = "holmesgpt-toolset";
const LEASE: &str = "tacklebox-discovery";
const KEY: &str = "toolset.yaml";

/// As short as a Lease can say it.
const SHORT: Timing = Timing {
    duration: Duration::from_secs(1),
    renew_within: Duration::from_millis(700),
    retry: Duration::from_millis(100),
};

struct Direct(Clients);

#[async_trait]
impl Clusters for Direct {
    async fn cluster(&self) -> Result<Cluster, ToolError> {
        self.0.own_cluster(None, &Session::detached()).await
    }
}

fn access(kubeconfig: &Path, writes: Writes) -> Arc<dyn Clusters> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let limits = Limits { writes, ..Limits::default() };
    let environment = Environment::default();
    let kubeconfig = Some(kubeconfig.to_owned());
    let access = Access { kubeconfig, limits, environment, ..Access::default() };
    Arc::new(Direct(Clients::new(access).unwrap()))
}

/// A namespace and somebody who publishes there as an administrator, known by a name of their own.
struct World {
    shop: Namespace,
    user: tacklebox_cluster::User,
    clusters: Arc<dyn Clusters>,
    inputs: watch::Sender<Option<Compose>>,
}

impl World {
    async fn new() -> Self {
        let shop = Bed::shared().await.namespace("publish").await.unwrap();
        Self::of(shop, &["* *.*"]).await
    }

    async fn of(shop: Namespace, rules: &[&str]) -> Self {
        let user = shop.cluster().user_in(&shop, "publisher", rules).await.unwrap();
        let clusters = access(user.kubeconfig(), Writes::All);
        Self { shop, user, clusters, inputs: watch::Sender::new(None) }
    }

    fn settings(&self) -> Settings {
        Settings {
            place: Place { namespace: self.shop.name().to_owned(), name: NAME.to_owned() },
            overrides: None,
            lease: None,
            host: "host".to_owned(),
            reload: None,
            difference: |_, after| {
                let told = |it: &String| format!("now {}", it.get(..20.min(it.len())).unwrap());
                after.get(KEY).map(told).into_iter().collect()
            },
        }
    }

    fn led(&self) -> Settings {
        let lease = Lease { name: LEASE.to_owned(), timing: SHORT };
        Settings { lease: Some(lease), ..self.settings() }
    }

    fn start(&self, settings: Settings) -> Publisher {
        Publisher::start(Arc::clone(&self.clusters), settings, self.inputs.subscribe())
    }

    fn want(&self, text: &str) {
        self.inputs.send_replace(Some(composing(text)));
    }

    /// The `ConfigMap` once it holds that text.
    async fn until_holds(&self, text: &str) -> Value {
        self.shop.wait_for("configmaps", NAME, |it| it["data"][KEY] == text).await.unwrap()
    }

    async fn config_map(&self) -> Value {
        self.shop.get("configmaps", NAME).await.unwrap()
    }

    async fn apply(&self, rest: &str) {
        let text =
            format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {NAME}}}, {rest}}}");
        self.shop.apply(&text).await.unwrap();
    }

    async fn patch(&self, patch: &str) {
        let arguments = ["patch", "configmap", NAME, "--type=merge", "-p", patch];
        self.shop.kubectl(&arguments).await.unwrap();
    }

    /// What this one asked to have changed.
    async fn writes(&self) -> Vec<AuditEntry> {
        let all = self.shop.cluster().audit().await.unwrap();
        let is_write = |it: &AuditEntry| !["get", "list", "watch"].contains(&it.verb.as_str());
        let ours = |it: &AuditEntry| it.user == self.user.name() && it.resource == "configmaps";
        all.into_iter().filter(|it| ours(it) && is_write(it)).collect()
    }

    /// The same, each as `patch 200`.
    async fn written(&self) -> Vec<String> {
        let writes = self.writes().await.into_iter();
        writes.map(|it| format!("{} {}", it.verb, it.status.unwrap_or_default())).collect()
    }

    async fn events(&self, reason: &str) -> Vec<String> {
        let path = format!("/api/v1/namespaces/{}/events", self.shop.name());
        let list = self.shop.cluster().request("GET", &path, None).await.unwrap().ok().unwrap();
        let events = list["items"].as_array().unwrap().iter();
        let events = events.filter(|it| it["involvedObject"]["name"] == NAME);
        let events = events.filter(|it| it["reason"] == reason);
        events.map(|it| it["message"].as_str().unwrap().to_owned()).collect()
    }

    async fn until_event(&self, reason: &str) -> String {
        let bed = self.shop.cluster();
        let is_there = |all: &[Value]| all.iter().any(|it| it["reason"] == reason);
        bed.wait_for_all("events", self.shop.name(), is_there).await.unwrap();
        self.events(reason).await.remove(0)
    }
}

fn wanted(text: &str) -> Wanted {
    Wanted {
        data: BTreeMap::from([(KEY.to_owned(), text.to_owned())]),
        hash: format!("hash of {}", text.len()) + text.get(..40.min(text.len())).unwrap(),
        ..Wanted::default()
    }
}

fn composing(text: &str) -> Compose {
    let wanted = wanted(text);
    Arc::new(move |_| Ok(wanted.clone()))
}

/// The document and the overrides after each other, so that one sees that they came.
fn merging(text: &str) -> Compose {
    let text = text.to_owned();
    Arc::new(move |overrides| {
        let bad = overrides.is_some_and(|it| it.contains("bad"));
        let merged = format!("{text}+{}", overrides.filter(|_| !bad).unwrap_or("none"));
        let problems = if bad { vec!["line 1: it is bad".to_owned()] } else { Vec::new() };
        Ok(Wanted { problems, ..wanted(&merged) })
    })
}

/// Waits until the status is so.
async fn until(publisher: &Publisher, is_so: impl Fn(&Status) -> bool) -> Status {
    let mut updates = publisher.updates();
    let waiting = async {
        loop {
            let status = publisher.status();
            if is_so(&status) {
                return status;
            }
            updates.changed().await.unwrap();
        }
    };
    let in_time = time::timeout(Duration::from_mins(2), waiting).await;
    in_time.unwrap_or_else(|_| panic!("it never was so: {:?}", publisher.status()))
}

async fn until_problem(publisher: &Publisher, part: &str) -> String {
    let has = |it: &String| it.contains(part);
    let status = until(publisher, |it| it.problems.iter().any(has)).await;
    status.problems.into_iter().find(has).unwrap()
}

fn told(counter: &std::sync::atomic::AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}
