//! Every tool that changes something, on the real control plane, and read back with kubectl.

mod confirm;
mod cp;
mod exec;
mod scale;

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

/// What kubectl sees of an object.
async fn seen(shop: &Namespace, object: &str) -> Value {
    let json = shop.kubectl(&["get", object, "--output=json"]).await.unwrap();
    serde_json::from_str(&json).unwrap()
}

/// An answer without what differs from run to run: `(uid U, resourceVersion V)`.
fn timeless(answer: &str) -> String {
    let ids = regex::Regex::new(r"uid [0-9a-f-]{36}(, resourceVersion \d+)?").unwrap();
    ids.replace_all(answer, "uid U").into_owned()
}
