//! How a running OBI is, from everything that can be seen of it.
//!
//! That the process is there and `/healthz` answers proves nothing: both are so while OBI instruments nothing at all. What proves
//! something is in its metrics of itself, and in its log.

mod checks;
mod ended;
mod evidence;
mod exports;
mod metrics;
mod reason;

#[cfg(test)]
mod tests;

use serde::Serialize;

pub use self::{
    evidence::{Answer, Evidence, Life, is_of_obi},
    metrics::{Metrics, Sample},
    reason::{Reason, State},
};

/// How it is, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    pub state: State,
    /// What weighs most comes first. Nothing where all is well.
    pub reasons: Vec<Reason>,
    /// `v0.12.1`, as OBI says it itself.
    pub version: Option<String>,
    /// How many processes are instrumented, where that can be seen.
    pub instrumented: Option<u64>,
}

/// Judges what was seen. What was not asked for counts neither for nor against.
pub fn verdict(evidence: &Evidence<'_>) -> Verdict {
    let seen = evidence.looked_at();
    let reasons = reason::sorted(checks::reasons(&seen));
    Verdict {
        state: reasons.iter().map(|it| it.state).max().unwrap_or(State::Ready),
        reasons,
        version: seen.version(),
        instrumented: seen.instrumented(),
    }
}
