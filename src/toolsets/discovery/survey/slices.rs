//! Behind which Services the pods change.
//!
//! Only changes count: what is there at the beginning is asked anyway. So none of the slices, of which there is one at least for every
//! Service of a cluster, is ever listed, and of those that change nothing is read but whose they are.

use std::{pin::Pin, time::Duration};

use futures::{Stream, StreamExt, stream};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::{
    Api, Resource, ResourceExt,
    api::{ListParams, PartialObjectMeta, WatchEvent, WatchParams},
};
use tokio::time;

use super::{
    super::service::Place,
    watches::{DENIALS, LONGEST},
};

/// Beyond what a watch may take at the server's side.
const SLACK: Duration = Duration::from_secs(10);
/// After an end; doubled with each that follows, to about a minute. Whoever may not see slices finds out at the next round who has
/// moved.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

type Slice = PartialObjectMeta<EndpointSlice>;
type Events = Pin<Box<dyn Stream<Item = kube::Result<WatchEvent<Slice>>> + Send>>;

/// The places of Services whose pods are others, or ready, or ready no more. It goes on until it is dropped,
/// or until it is sure that nobody lets it.
pub(super) fn moved(api: Api<EndpointSlice>) -> impl Stream<Item = Place> + Send {
    let watch = Watch { api, version: None, events: None, ends: 0 };
    stream::unfold(watch, |mut it| async { Some((it.next().await?, it)) })
}

struct Watch {
    api: Api<EndpointSlice>,
    /// From which it goes on; `None` is from now.
    version: Option<String>,
    events: Option<Events>,
    /// Ends in a row without a word before.
    ends: u32,
}

impl Watch {
    async fn next(&mut self) -> Option<Place> {
        loop {
            match self.event().await {
                Err(kube::Error::Api(it)) if it.is_forbidden() && self.ends >= DENIALS => {
                    return None;
                }
                Ok(Some(WatchEvent::Error(_))) | Err(_) => {
                    // It may be too old: what is missed until it goes on is asked in the next round.
                    self.version = None;
                    self.pause().await;
                }
                Ok(Some(event)) => {
                    self.ends = 0;
                    if let Some(place) = self.take(event) {
                        return Some(place);
                    }
                }
                Ok(None) => self.pause().await,
            }
        }
    }

    /// `None` where it ends, and goes on from there.
    async fn event(&mut self) -> kube::Result<Option<WatchEvent<Slice>>> {
        if self.events.is_none() {
            let version = match &self.version {
                Some(version) => version.clone(),
                None => present(&self.api).await?,
            };
            let watch = WatchParams::default().timeout(LONGEST);
            self.events = Some(self.api.watch_metadata(&watch, &version).await?.boxed());
            self.version = Some(version);
        }
        let Some(events) = &mut self.events else { return Ok(None) };
        let patience = Duration::from_secs(LONGEST.into()) + SLACK;
        // A connection that breaks is an end like any other.
        Ok(time::timeout(patience, events.next()).await.ok().flatten().and_then(Result::ok))
    }

    async fn pause(&mut self) {
        self.events = None;
        let pause = SHORTEST_PAUSE * 2_u32.pow(self.ends.min(6));
        self.ends += 1;
        time::sleep(pause).await;
    }

    fn take(&mut self, event: WatchEvent<Slice>) -> Option<Place> {
        match event {
            WatchEvent::Added(it) | WatchEvent::Modified(it) | WatchEvent::Deleted(it) => {
                self.version = it.resource_version();
                service_of(&it)
            }
            WatchEvent::Bookmark(it) => {
                self.version = Some(it.metadata.resource_version);
                None
            }
            WatchEvent::Error(_) => None,
        }
    }
}

/// The version of now, with as little else as there can be.
async fn present(api: &Api<EndpointSlice>) -> kube::Result<String> {
    let list = api.list_metadata(&ListParams::default().limit(1)).await?;
    Ok(list.metadata.resource_version.unwrap_or_default())
}

/// The Service whose pods it lists.
pub(super) fn service_of(slice: &impl Resource) -> Option<Place> {
    let name = slice.labels().get("kubernetes.io/service-name")?;
    Some(Place { namespace: slice.namespace()?, name: name.clone() })
}
