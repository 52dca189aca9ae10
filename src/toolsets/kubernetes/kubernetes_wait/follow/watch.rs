//! Hearing of every change of one object.

use std::time::Duration;

use futures::{TryStreamExt, pin_mut};
use http::Request;
use kube::core::WatchEvent;
use serde_json::Value;
use tokio::time::{self, Instant};

use super::{End, Follow, Seen};
use crate::toolsets::kubernetes::error::ApiError;

/// How often the client hears that the call is alive.
const BEAT: Duration = Duration::from_secs(5);

/// Why a watch is over.
pub(super) enum Lost {
    /// The server ended it, or does not know any more what happened since (410).
    Ended,
    Forbidden,
    Failed(ApiError),
}

impl Follow<'_> {
    /// Until the end, or until the watch is over.
    pub(super) async fn watch(&self, version: &str, seen: &mut Seen) -> Result<End, Lost> {
        let (client, request) = (self.cluster.client(), self.request(version)?);
        let events = client.request_events::<Value>(request).await;
        let events = events.map_err(|error| Lost::of(ApiError::from(error)))?;
        pin_mut!(events);
        loop {
            let Ok(event) = time::timeout(BEAT, events.try_next()).await else {
                self.tell(&seen.text).await;
                continue;
            };
            let event = event.map_err(|error| Lost::of(ApiError::from(error)))?;
            let object = match event {
                Some(WatchEvent::Added(object) | WatchEvent::Modified(object)) => Some(object),
                Some(WatchEvent::Deleted(_)) => None,
                Some(WatchEvent::Bookmark(_)) => continue,
                Some(WatchEvent::Error(status)) => {
                    return Err(Lost::of(ApiError::from(kube::Error::Api(status))));
                }
                None => return Err(Lost::Ended),
            };
            if let Some(end) = self.take(object.as_ref(), seen).await {
                return Ok(end);
            }
        }
    }

    fn request(&self, version: &str) -> Result<Request<Vec<u8>>, Lost> {
        let left = self.end.saturating_duration_since(Instant::now()).as_secs() + 1;
        let path = format!(
            "{}?watch=1&timeoutSeconds={left}&resourceVersion={version}&{}",
            self.resource.path(self.namespace),
            self.selector()
        );
        let request = Request::get(path).body(Vec::new());
        request.map_err(|error| Lost::Failed(ApiError::unaskable(&error)))
    }
}

impl Lost {
    fn of(error: ApiError) -> Self {
        match &error {
            ApiError::Status(status) if status.code == 410 => Self::Ended,
            _ if error.is_forbidden() => Self::Forbidden,
            _ => Self::Failed(error),
        }
    }
}
