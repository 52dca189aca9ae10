//! One object from now on, until what is waited for is so, cannot come any more, or time is up.

use std::sync::Arc;

use serde_json::Value;
use tokio::time::{self, Instant};

use super::{
    goal::Goal,
    judge::{Verdict, judge, judge_absence},
};
use crate::{
    tool::{Session, ToolError},
    toolsets::kubernetes::{
        cluster::Cluster,
        discovery::Resource,
        field::text,
        missing::missing,
        observer::{News, Observed, Observer},
    },
};

pub(in crate::toolsets::kubernetes) struct Follow<'a> {
    pub(in crate::toolsets::kubernetes) cluster: &'a Arc<Cluster>,
    pub(in crate::toolsets::kubernetes) resource: &'a Arc<Resource>,
    pub(in crate::toolsets::kubernetes) namespace: Option<&'a str>,
    pub(in crate::toolsets::kubernetes) name: &'a str,
    pub(in crate::toolsets::kubernetes) goal: &'a Goal,
    pub(in crate::toolsets::kubernetes) session: &'a Session,
    pub(in crate::toolsets::kubernetes) started: Instant,
    /// Then an answer is due.
    pub(in crate::toolsets::kubernetes) end: Instant,
}

pub(in crate::toolsets::kubernetes) enum End {
    Met(String),
    Never(String),
    /// What was seen last.
    TimeUp(String),
}

/// How it is now.
#[derive(Default)]
struct Seen {
    text: String,
    /// Why it cannot be seen at the moment.
    outage: Option<String>,
    /// The object that is followed; another of its name is not the same.
    uid: Option<String>,
}

impl Seen {
    fn told(&self) -> String {
        match &self.outage {
            Some(outage) => format!("{} (then {outage})", self.text),
            None => self.text.clone(),
        }
    }
}

impl Follow<'_> {
    pub(in crate::toolsets::kubernetes) async fn until_end(&self) -> Result<End, ToolError> {
        let mut seen = Seen::default();
        let outcome = time::timeout_at(self.end, self.follow(&mut seen)).await;
        outcome.unwrap_or_else(|_| {
            let told = seen.told();
            let silent = "nothing yet: the API server is silent".to_owned();
            Ok(End::TimeUp(if told.is_empty() { silent } else { told }))
        })
    }

    async fn follow(&self, seen: &mut Seen) -> Result<End, ToolError> {
        let mut object = Observer::new(Observed {
            cluster: Arc::clone(self.cluster),
            resource: Arc::clone(self.resource),
            namespace: self.namespace.map(str::to_owned),
            name: Some(self.name.to_owned()),
            labels: None,
        });
        let first = object.next().await?;
        if matches!(first, News::State(None)) && !matches!(self.goal, Goal::Create | Goal::Delete) {
            return Err(missing(&object.what().listing(), self.name).await);
        }
        let mut news = first;
        loop {
            match news {
                News::State(state) => {
                    let state = state.map(|it| object.what().listing().typed(it));
                    if let Some(end) = self.take(state.as_ref(), seen).await {
                        return Ok(end);
                    }
                }
                News::Quiet => {
                    seen.outage = None;
                    self.tell(&seen.told()).await;
                }
                News::Unreachable(error) => {
                    seen.outage = Some(error.to_string());
                    self.tell(&seen.told()).await;
                }
            }
            news = object.next().await?;
        }
    }

    /// Whether the waiting is over with this.
    async fn take(&self, object: Option<&Value>, seen: &mut Seen) -> Option<End> {
        let uid = object.map(|it| text(it, "/metadata/uid").to_owned());
        let is_another = seen.uid.is_some() && uid.is_some() && seen.uid != uid;
        let verdict = match object.filter(|_| !(is_another && *self.goal == Goal::Delete)) {
            Some(object) => judge(self.goal, object, self.cluster.redactor()),
            None => judge_absence(self.goal, seen.uid.is_some()),
        };
        seen.uid = uid.or_else(|| seen.uid.take());
        match verdict {
            Verdict::Met(text) => Some(End::Met(text)),
            Verdict::Never(why) => Some(End::Never(why)),
            Verdict::NotYet(text) => {
                let is_new = text != seen.text || seen.outage.is_some();
                (seen.text, seen.outage) = (text, None);
                if is_new {
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
