//! Whether a deployment that has just been rolled out does what it is for.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use tokio::time::{sleep, timeout_at};

use super::{Asked, Fleet, Judged, Phase};
use crate::{
    obi::health::State,
    tool::{Session, ToolError},
    toolsets::kubernetes::{
        cluster::Cluster,
        few::{few, many},
    },
};

/// Programs that are named.
const MOST_NAMED: usize = 5;
/// Between two looks, longer each time.
const PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// Of an OBI that runs for so many seconds everything is known: it waits two for clouds, and looks for processes that are at least
/// five seconds old every five.
const SETTLED: u64 = 20;
/// An OBI that has ended so often ends again.
const SURE_RESTARTS: u32 = 2;

#[derive(Debug, Clone)]
pub(in crate::toolsets::kubernetes::obi) struct Proof {
    pub(in crate::toolsets::kubernetes::obi) state: State,
    /// What weighs most comes first, each with its fix; words of others may stand in them.
    pub(in crate::toolsets::kubernetes::obi) reasons: Vec<String>,
    /// Processes that those who were asked instrument, where that can be seen.
    pub(in crate::toolsets::kubernetes::obi) instrumented: Option<u64>,
    /// Their programs.
    pub(in crate::toolsets::kubernetes::obi) programs: BTreeMap<String, u64>,
    pub(in crate::toolsets::kubernetes::obi) versions: Vec<String>,
    /// How many pods were asked.
    pub(in crate::toolsets::kubernetes::obi) asked: usize,
    /// What could not be seen.
    pub(in crate::toolsets::kubernetes::obi) notes: Vec<String>,
}

/// Looks until all pods that are asked are proven to work, until it is sure that they will not, or until the time is up: then how it was at
/// last. An error is that nothing could be seen at all.
pub(in crate::toolsets::kubernetes::obi) async fn proof(
    cluster: &Cluster,
    session: &Session,
    namespace: &str,
    until: Instant,
) -> Result<Proof, ToolError> {
    let mut last: Option<Proof> = None;
    let mut pause = PAUSE;
    loop {
        match timeout_at(until.into(), look(cluster, namespace)).await {
            Ok(Ok((proof, is_sure))) => {
                if is_sure {
                    return Ok(proof);
                }
                session.progress(0.0, None, &told(&proof)).await;
                last = Some(proof);
            }
            // An API server that is away for a moment comes again.
            Ok(Err(ToolError::Unavailable(_) | ToolError::Busy(_))) if Instant::now() < until => {}
            Ok(Err(error)) => return last.ok_or(error),
            Err(_) => return last.ok_or_else(|| silent(namespace)),
        }
        if Instant::now() + pause >= until {
            return last.ok_or_else(|| silent(namespace));
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// How it is now, and whether it will be otherwise in a moment.
async fn look(cluster: &Cluster, namespace: &str) -> Result<(Proof, bool), ToolError> {
    let fleet = Fleet::of(cluster, Some(namespace)).await?;
    let asked = fleet.ask(cluster).await;
    let judged = fleet.judged(&asked);
    let is_sure = is_sure(&fleet, &asked, &judged);
    Ok((Proof::of(judged, &asked), is_sure))
}

fn is_sure(fleet: &Fleet, asked: &[Asked], judged: &Judged) -> bool {
    if judged.state == State::Ready {
        return !asked.is_empty();
    }
    let is_under_way = |it: &super::Pod| match it.phase {
        Phase::Pending | Phase::Unready | Phase::Ending => true,
        Phase::Crashing | Phase::OutOfMemory => it.restarts < SURE_RESTARTS,
        _ => false,
    };
    let names = ["being-made", "config-behind", "rollout"];
    let is_rolling_out = judged.reasons.iter().any(|it| names.contains(&it.name.as_str()));
    let is_young =
        |it: &Asked| it.verdict.state != State::Ready && it.seconds.is_some_and(|it| it < SETTLED);
    fleet.set.is_some()
        && !is_rolling_out
        && !fleet.pods.iter().any(is_under_way)
        && !asked.iter().any(is_young)
}

impl Proof {
    fn of(judged: Judged, asked: &[Asked]) -> Self {
        let mut programs: BTreeMap<String, u64> = BTreeMap::new();
        for (name, count) in asked.iter().flat_map(|it| &it.processes) {
            *programs.entry(name.clone()).or_default() += count;
        }
        Self {
            state: judged.state,
            reasons: judged.reasons.iter().map(ToString::to_string).collect(),
            instrumented: judged.instrumented,
            programs,
            versions: judged.versions,
            asked: asked.len(),
            notes: judged.notes,
        }
    }
}

impl Proof {
    /// In one sentence, for an error.
    pub(in crate::toolsets::kubernetes::obi) fn why(&self) -> String {
        self.reasons.join("; ")
    }

    /// `ready: OBI v0.13.0, 3 pods asked, 12 processes instrumented (node 8, python3 4)`, and why not.
    pub(in crate::toolsets::kubernetes::obi) fn lines(&self) -> Vec<String> {
        let mut facts: Vec<String> = self.versions.iter().map(|it| format!("OBI {it}")).collect();
        facts.push(format!("{} asked", many(self.asked, "pod")));
        facts.extend(
            self.instrumented.map(|it| format!("{it} processes instrumented{}", self.named())),
        );
        let first = format!("{}: {}", self.state, facts.join(", "));
        let reasons = self.reasons.iter().map(|it| format!("- {it}"));
        [first].into_iter().chain(reasons).chain(self.notes.iter().cloned()).collect()
    }
}

impl Proof {
    fn named(&self) -> String {
        let programs = self.programs.iter().map(|(name, count)| format!("{name} {count}"));
        let programs: Vec<String> = programs.collect();
        let programs: Vec<&str> = programs.iter().map(String::as_str).collect();
        let named = few(&programs, MOST_NAMED);
        if named.is_empty() { named } else { format!(" ({named})") }
    }
}

fn told(proof: &Proof) -> String {
    match proof.reasons.first() {
        Some(reason) => format!("{}: {reason}", proof.state),
        None => format!("{}: {} pods asked", proof.state, proof.asked),
    }
}

fn silent(namespace: &str) -> ToolError {
    ToolError::Unavailable(format!(
        "nothing could be seen in time of the OBI in namespace {namespace}: obi_k8s_status looks again"
    ))
}
