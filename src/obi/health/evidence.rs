//! What was seen of an OBI.

use serde::Deserialize;

use super::metrics::Metrics;
use crate::obi::{
    log::{Line, Progress},
    mode::Mode,
    plan::Plan,
};

/// Whatever is left at its default was not looked at.
#[derive(Debug, Clone, Default)]
pub struct Evidence<'a> {
    pub life: Life,
    pub healthz: Answer,
    /// Of the endpoint of OBI's metrics of itself.
    pub internal_metrics: Answer,
    /// Of the endpoint of what OBI measures.
    pub prometheus: Answer,
    /// Its log, in order. Those of an earlier process count too where no line says that a new one started, which is so with
    /// `log_level: warn` and above.
    pub lines: &'a [Line],
    /// What its configuration asks for.
    pub plan: Option<&'a Plan>,
}

/// Of the process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Life {
    #[default]
    Unknown,
    /// For so many seconds, if that is known.
    Running(Option<u64>),
    /// It is there, and a signal (SIGSTOP) or a debugger keeps it from doing anything.
    Halted,
    Ended {
        exit: Option<i32>,
        signal: Option<i32>,
        /// Whether it was told to.
        asked: bool,
    },
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Answer {
    #[default]
    NotAsked,
    /// Nobody answered, and why.
    None(String),
    Some {
        status: u16,
        body: String,
    },
}

/// The evidence, read.
pub(super) struct Seen<'a> {
    pub(super) evidence: &'a Evidence<'a>,
    /// The lines since the last start.
    pub(super) lines: &'a [Line],
    pub(super) progress: Progress,
    /// Of OBI itself; `None` where there are none.
    pub(super) metrics: Option<Metrics>,
    /// What it was told to do, and what it says that it does.
    pub(super) modes: Vec<Mode>,
}

impl Evidence<'_> {
    pub(super) fn looked_at(&self) -> Seen<'_> {
        let lines = last_start(self.lines);
        let progress = Progress::of(lines);
        let planned = self.plan.map(|it| it.modes.as_slice()).unwrap_or_default();
        let mut modes = [planned, &progress.modes].concat();
        modes.sort_unstable();
        modes.dedup();
        let metrics = match &self.internal_metrics {
            Answer::Some { status: 200, body } => {
                Some(Metrics::read(body)).filter(Metrics::is_of_obi)
            }
            _ => None,
        };
        Seen { evidence: self, lines, progress, metrics, modes }
    }
}

fn last_start(lines: &[Line]) -> &[Line] {
    let is_start = |it: &Line| {
        it.message == "OpenTelemetry eBPF Instrumentation" && it.field("Version").is_some()
    };
    let begin = lines.iter().rposition(is_start).unwrap_or_default();
    lines.get(begin..).unwrap_or_default()
}

impl Seen<'_> {
    pub(super) fn has(&self, mode: Mode) -> bool {
        self.modes.contains(&mode)
    }

    /// From the labels: the value is 0 where only the network is looked at.
    pub(super) fn version(&self) -> Option<String> {
        let metrics = self.metrics.as_ref();
        let own = metrics.and_then(|it| it.all("obi_internal_build_info").next()?.label("version"));
        own.map(str::to_owned).or_else(|| self.progress.version.clone())
    }

    /// The metric is not there before the first process is. A log says that there is none only where it reaches back to the start.
    pub(super) fn instrumented(&self) -> Option<u64> {
        if let Some(metrics) = &self.metrics {
            return Some(whole(metrics.sum("obi_instrumented_processes").unwrap_or_default()));
        }
        let logged = u64::try_from(self.progress.instrumented.len()).ok()?;
        (logged > 0 || self.progress.version.is_some()).then_some(logged)
    }

    /// For how long it has been running.
    pub(super) fn seconds(&self) -> Option<u64> {
        if let Life::Running(seconds) = self.evidence.life { seconds } else { None }
    }
}

/// A number of things.
pub(super) fn whole(value: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is no less than 0, and beyond what is counted nothing is exact"
    )]
    let whole = value.max(0.0) as u64;
    whole
}

/// Whether `/healthz` is answered as only OBI does: whoever took its port may say 200 too.
pub fn is_of_obi(body: &str) -> bool {
    #[derive(Deserialize)]
    struct Health {
        #[serde(rename = "schema_version")]
        _version: u64,
    }
    serde_json::from_str::<Health>(body.trim()).is_ok()
}
