//! What keeps the controller of a `DaemonSet` from making its pods, which the `DaemonSet` itself does not tell: its events do.

use std::{collections::HashSet, time::Duration};

use serde::Deserialize;
use serde_json::Value;
use tokio::time::sleep;

use super::super::NAME;
use crate::toolsets::kubernetes::{address::Address, cluster::Cluster, listing::Listing};

/// Of one `DaemonSet`, with what is older than what is looked for.
const MOST: usize = 200;
const PAUSE: Duration = Duration::from_secs(2);
/// What passes by itself is gone by then.
const SURE: usize = 3;

#[derive(Deserialize)]
struct Events {
    #[serde(default)]
    items: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    metadata: Metadata,
    #[serde(default)]
    message: String,
    #[serde(default)]
    count: u64,
}

#[derive(Deserialize)]
struct Metadata {
    uid: String,
}

/// Those that there were at one moment, each with how often it was said.
pub(in crate::toolsets::kubernetes::obi) struct Refusals(HashSet<(String, u64)>);

impl Refusals {
    pub(in crate::toolsets::kubernetes::obi) async fn now(
        cluster: &Cluster,
        namespace: &str,
    ) -> Self {
        let events = events(cluster, namespace).await;
        Self(events.into_iter().map(|it| (it.metadata.uid, it.count)).collect())
    }

    /// Waits until pods are refused that were not before, and go on being so: what is said of it. It never ends where all is well.
    pub(in crate::toolsets::kubernetes::obi) async fn until_more(
        &self,
        cluster: &Cluster,
        namespace: &str,
    ) -> String {
        let mut seen = 0;
        loop {
            sleep(PAUSE).await;
            let events = events(cluster, namespace).await;
            let is_new = |it: &&Event| !self.0.contains(&(it.metadata.uid.clone(), it.count));
            let said = events.iter().find(is_new).map(|it| it.message.clone());
            seen =
                if said.is_some() && lacks_pods(cluster, namespace).await { seen + 1 } else { 0 };
            if let (Some(said), true) = (said, seen >= SURE) {
                return said;
            }
        }
    }
}

async fn events(cluster: &Cluster, namespace: &str) -> Vec<Event> {
    let Ok(resource) = cluster.resource("events.v1.").await else { return Vec::new() };
    let fields =
        format!("involvedObject.kind=DaemonSet,involvedObject.name={NAME},reason=FailedCreate");
    let listing = Listing {
        namespace: Some(namespace),
        fields: Some(&fields),
        ..Listing::of_all(cluster, &resource)
    };
    listing.objects::<Events>(None, MOST).await.map(|it| it.items).unwrap_or_default()
}

async fn lacks_pods(cluster: &Cluster, namespace: &str) -> bool {
    let Ok(resource) = cluster.resource("apps/v1/DaemonSet").await else { return false };
    let Ok(set) = Address::new(&resource, Some(namespace), NAME).get(cluster).await else {
        return false;
    };
    let count = |name: &str| {
        set.get("status").and_then(|it| it.get(name)).and_then(Value::as_u64).unwrap_or_default()
    };
    count("currentNumberScheduled") < count("desiredNumberScheduled")
}
