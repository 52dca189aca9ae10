//! How an OBI in a cluster is: from what is seen of all of it, and from what those said who were asked.

use std::{cmp::Reverse, fmt};

use super::{
    Fleet,
    asked::{Asked, Lack},
    pods::Phase,
};
use crate::{
    obi::{
        health::{Reason, State},
        log::problem,
    },
    toolsets::kubernetes::few::many,
};

/// A reason, and how many pods give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::toolsets::kubernetes::obi) struct Told {
    pub(in crate::toolsets::kubernetes::obi) state: State,
    /// For programs: `nothing-instrumented`.
    pub(in crate::toolsets::kubernetes::obi) name: String,
    pub(in crate::toolsets::kubernetes::obi) text: String,
    /// What to do; empty where there is nothing to do.
    pub(in crate::toolsets::kubernetes::obi) fix: String,
    /// None where it is about the whole.
    pub(in crate::toolsets::kubernetes::obi) pods: Option<usize>,
    /// Whether these are only of those that were asked.
    pub(in crate::toolsets::kubernetes::obi) is_of_sample: bool,
}

#[derive(Debug, Clone)]
pub(in crate::toolsets::kubernetes::obi) struct Judged {
    pub(in crate::toolsets::kubernetes::obi) state: State,
    /// What weighs most comes first. Nothing where all is well.
    pub(in crate::toolsets::kubernetes::obi) reasons: Vec<Told>,
    /// As those who were asked say it themselves.
    pub(in crate::toolsets::kubernetes::obi) versions: Vec<String>,
    /// Processes that those who were asked instrument, where that can be seen.
    pub(in crate::toolsets::kubernetes::obi) instrumented: Option<u64>,
    /// How many were asked, how many of them instrument nothing, and what could not be asked.
    pub(in crate::toolsets::kubernetes::obi) notes: Vec<String>,
}

/// That one node has nothing to be instrumented is no fault where another has.
const NOTHING: [&str; 2] = ["nothing-instrumented", "nothing-instrumented-yet"];

pub(super) fn judged(fleet: &Fleet, asked: &[Asked]) -> Judged {
    let running = asked.iter().filter(|it| it.runs);
    let instrumented = running.filter_map(|it| it.verdict.instrumented);
    let instrumented = instrumented.reduce(|one, other| one + other);
    let mut reasons = of_fleet(fleet);
    let mut idle = 0;
    for pod in asked {
        // Of one that has ended, what it said last is enough, and where that is known already nothing.
        let most = match (pod.runs, pod.is_explained) {
            (true, _) => usize::MAX,
            (false, true) => 0,
            (false, false) => 1,
        };
        for reason in pod.verdict.reasons.iter().take(most) {
            if NOTHING.contains(&reason.name.as_str()) && instrumented.is_some_and(|it| it > 0) {
                idle += 1;
                continue;
            }
            let known = reasons.iter_mut().find(|it| it.name == reason.name && it.is_of_sample);
            if let Some(known) = known {
                known.pods = known.pods.map(|it| it + 1);
                known.state = known.state.max(reason.state);
            } else {
                let (name, text, fix) =
                    (reason.name.clone(), reason.text.clone(), fix(pod, reason).to_owned());
                let (state, pods) = (reason.state, Some(1));
                reasons.push(Told { state, name, text, fix, pods, is_of_sample: true });
            }
        }
    }
    // What is so of one of many does not make all of them useless.
    let well = asked.iter().filter(|it| it.verdict.state != State::Unavailable).count();
    for reason in reasons.iter_mut().filter(|it| it.is_of_sample) {
        if well > 0 && reason.state == State::Unavailable {
            reason.state = State::Degraded;
        }
    }
    reasons.sort_by_key(|it| (Reverse(it.state), Reverse(it.pods.unwrap_or(usize::MAX))));
    let mut versions: Vec<String> =
        asked.iter().filter_map(|it| it.verdict.version.clone()).collect();
    versions.sort_unstable();
    versions.dedup();
    Judged {
        state: reasons.iter().map(|it| it.state).max().unwrap_or(State::Ready),
        reasons,
        versions,
        instrumented,
        notes: notes(fleet, asked, idle),
    }
}

/// What to do; where something could not be looked at, to let it be looked at.
fn fix<'a>(pod: &Asked, reason: &'a Reason) -> &'a str {
    let is_kept_away = reason.name == "not-proven" && !pod.lacks.is_empty();
    if is_kept_away {
        "give whoever asks the right to get pods/log and pods/proxy"
    } else {
        &reason.fix
    }
}

