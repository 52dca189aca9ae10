//! One object, from now on: read, then watched. After any loss it is read anew, which for one object is as cheap as going on
//! from a bookmark, and cannot miss anything.

mod watch;

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tokio::time::{self, Instant};

use self::watch::Lost;
use super::{
    goal::Goal,
    judge::{Verdict, judge, judge_absence, text},
};
use crate::{
    tool::{Session, ToolError},
    toolsets::kubernetes::{
        cluster::{Cluster, JSON},
        discovery::Resource,
        error::ApiError,
        listing::{Listing, escaped},
        missing::missing,
    },
};

/// Between two readings where watching is forbidden, or the server is gone for a while.
const PAUSE: Duration = Duration::from_secs(1);
pub(super) struct Follow<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) resource: &'a Resource,
    pub(super) namespace: Option<&'a str>,
    pub(super) name: &'a str,
    pub(super) goal: &'a Goal,
    pub(super) session: &'a Session,
    pub(super) started: Instant,
    /// Then an answer is due.
    pub(super) end: Instant,
}

pub(super) enum End {
    Met(String),
    Never(String),
    /// What was seen last.
    TimeUp(String),
}

/// The object as it was read, and from where to watch it.
struct Read {
    object: Option<Value>,
    /// None where only single objects may be read.
    version: Option<String>,
}

#[derive(Deserialize)]
struct List {
    metadata: ListMeta,
    #[serde(default)]
    items: Option<Vec<Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListMeta {
    resource_version: String,
}

/// How it is now.
#[derive(Default)]
struct Seen {
    text: String,
    /// The object that is followed; another of its name is not the same.
    uid: Option<String>,
}

impl Follow<'_> {
    pub(super) async fn until_end(&self) -> Result<End, ToolError> {
        let mut seen = Seen::default();
        let outcome = time::timeout_at(self.end, self.follow(&mut seen)).await;
        outcome.unwrap_or_else(|_| {
            let text = if seen.text.is_empty() {
                "nothing yet: the API server is silent"
            } else {
                &seen.text
            };
            Ok(End::TimeUp(text.to_owned()))
        })
    }

    async fn follow(&self, seen: &mut Seen) -> Result<End, ToolError> {
        let mut read = match self.read().await {
            Ok(read) => read,
            Err(error) => return Err(self.listing().failed(&error)),
        };
        if read.object.is_none() && !matches!(self.goal, Goal::Create | Goal::Delete) {
            return Err(missing(&self.listing(), self.name).await);
        }
        loop {
            if let Some(end) = self.take(read.object.as_ref(), seen).await {
                return Ok(end);
            }
            let lost = match read.version {
                Some(version) => match self.watch(&version, seen).await {
                    Ok(end) => return Ok(end),
                    Err(lost) => lost,
                },
                None => Lost::Forbidden,
            };
            read = self.again(lost, seen).await?;
        }
    }

    /// The object after a watch was lost.
    async fn again(&self, lost: Lost, seen: &mut Seen) -> Result<Read, ToolError> {
        let forbidden = matches!(lost, Lost::Forbidden);
        self.pause(seen).await;
        if let Lost::Failed(error) = lost {
            seen.text = self.unreachable(&error, &seen.text);
        }
        loop {
            match self.read().await {
                Ok(read) if forbidden => return Ok(Read { version: None, ..read }),
                Ok(read) => return Ok(read),
                Err(error) if passes(&error) => {
                    seen.text = self.unreachable(&error, &seen.text);
                    self.pause(seen).await;
                }
                Err(error) => return Err(self.listing().failed(&error)),
            }
        }
    }

    fn unreachable(&self, error: &ApiError, before: &str) -> String {
        let before = before.split(" (then ").next().unwrap_or_default();
        format!("{before} (then {})", self.listing().failed(error))
    }

    async fn pause(&self, seen: &Seen) {
        time::sleep(PAUSE).await;
        self.tell(&seen.text).await;
    }

    fn listing(&self) -> Listing<'_> {
        let everything = Listing::of_all(self.cluster, self.resource);
        Listing { namespace: self.namespace, name: Some(self.name), ..everything }
    }

    /// As a list of one, which says from where to watch; where lists are forbidden, by itself. Of namespaces only some may be
    /// allowed, and a list would tell of the others.
    async fn read(&self) -> Result<Read, ApiError> {
        if self.listing().withholds() {
            return self.read_alone().await;
        }
        let path = format!("{}?{}", self.resource.path(self.namespace), self.selector());
        match self.cluster.get_json::<List>(&path, JSON).await {
            Ok(list) => {
                let object = list.items.unwrap_or_default().into_iter().next();
                Ok(Read { object, version: Some(list.metadata.resource_version) })
            }
            Err(error) if error.is_forbidden() => self.read_alone().await,
            Err(error) => Err(error),
        }
    }

    async fn read_alone(&self) -> Result<Read, ApiError> {
        match self.listing().objects::<Value>(None, 1).await {
            Ok(object) => Ok(Read { object: Some(object), version: None }),
            Err(error) if error.is_not_found() => Ok(Read { object: None, version: None }),
            Err(error) => Err(error),
        }
    }

    fn selector(&self) -> String {
        format!("fieldSelector=metadata.name%3D{}", escaped(self.name))
    }

    /// Whether the waiting is over with this.
    async fn take(&self, object: Option<&Value>, seen: &mut Seen) -> Option<End> {
        let uid = object.map(|it| text(it, "/metadata/uid").to_owned());
        let is_another = seen.uid.is_some() && uid.is_some() && seen.uid != uid;
        let verdict = match object.filter(|_| !(is_another && *self.goal == Goal::Delete)) {
            Some(object) => {
                let object = self.listing().typed(object.clone());
                judge(self.goal, &object, self.cluster.redactor())
            }
            None => judge_absence(self.goal, seen.uid.is_some()),
        };
        seen.uid = uid.or_else(|| seen.uid.take());
        match verdict {
            Verdict::Met(text) => Some(End::Met(text)),
            Verdict::Never(why) => Some(End::Never(why)),
            Verdict::NotYet(text) => {
                if text != seen.text {
                    seen.text = text;
                    self.tell(&seen.text).await;
                }
                None
            }
        }
    }

    async fn tell(&self, text: &str) {
        let total = (self.end - self.started).as_secs_f64();
        let message = self.cluster.redactor().text(text);
        self.session.progress(self.started.elapsed().as_secs_f64(), Some(total), &message).await;
    }
}

/// Whether the same question may be answered in a moment.
fn passes(error: &ApiError) -> bool {
    match error {
        ApiError::Status(status) => status.code >= 500 || status.code == 429,
        ApiError::Dropped | ApiError::Unreachable(_) => true,
        ApiError::Refused(_) | ApiError::Unexpected(_) => false,
    }
}
