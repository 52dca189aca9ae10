//! How the OBI that was deployed here is, from everything that can be seen of it at one moment.

use tokio::task::spawn_blocking;

use super::{
    Local,
    asking::Answers,
    look::{Look, Phase},
    problems,
    process::Usage,
    store::Deployment,
};
use crate::{
    obi::{
        config::Release,
        health::{Evidence, Life, Verdict, verdict},
        host::Agent,
        log::{self, Format, Level, Line, Progress},
        plan::{Plan, plan},
    },
    output::{clip, plain},
    tool::ToolError,
};

/// Of a start that failed, so many of its last errors are told.
const LAST_WORDS: usize = 3;

/// Of each of them, in characters.
const LONGEST: usize = 400;

/// Everything that was seen.
pub(super) struct Answered {
    pub(super) deployment: Option<Deployment>,
    pub(super) phase: Phase,
    pub(super) seen: Seen,
    pub(super) verdict: Verdict,
    pub(super) progress: Progress,
}

/// What is there without asking OBI.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) usage: Option<Usage>,
    pub(super) foreign: Vec<Agent>,
    pub(super) lines: Vec<Line>,
    pub(super) plan: Option<Plan>,
    pub(super) log_is_gone: bool,
    /// The newest revision that was kept.
    pub(super) newest: Option<u32>,
}

impl Local {
    pub(super) async fn answered(&self, look: &Look) -> Answered {
        let (local, seeing) = (self.clone(), look.clone());
        let seen = spawn_blocking(move || local.seen(&seeing)).await.unwrap_or_default();
        let Answers { health, internal, prometheus } = self.answers(look).await;
        let evidence = Evidence {
            life: life(&look.phase, seen.usage),
            healthz: health,
            internal_metrics: internal,
            prometheus,
            lines: &seen.lines,
            plan: seen.plan.as_ref(),
        };
        Answered {
            deployment: look.deployment.clone(),
            phase: look.phase.clone(),
            verdict: verdict(&evidence),
            progress: Progress::of(&seen.lines),
            seen,
        }
    }

    /// Hundreds of files, and megabytes of a log.
    fn seen(&self, look: &Look) -> Seen {
        let from = look.deployment.as_ref().map_or(0, |it| it.log_from);
        Seen {
            usage: look.usage(),
            foreign: Self::foreign(look),
            // A log that cannot be read says as little as one that is not there.
            lines: self.tail(from).map(|it| log::read(&it.bytes)).unwrap_or_default(),
            plan: look.deployment.as_ref().and_then(|it| self.plan(it).ok().flatten()),
            log_is_gone: look.running().is_some() && !self.store.log().exists(),
            newest: self.store.revisions().last().map(|it| it.number),
        }
    }

    pub(super) fn plan(&self, deployment: &Deployment) -> Result<Option<Plan>, ToolError> {
        let (text, environment) = self.deployed(deployment)?;
        Ok(plan(&text, &environment, Release::KNOWN))
    }
}

fn life(phase: &Phase, usage: Option<Usage>) -> Life {
    match phase {
        Phase::Never => Life::Unknown,
        Phase::Running(_) if usage.is_some_and(|it| it.is_halted) => Life::Halted,
        Phase::Running(_) => Life::Running(usage.map(|it| it.age.as_secs())),
        Phase::Ended(end) => {
            let (exit, signal) = end.as_ref().map_or((None, None), |it| (it.exit, it.signal));
            Life::Ended { exit, signal, asked: end.as_ref().is_some_and(|it| it.is_wanted) }
        }
    }
}

impl Answered {
    /// What a start that failed has said: the known problems, and its last errors. Programs that OBI looks at have no word in it.
    pub(super) fn last_words(&self) -> String {
        let known = problems::told(&self.seen.lines).into_iter().map(|it| format!("\n- {it}"));
        let is_error = |it: &&Line| {
            let is_own = !matches!(it.format, Format::Trace | Format::Flow);
            is_own && it.level.is_none_or(|it| it >= Level::Error)
        };
        let errors: Vec<&Line> = self.seen.lines.iter().filter(is_error).collect();
        let last = errors.iter().skip(errors.len().saturating_sub(LAST_WORDS));
        known.chain(last.map(|it| format!("\nOBI: {}", said(it)))).collect()
    }
}

fn said(line: &Line) -> String {
    let mut text = plain(&line.raw);
    clip(&mut text, LONGEST);
    text
}