/// What is seen without asking anybody.
fn of_fleet(fleet: &Fleet) -> Vec<Told> {
    let told = |state, name: &str, text: String, fix: &str| Told {
        state,
        name: name.to_owned(),
        text,
        fix: fix.to_owned(),
        pods: None,
        is_of_sample: false,
    };
    let Some(set) = &fleet.set else {
        let text = format!("no OBI of Tacklebox's is deployed in namespace {}", fleet.namespace);
        return vec![told(State::Unavailable, "not-deployed", text, "obi_k8s_deploy deploys one")];
    };
    let counts = set.status;
    let mut reasons = Vec::new();
    if set.is_seen() && counts.desired == 0 {
        let text = "it is to run on no node".to_owned();
        reasons.push(told(
            State::Unavailable,
            "no-node",
            text,
            "see the nodes that are not covered",
        ));
    }
    if !set.is_seen() || counts.current < counts.desired && fleet.refused.is_none() {
        let text = format!("its pods are being made: {} of {}", counts.current, counts.desired);
        reasons.push(told(State::Degraded, "being-made", text, ""));
    }
    if let Some(said) = &fleet.refused {
        let (there, wanted) = (counts.current, counts.desired);
        let known = problem(said);
        let why = known.map_or("its controller may not make pods", |it| it.meaning.as_str());
        let fix = known.map_or("see what the API server says", |it| it.fix.as_str());
        let state = if there == 0 { State::Unavailable } else { State::Degraded };
        let text = format!("{there} of {wanted} pods are there: {why}");
        reasons.push(told(state, "pods-refused", text, fix));
    }
    let ready = fleet.pods.iter().filter(|it| it.phase == Phase::Ready).count();
    for group in fleet.groups() {
        if matches!(group.phase, Phase::Ready | Phase::Ending) {
            continue;
        }
        let state = if ready == 0 { State::Unavailable } else { State::Degraded };
        let fix = group.pods.iter().find_map(|it| it.problem).map(|it| it.fix.as_str());
        let usual = match group.phase {
            Phase::Image => {
                "correct image or version (obi_k8s_upgrade), or give the nodes a pull secret"
            }
            Phase::OutOfMemory => {
                "give it more memory (`resources`), or write ebpf: {maps_config: {global_scale_factor: -1}}"
            }
            _ => "",
        };
        let name = group.phase.to_string().replace(' ', "-");
        let text = group.why.to_owned();
        let fix = fix.unwrap_or(usual).to_owned();
        let pods = Some(group.pods.len());
        reasons.push(Told { state, name, text, fix, pods, is_of_sample: false });
    }
    let wanted = set.config_hash();
    if let (Some(wanted), Some(own)) = (wanted, fleet.config.hash.as_deref())
        && wanted != own
    {
        let text =
            "ConfigMap obi-config is not what its pods run: somebody has changed one of the two"
                .to_owned();
        let fix = "obi_k8s_config sets the configuration and rolls it out";
        reasons.push(told(State::Degraded, "config-drift", text, fix));
    }
    let behind =
        fleet.hashes().into_iter().filter(|it| wanted.is_some_and(|wanted| wanted != it.0));
    let behind: usize = behind.map(|it| it.1).sum();
    if behind > 0 {
        let text = format!(
            "{} with an older configuration: a rollout is under way, or stuck",
            many(behind, "pod")
        );
        reasons.push(told(State::Degraded, "config-behind", text, ""));
    }
    if set.is_seen()
        && counts.updated < counts.desired
        && behind == 0
        && counts.current >= counts.desired
    {
        let text = format!(
            "{} of {} pods are updated: a rollout is under way, or stuck",
            counts.updated, counts.desired
        );
        reasons.push(told(State::Degraded, "rollout", text, ""));
    }
    reasons
}

fn notes(fleet: &Fleet, asked: &[Asked], idle: usize) -> Vec<String> {
    let mut notes = Vec::new();
    if !fleet.pods.is_empty() {
        let idle =
            if idle > 0 { format!(", of which {idle} instrument nothing") } else { String::new() };
        notes.push(format!("asked: {} of {}{idle}", asked.len(), many(fleet.pods.len(), "pod")));
    }
    let mut lacks: Vec<&Lack> = asked.iter().flat_map(|it| &it.lacks).collect();
    lacks.sort_unstable();
    lacks.dedup();
    notes.extend(lacks.into_iter().map(|it| match it {
        Lack::Log(why) => format!("without logs, which take the right to get pods/log: {why}"),
        Lack::Proxy(why) => {
            format!("by logs alone: OBI's metrics take the right to get pods/proxy: {why}")
        }
    }));
    notes
}

impl Told {
    /// `3 pods`, `8 of those asked`
    pub(in crate::toolsets::kubernetes::obi) fn of(&self) -> Option<String> {
        let pods = self.pods?;
        Some(if self.is_of_sample { format!("{pods} of those asked") } else { many(pods, "pod") })
    }
}

/// `killed for want of memory (3 pods; fix: …)`
impl fmt::Display for Told {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)?;
        let pods = self.of();
        let fix = (!self.fix.is_empty()).then(|| format!("fix: {}", self.fix));
        let beside: Vec<String> = pods.into_iter().chain(fix).collect();
        if beside.is_empty() { Ok(()) } else { write!(out, " ({})", beside.join("; ")) }
    }
}
