//! After a change to workloads: their rollouts are waited for until they are done, fail, or time is up.

mod suspicion;
mod trouble;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{FutureExt, StreamExt, stream::FuturesUnordered};
use tokio::time::Instant as Moment;

use self::trouble::{Trouble, Watch};
use super::{
    address::Address,
    cluster::Cluster,
    few::few,
    kubernetes_diagnose,
    kubernetes_wait::{End, Follow, Goal},
    late,
};
use crate::{
    output::{Document, Keep},
    tool::{Session, ToolError},
};

/// How long a call may take whose tool can wait: as long as it may wait, and what is done before and after that.
pub(super) const LIMIT: Duration = Duration::from_mins(11);
/// What a diagnosis may take.
const DIAGNOSIS: Duration = Duration::from_secs(10);
/// Kept of the time of a call for the diagnosis.
const RESERVE: Duration = Duration::from_secs(4);
/// What everything may take that does not wait.
const BRIEF: Duration = Duration::from_secs(30);
/// Workloads named in one sentence.
const MOST_NAMED: usize = 5;

/// The session for all that such a tool does beside waiting: a server that hangs is told of soon.
pub(super) fn brief(session: &Session) -> Session {
    session.until(Instant::now() + BRIEF)
}

/// How a call waits.
pub(super) struct Settling<'a> {
    pub(super) cluster: &'a Arc<Cluster>,
    pub(super) session: &'a Session,
    /// The context that the call named.
    pub(super) context: Option<&'a str>,
    /// The tool's name.
    pub(super) tool: &'static str,
    /// `wait`
    pub(super) seconds: u64,
}

/// How the waiting for one workload ended.
enum Ending {
    Settled(String),
    Failing(Trouble),
    Late(String),
    /// It could not be followed.
    Unknown(ToolError),
}

/// What the waiting for all of them came to.
pub(super) struct Settled {
    pub(super) document: Document,
    /// Whether all of them are rolled out.
    pub(super) is_done: bool,
    /// Of those that cannot be rolled out as they are, however long is waited: why.
    pub(super) failing: Vec<String>,
}

