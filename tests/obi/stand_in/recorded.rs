//! The runs that were recorded.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    configuration::{Effective, Ports},
    endpoints::Port,
};

const RUNS: &str = include_str!("../runs.jsonl");

#[derive(Deserialize)]
struct Recorded {
    name: String,
    config: Option<String>,
    env: BTreeMap<String, String>,
    prefix: Vec<String>,
    exit: Option<u8>,
    ended_by: String,
    seconds: f64,
    stdout_tail: Vec<String>,
    stderr_tail: Vec<String>,
    #[serde(default)]
    running: Answers,
}

/// What the endpoints answered, each with the status on its last line.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Answers {
    pub(crate) healthz: Option<String>,
    pub(crate) metrics: Option<String>,
    pub(crate) internal_metrics: Option<String>,
}

/// One of them, as it is to be done again.
pub(crate) struct Run {
    pub(crate) errors: Vec<String>,
    /// Each with its time since the start.
    pub(crate) lines: Vec<(Duration, String)>,
    /// What is said when it is asked to end.
    pub(crate) farewell: Vec<String>,
    /// None for one that ran until then.
    pub(crate) end: Option<(u8, Duration)>,
    pub(crate) answers: Answers,
}

/// Before it says in which mode it starts, it waits for the metadata of a cloud.
const MODE: Duration = Duration::from_millis(2_050);
const MODES: [&str; 3] = [
    "starting Application Observability mode",
    "starting OBI in Network metrics mode",
    "starting OBI in Stat metrics mode",
];

const ENDS: [&str; 2] = ["exiting auto-instrumenter", "stopping Flows agent"];

impl Run {
    /// The first that was recorded with the same, in a world with the same ports taken.
    pub(crate) fn of(wanted: &Effective, taken: Option<Port>) -> Option<Self> {
        let runs =
            RUNS.lines().map(|it| serde_json::from_str::<Recorded>(it).expect("it was recorded"));
        let mut runs = runs.filter(|it| it.prefix.is_empty());
        let run = runs.find(|it| it.taken() == taken && it.effective().value == wanted.value)?;
        Some(run.again(&wanted.ports))
    }
}

impl Recorded {
    fn taken(&self) -> Option<Port> {
        match self.name.as_str() {
            "prometheus port taken" => Some(Port::Prometheus),
            "health port taken" => Some(Port::Health),
            _ => None,
        }
    }

    fn effective(&self) -> Effective {
        Effective::of(self.config.as_deref().unwrap_or_default(), &self.env)
    }

    fn again(self, ports: &Ports) -> Run {
        let recorded = self.effective().ports;
        let with_ports = |line: &String| {
            let pairs = [
                (recorded.prometheus, ports.prometheus),
                (recorded.internal, ports.internal),
                (recorded.health, ports.health),
            ];
            pairs.into_iter().fold(line.clone(), |line, (then, now)| match (then, now) {
                (Some(then), Some(now)) => line.replace(&format!("{then}"), &format!("{now}")),
                _ => line,
            })
        };
        let ran_until_asked = self.ended_by != "self";
        let is_farewell = |it: &String| ran_until_asked && ENDS.iter().any(|end| it.contains(end));
        let end = self.stdout_tail.iter().position(is_farewell).unwrap_or(self.stdout_tail.len());
        let (lines, farewell) = self.stdout_tail.split_at(end);
        let lines: Vec<String> = lines.iter().map(with_ports).collect();
        Run {
            errors: self.stderr_tail,
            lines: times(&lines).into_iter().zip(lines).collect(),
            farewell: farewell.to_vec(),
            end: self
                .exit
                .filter(|_| !ran_until_asked)
                .map(|it| (it, Duration::from_secs_f64(self.seconds))),
            answers: self.running,
        }
    }
}

/// The clock of the recording, with the words of a mode where they belong.
fn times(lines: &[String]) -> Vec<Duration> {
    let stamps: Vec<Option<Timestamp>> = lines.iter().map(|it| stamp(it)).collect();
    let mode = lines.iter().position(|it| MODES.iter().any(|mode| it.contains(mode)));
    let mode = mode.and_then(|it| stamps.get(it).copied().flatten());
    let first = stamps.iter().flatten().next().copied();
    let mut last = Duration::ZERO;
    let after = |it: Option<Timestamp>| {
        if let (Some(it), Some(from)) = (it, mode.or(first)) {
            let since = it.as_millisecond() - from.as_millisecond();
            let base = if mode.is_some() { MODE } else { Duration::ZERO };
            let distance = Duration::from_millis(since.unsigned_abs());
            last = if since < 0 { base.saturating_sub(distance) } else { base + distance };
        }
        last
    };
    stamps.into_iter().map(after).collect()
}

/// `time=2026-11-22T06:37:26.973Z …`, or the same as JSON.
fn stamp(line: &str) -> Option<Timestamp> {
    let after = line.strip_prefix("time=").or_else(|| line.strip_prefix("{\"time\":\""))?;
    after.split([' ', '"']).next()?.parse().ok()
}
