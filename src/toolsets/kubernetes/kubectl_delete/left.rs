//! Objects that were deleted and are not gone yet: until they are, or time is up.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{self, Instant};

use super::{
    going::{Going, is_ending},
    held::held,
};
use crate::{
    tool::Session,
    toolsets::kubernetes::{
        address::Address,
        changed::call,
        cluster::Cluster,
        few::many,
        field::text,
        late::{self, LAST_WORDS},
        selection::Seen,
        side_by_side::side_by_side,
    },
};

/// Between two looks, growing from the one to the other.
const SHORT: Duration = Duration::from_millis(100);
const LONG: Duration = Duration::from_secs(2);
/// Who does not wait at all is told all the same how it is.
const REPLY: Duration = Duration::from_secs(3);

#[derive(Clone)]
pub(super) struct Left {
    address: Address,
    uid: String,
    /// As it was seen last since then.
    now: Option<Value>,
    /// Why it cannot be seen.
    unseen: Option<String>,
}

impl Left {
    pub(super) fn new(going: &Going) -> Self {
        Self::of(&going.seen, None)
    }

    fn of(seen: &Seen, now: Option<Value>) -> Self {
        let uid = text(&seen.object, "/metadata/uid").to_owned();
        Self { address: seen.address.clone(), uid, now, unseen: None }
    }

    /// `pod/web in namespace shop: waits for finalizer …`
    pub(super) fn told(&self) -> String {
        let why = match (&self.now, &self.unseen) {
            (_, Some(unseen)) => format!("whether it is gone cannot be seen: {unseen}"),
            (Some(now), None) => held(&self.address, now),
            (None, None) => "nobody has looked since".to_owned(),
        };
        format!("{}: {why}", self.address)
    }

    /// The call that waits on.
    pub(super) fn wait_call(&self, context: Option<&str>) -> String {
        let Address { resource, name, .. } = &self.address;
        let object = format!("{}/{name}", resource.full_name());
        let others = [("for", Some("delete".into())), ("context", context.map(Value::from))];
        call("kubernetes_wait", &object, &self.address, &others)
    }

    async fn look(mut self, cluster: &Cluster) -> Option<Self> {
        match self.address.get(cluster).await {
            Ok(now) if text(&now, "/metadata/uid") == self.uid => {
                (self.now, self.unseen) = (Some(now), None);
                Some(self)
            }
            Ok(_) => None,
            Err(error) if error.is_not_found() => None,
            Err(error) => {
                self.unseen = Some(self.address.failed(cluster, "get", &error).to_string());
                Some(self)
            }
        }
    }
}

/// One that somebody else deletes meanwhile.
pub(super) async fn ending(cluster: &Cluster, seen: &Seen) -> Option<Left> {
    let now = seen.address.get(cluster).await.ok()?;
    let is_it = text(&now, "/metadata/uid") == text(&seen.object, "/metadata/uid");
    (is_it && is_ending(&now)).then(|| Left::of(seen, Some(now)))
}

/// Those that are still there when time is up, and how long that was.
pub(super) async fn wait(
    cluster: &Cluster,
    mut left: Vec<Left>,
    seconds: u64,
    session: &Session,
) -> (Vec<Left>, Duration) {
    let (started, total) = (Instant::now(), left.len());
    let asked = started + Duration::from_secs(seconds);
    let end = late::end(session, asked, LAST_WORDS);
    let mut pause = SHORT;
    while !left.is_empty() {
        match time::timeout_at(end.max(started + REPLY), look(cluster, left.clone())).await {
            Ok(still) => left = still,
            Err(_) => break,
        }
        let rest = end.saturating_duration_since(Instant::now());
        if rest.is_zero() || left.is_empty() {
            break;
        }
        let gone = format!("{} of {} gone", total - left.len(), many(total, "object"));
        let done = started.elapsed().as_secs_f64();
        session.progress(done, Some((end - started).as_secs_f64()), &gone).await;
        time::sleep(pause.min(rest)).await;
        pause = (pause * 2).min(LONG);
    }
    (left, started.elapsed())
}

/// Those that are still there.
async fn look(cluster: &Cluster, left: Vec<Left>) -> Vec<Left> {
    let looks: Vec<_> = left.into_iter().map(|it| it.look(cluster)).collect();
    let seen: Vec<Option<Left>> = side_by_side(looks).await;
    seen.into_iter().flatten().collect()
}