impl Settling<'_> {
    /// What became of the workloads among these, one line each; below it the diagnosis of the first that fails, which ends the
    /// waiting for all.
    pub(super) async fn settle(&self, changed: &[&Address]) -> Settled {
        let rolling =
            changed.iter().copied().filter(|it| Goal::Rollout.suits(&it.resource).is_ok());
        let rolling: Vec<&Address> = rolling.collect();
        if rolling.is_empty() {
            let document = Document::new()
                .note("not waited: only deployments, statefulsets and daemonsets are rolled out");
            return Settled { document, is_done: true, failing: Vec::new() };
        }
        let started = Moment::now();
        let endings = self.endings(&rolling, started).await;
        let is_done = endings.len() == rolling.len()
            && endings.iter().all(|it| matches!(it.1, Ending::Settled(_)));
        let failing = endings.iter().filter(|it| matches!(it.1, Ending::Failing(_)));
        let failing = failing.map(|(it, ending)| self.told(it, ending, started)).collect();
        let lines = endings.iter().map(|(it, ending)| self.told(it, ending, started)).collect();
        let mut document = Document::new().lines(lines);
        for (_, ending) in &endings {
            if let Ending::Failing(Trouble { said: Some(said), .. }) = ending {
                document = document.untrusted("its controller", said.clone(), Keep::Head);
            }
        }
        if let Some(rest) = rest(&rolling, &endings) {
            document = document.note(rest);
        }
        if let Some(diagnosis) = self.diagnosis(&endings).await {
            document = document.and(diagnosis);
        }
        Settled { document, is_done, failing }
    }

    /// In the order of the workloads; without those that were still under way when the first failed.
    async fn endings<'a>(
        &self,
        rolling: &[&'a Address],
        started: Moment,
    ) -> Vec<(&'a Address, Ending)> {
        let indexed = rolling.iter().enumerate();
        let waits = indexed.map(|(at, it)| self.ending(it, started).map(move |end| (at, *it, end)));
        let mut waits: FuturesUnordered<_> = waits.collect();
        let mut endings = Vec::new();
        while let Some((at, workload, ending)) = waits.next().await {
            let is_last = matches!(ending, Ending::Failing(_));
            endings.push((at, workload, ending));
            if is_last {
                break;
            }
        }
        endings.sort_by_key(|it| it.0);
        endings.into_iter().map(|(_, workload, ending)| (workload, ending)).collect()
    }

    async fn ending(&self, workload: &Address, started: Moment) -> Ending {
        let follow = Follow {
            cluster: self.cluster,
            resource: &workload.resource,
            namespace: workload.namespace.as_deref(),
            name: &workload.name,
            goal: &Goal::Rollout,
            session: self.session,
            started,
            end: self.end(started),
        };
        let watch = Watch { cluster: self.cluster, workload };
        tokio::select! {
            biased;
            end = follow.until_end() => match end {
                Ok(End::Met(seen)) => Ending::Settled(seen),
                Ok(End::Never(why)) => Ending::Failing(Trouble::said(why)),
                Ok(End::TimeUp(seen)) => Ending::Late(seen),
                Err(error) => Ending::Unknown(error),
            },
            trouble = watch.until_trouble() => Ending::Failing(trouble),
        }
    }

    fn asked(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// The operator's limit for calls may be shorter than what was asked for.
    fn end(&self, started: Moment) -> Moment {
        late::end(self.session, started + self.asked(), RESERVE)
    }

    fn told(&self, workload: &Address, ending: &Ending, started: Moment) -> String {
        let waited = started.elapsed().as_secs();
        match ending {
            Ending::Settled(seen) if seen.is_empty() => format!("{workload}: rolled out"),
            Ending::Settled(seen) => format!("{workload}: rolled out ({seen})"),
            Ending::Failing(Trouble { why, .. }) => {
                format!("{workload}: the rollout fails after {waited} s: {why}")
            }
            Ending::Late(seen) => {
                let cut = self.end(started) < started + self.asked();
                let cut = if cut {
                    format!(
                        ", which is as long as a call may take here (policy.timeouts: {})",
                        self.tool
                    )
                } else {
                    String::new()
                };
                format!("{workload}: not rolled out after {waited} s{cut}; seen last: {seen}")
            }
            Ending::Unknown(error) => format!("{workload}: cannot be followed: {error}"),
        }
    }

    /// Of the first that fails, or else the first that is late.
    async fn diagnosis(&self, endings: &[(&Address, Ending)]) -> Option<Document> {
        let failing = endings.iter().find(|it| matches!(it.1, Ending::Failing(_)));
        let late = || endings.iter().find(|it| matches!(it.1, Ending::Late(_)));
        let (workload, ending) = failing.or_else(late)?;
        let pod = match ending {
            Ending::Failing(Trouble { pod: Some(pod), .. }) => {
                let pods = self.cluster.resource("pods").await.ok()?;
                Some(Address::new(&pods, workload.namespace.as_deref(), pod))
            }
            _ => None,
        };
        let deadline = Some(self.session.until(Instant::now() + DIAGNOSIS).deadline()?);
        let object = pod.as_ref().unwrap_or(workload);
        let diagnosis =
            kubernetes_diagnose::of_object(self.cluster, object, self.context, deadline).await?;
        Some(diagnosis.unwrap_or_else(|error| {
            Document::new().note(format!("no diagnosis of {object}: {error}"))
        }))
    }
}

/// Those whose end was not waited for.
fn rest(rolling: &[&Address], endings: &[(&Address, Ending)]) -> Option<String> {
    let is_left = |it: &&&Address| !endings.iter().any(|ended| ended.0 == **it);
    let left: Vec<String> = rolling.iter().filter(is_left).map(ToString::to_string).collect();
    let left: Vec<&str> = left.iter().map(String::as_str).collect();
    (!left.is_empty()).then(|| format!("still under way: {}", few(&left, MOST_NAMED)))
}
