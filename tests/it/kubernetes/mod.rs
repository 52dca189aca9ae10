//! The kubernetes toolset on a real control plane, and on everything that can be in the place of one.

mod addresses;
mod agent;
mod arguments;
mod auth;
mod callers;
mod certificates;
mod changing;
mod completion;
mod contexts;
mod definitions;
mod extremes;
mod forms;
mod images;
mod impostor;
mod kinds;
mod kubeconfigs;
mod logs;
mod looking;
mod obi;
mod offers;
mod outages;
mod pages;
mod plain_door;
mod plugins;
mod prompts;
mod record;
mod reviews;
mod rights;
mod schema;
mod servers;
mod top;
mod wait;

pub use self::impostor::Impostor;
use self::{
    agent::{Agent, Setup, agent},
    certificates::{Authority, Signed},
    plain_door::PlainDoor,
};

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::{Value, json};
use tacklebox_cluster::{AuditEntry, AuditMark, Cluster, Namespace, User};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// A second cluster for what would disturb others in the shared one: it forgets old lists at a word.
async fn other_cluster() -> Cluster {
    static OTHER: OnceCell<Cluster> = OnceCell::const_new();
    let start =
        || async { Cluster::builder().nodes(0).compaction_friendly().start().await.unwrap() };
    OTHER.get_or_init(start).await.clone()
}

/// Waits until discovery tells of a kind, by `plural.group`. A busy API server takes a moment longer for that than for
/// serving the first objects, and what it has not told of nobody can know.
async fn discovered(namespace: &Namespace, kind: &str) {
    let asking = async {
        loop {
            let listed = namespace.kubectl(&["api-resources", "--output=name"]).await.unwrap();
            if listed.lines().any(|it| it == kind) {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_mins(1), asking).await.expect("it is told of in time");
}

/// Kubeconfigs and other files of one test.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// A kubeconfig whose one context is called `test`.
    fn kubeconfig(&self, cluster: &Value, user: &Value) -> PathBuf {
        self.write("config", &kubeconfig(cluster, user).to_string())
    }

    /// An agent that calls this folder DIR.
    async fn agent(&self, kubeconfig: &Path) -> Agent {
        agent(kubeconfig).await.calling(&self.0.path().to_string_lossy(), "DIR")
    }
}

fn kubeconfig(cluster: &Value, user: &Value) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "jane"}}],
        "clusters": [{"name": "test", "cluster": cluster}],
        "users": [{"name": "jane", "user": user}],
    })
}

fn pods() -> Value {
    json!({ "resource": "pods" })
}

/// What this user asked the API server for since then, probes of its health left out.
async fn requests_of(cluster: &Cluster, user: &User, mark: AuditMark) -> Vec<AuditEntry> {
    let entries = cluster.audit_since(mark).await.unwrap().into_iter();
    entries.filter(|it| it.user == user.name() && it.uri != "/version").collect()
}
