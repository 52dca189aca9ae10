//! How the OBI that was deployed here is, from everything that can be seen of it at one moment.

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
        config::{Environment, Release},
        health::{Evidence, Life, Verdict, verdict},
        host::Agent,
        log::{self, Line, Progress},
        plan::{Plan, plan},
    },
    output::Document,
    tool::ToolError,
};

/// Of a start that failed, so many of its last lines are told.
const LAST_WORDS: usize = 5;

/// Everything that was seen.
pub(super) struct Answered {
    pub(super) deployment: Option<Deployment>,
    pub(super) phase: Phase,
    pub(super) usage: Option<Usage>,
    pub(super) foreign: Vec<Agent>,
    pub(super) lines: Vec<Line>,
    pub(super) verdict: Verdict,
    pub(super) plan: Option<Plan>,
    pub(super) progress: Progress,
}

impl Local {
    pub(super) async fn answered(&self, look: &Look) -> Answered {
        let from = look.deployment.as_ref().map_or(0, |it| it.log_from);
        // A log that cannot be read says as little as one that is not there.
        let lines = self.tail(from).map(|it| log::read(&it.bytes)).unwrap_or_default();
        let plan = self.plan(look).ok().flatten();
        let usage = look.usage();
        let Answers { health, internal } = self.answers(look).await;
        let evidence = Evidence {
            life: life(&look.phase, usage),
            healthz: health,
            internal_metrics: internal,
            lines: &lines,
            plan: plan.as_ref(),
            ..Evidence::default()
        };
        let verdict = verdict(&evidence);
        let progress = Progress::of(&lines);
        Answered {
            deployment: look.deployment.clone(),
            phase: look.phase.clone(),
            usage,
            foreign: Self::foreign(look),
            verdict,
            plan,
            progress,
            lines,
        }
    }

    pub(super) fn plan(&self, look: &Look) -> Result<Option<Plan>, ToolError> {
        let Some(deployment) = &look.deployment else { return Ok(None) };
        let text = self.store.configuration(deployment.revision)?;
        let environment: Environment =
            self.store.variables(deployment.revision)?.into_iter().collect();
        Ok(plan(&text, &environment, Release::KNOWN))
    }
}

fn life(phase: &Phase, usage: Option<Usage>) -> Life {
    match phase {
        Phase::Never => Life::Unknown,
        Phase::Running(_) => Life::Running(usage.map(|it| it.age.as_secs())),
        Phase::Ended(end) => {
            let (exit, signal) = end.as_ref().map_or((None, None), |it| (it.exit, it.signal));
            Life::Ended { exit, signal, asked: end.as_ref().is_some_and(|it| it.is_wanted) }
        }
    }
}

impl Answered {
    /// As an answer to what has changed something.
    pub(super) fn document(&self) -> Document {
        Document::new().note(self.status().text())
    }

    /// What a start that failed has said: the known problems, and its last lines.
    pub(super) fn last_words(&self) -> String {
        let known = problems::told(&self.lines).into_iter().map(|it| format!("\n- {it}"));
        let last = self.lines.iter().rev().take(LAST_WORDS).map(|it| format!("\n{}", it.raw));
        let last: Vec<String> = last.collect();
        known.chain(last.into_iter().rev()).collect()
    }
}
