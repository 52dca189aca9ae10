//! Evictions, round by round: what a budget does not allow now, it may allow when another pod has come up elsewhere.

use std::{collections::BTreeSet, time::Duration};

use tokio::time::{self, Instant};

use super::{
    budgets::{self, Budget, budgets},
    eviction::{Evictions, Verdict},
    pods::{Fate, Pod, on_node},
};
use crate::{
    tool::{Session, ToolError},
    toolsets::kubernetes::{address::UNKNOWN, few::few},
};

/// Between two rounds.
const PACE: Duration = Duration::from_secs(2);
/// For the answer to what was asked at the very end.
const GRACE: Duration = Duration::from_secs(1);
/// Pods named while they are waited for.
const MOST_NAMED: usize = 3;

pub(super) struct Rounds<'a> {
    pub(super) evictions: Evictions<'a>,
    pub(super) node: &'a str,
    pub(super) labels: Option<&'a str>,
    pub(super) session: &'a Session,
    pub(super) started: Instant,
    /// Then what is left is told.
    pub(super) end: Instant,
}

/// What became of it.
pub(super) struct Outcome {
    /// How many evictions were granted.
    pub(super) evicted: usize,
    /// Pods that are still there, and why.
    pub(super) left: Vec<(Pod, String)>,
    /// Pods that nobody was asked about: they came before the node was closed to them.
    pub(super) came: Vec<Pod>,
    /// No waiting would help as things are.
    pub(super) is_hopeless: bool,
    /// Why it ended before its time.
    pub(super) stopped: Option<ToolError>,
}

/// A pod that is to leave.
struct Leaving {
    pod: Pod,
    stage: Stage,
}

enum Stage {
    Asked,
    /// It was asked, and the answer was lost.
    Unknown,
    /// It was evicted, or ends by itself.
    Ending,
    /// What the API server said.
    Blocked(String),
    Never(String),
}

impl Rounds<'_> {
    pub(super) async fn run(&self, pods: &[Pod]) -> Outcome {
        let stage = |it: &Pod| match it.fate() {
            Fate::Evicted => Some(Stage::Asked),
            Fate::Ending => Some(Stage::Ending),
            Fate::OfDaemonSet | Fate::Static => None,
        };
        let leaving =
            pods.iter().filter_map(|it| Some(Leaving { pod: it.clone(), stage: stage(it)? }));
        let (mut leaving, mut evicted): (Vec<Leaving>, usize) = (leaving.collect(), 0);
        let total = leaving.len();
        let mut known = Vec::new();
        let (mut is_hopeless, mut stopped, mut there) = (false, None, Vec::new());
        while !leaving.is_empty() {
            let round = self.round(&mut leaving, &mut evicted, &mut known);
            match time::timeout_at(self.end + GRACE, round).await {
                Ok(Ok(now)) => there = now,
                Ok(Err(error)) => {
                    stopped = Some(error);
                    break;
                }
                Err(_) => break,
            }
            is_hopeless = !leaving.is_empty() && leaving.iter().all(|it| it.is_hopeless(&known));
            if leaving.is_empty() || is_hopeless || Instant::now() + PACE >= self.end {
                break;
            }
            self.tell(&leaving, total).await;
            time::sleep(PACE).await;
        }
        let left = leaving.into_iter().map(|it| it.told(&known)).collect();
        let is_new = |it: &Pod| {
            it.fate() == Fate::Evicted
                && !pods.iter().any(|known| known.metadata.uid == it.metadata.uid)
        };
        let came = there.into_iter().filter(is_new).collect();
        Outcome { evicted, left, came, is_hopeless, stopped }
    }

    async fn round(
        &self,
        leaving: &mut Vec<Leaving>,
        evicted: &mut usize,
        known: &mut Vec<Budget>,
    ) -> Result<Vec<Pod>, ToolError> {
        for Leaving { pod, stage } in leaving.iter_mut() {
            if matches!(stage, Stage::Ending | Stage::Never(_)) || Instant::now() >= self.end {
                continue;
            }
            match self.evictions.evict(pod, false).await {
                Verdict::Granted => {
                    self.session.changed();
                    *evicted += 1;
                    *stage = Stage::Ending;
                }
                // The list that follows tells.
                Verdict::Gone | Verdict::Busy => {}
                Verdict::Unknown(error) => {
                    *stage = Stage::Unknown;
                    return Err(error);
                }
                Verdict::Blocked(said) => *stage = Stage::Blocked(said),
                Verdict::Never(said) => *stage = Stage::Never(said),
                Verdict::Failed(error) => return Err(error),
            }
        }
        let there = on_node(self.evictions.cluster, self.node, self.labels).await?;
        let uids: BTreeSet<&str> = there.iter().map(|it| it.metadata.uid.as_str()).collect();
        leaving.retain(|it| uids.contains(it.pod.metadata.uid.as_str()));
        if leaving.iter().any(Leaving::is_held) {
            *known = budgets(self.evictions.cluster).await;
        }
        Ok(there)
    }

    async fn tell(&self, leaving: &[Leaving], total: usize) {
        let names: Vec<String> = leaving.iter().map(|it| it.pod.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let held = leaving.iter().filter(|it| it.is_held()).count();
        let held = if held > 0 { format!(", {held} held by budgets") } else { String::new() };
        let message = format!(
            "{} of {total} pods have left; still there{held}: {}",
            total - leaving.len(),
            few(&names, MOST_NAMED)
        );
        let (done, whole) = (self.started.elapsed(), self.end - self.started);
        self.session.progress(done.as_secs_f64(), Some(whole.as_secs_f64()), &message).await;
    }
}

impl Leaving {
    fn is_held(&self) -> bool {
        matches!(self.stage, Stage::Blocked(_) | Stage::Never(_))
    }

    fn is_hopeless(&self, known: &[Budget]) -> bool {
        match self.stage {
            Stage::Never(_) => true,
            Stage::Blocked(_) => budgets::is_hopeless(&budgets::of(known, &self.pod)),
            Stage::Asked | Stage::Unknown | Stage::Ending => false,
        }
    }

    fn told(self, known: &[Budget]) -> (Pod, String) {
        let reason = budgets::reason(&budgets::of(known, &self.pod));
        let why = match self.stage {
            Stage::Asked => "not evicted yet, as far as is known".to_owned(),
            Stage::Unknown => format!("whether it was evicted {UNKNOWN}"),
            Stage::Ending => "evicted, and has not ended".to_owned(),
            Stage::Blocked(said) | Stage::Never(said) => reason.unwrap_or(said),
        };
        (self.pod, why)
    }
}
