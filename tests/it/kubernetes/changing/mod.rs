//! Every tool that changes something, on the real control plane, and read back with kubectl.

mod apply;
mod confirm;
mod cp;
mod delete;
mod doors;
mod drain;
mod exec;
mod job;
mod kills;
mod label;
mod patch;
mod refused;
mod rollout;
mod scale;
mod settle;

use std::time::Duration;

use serde_json::Value;
use tacklebox::policy::Confirm;
use tacklebox_cluster::{Cluster, Namespace};

use super::{Agent, Setup};

async fn shop() -> Namespace {
    Cluster::shared().await.namespace("shop").await.unwrap()
}

/// An agent whose changes nobody is asked about.
async fn unguarded(shop: &Namespace) -> Agent {
    let setup = Setup::of(shop.cluster().kubeconfig()).call_timeout(Duration::from_mins(2));
    setup.agent().await.calling(shop.name(), "shop")
}

/// An agent whose operator wants a person's yes for these, beside what is deleted or executed, and whose client asks nobody.
async fn guarded(shop: &Namespace, also: &[&str]) -> Agent {
    let also: Vec<String> = also.iter().map(|it| (*it).to_owned()).collect();
    let setup = Setup::of(shop.cluster().kubeconfig()).call_timeout(Duration::from_mins(2));
    let setup = setup.policy(Confirm::new(&also, true).unwrap());
    setup.agent().await.calling(shop.name(), "shop")
}

/// An agent whose operator wants a person's yes for these, beside what is deleted or executed; and there is a person.
async fn asking(shop: &Namespace, also: &[&str]) -> Agent {
    let also: Vec<String> = also.iter().map(|it| (*it).to_owned()).collect();
    let setup = Setup::of(shop.cluster().kubeconfig()).call_timeout(Duration::from_mins(2));
    let setup = setup.policy(Confirm::new(&also, true).unwrap()).with_person();
    setup.agent().await.calling(shop.name(), "shop")
}

/// The objects of a kind, as kubectl names them: `pod/web`.
async fn names(shop: &Namespace, kind: &str) -> Vec<String> {
    let names = shop.kubectl(&["get", kind, "--output=name"]).await.unwrap();
    names.lines().map(str::to_owned).collect()
}

/// A call about this namespace.
fn asked(shop: &Namespace, mut arguments: Value) -> Value {
    arguments["namespace"] = shop.name().into();
    arguments
}

/// A `ConfigMap` with `more` in its metadata, such as `, labels: {a: b}`.
fn config(name: &str, more: &str) -> String {
    format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}{more}}}}}")
}

/// What kubectl sees of an object.
async fn seen(shop: &Namespace, object: &str) -> Value {
    let json = shop.kubectl(&["get", object, "--output=json"]).await.unwrap();
    serde_json::from_str(&json).unwrap()
}

/// An answer without what differs from run to run: `(uid U, resourceVersion V)`.
fn timeless(answer: &str) -> String {
    let ids = regex::Regex::new(r"uid [0-9a-f-]{36}(, resourceVersion \d+)?").unwrap();
    let answer = ids.replace_all(answer, "uid U");
    let times = regex::Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").unwrap();
    let answer = times.replace_all(&answer, "TIME");
    let waits = regex::Regex::new(r"after \d+ s").unwrap();
    waits.replace_all(&answer, "after N s").into_owned()
}
