//! `obi_local_status`: whether OBI runs on this host, whether it does what it is for, and why not.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Local, answered::Answered, look::Phase, problems};
use crate::{
    obi::{Mode, log::Severity},
    tool::{Object, Session, Tool, ToolError},
};

/// How the OBI on this host is: verdict with reasons, process, version, instrumented processes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ObiLocalStatus {
    /// With ports, paths and every instrumented process
    verbose: Option<bool>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Status {
    /// `not_deployed`, `running` or `ended`.
    state: &'static str,
    /// `ready`, `degraded` or `unavailable`; none where nothing was deployed.
    verdict: Option<String>,
    /// Why, what weighs most first.
    reasons: Vec<String>,
    /// What it was deployed to do: `application`, `network`, `stats`.
    modes: Vec<String>,
    /// As OBI says it itself.
    version: Option<String>,
    process: Option<ProcessStatus>,
    /// How it ended.
    ended: Option<String>,
    /// Of its configuration.
    revision: Option<u32>,
    /// A newer one that was kept and does not run.
    pending: Option<u32>,
    /// How many processes it instruments, where that can be seen.
    instrumented: Option<u64>,
    /// What else its log says is wrong.
    problems: Vec<String>,
    /// It runs, and its log was deleted.
    log_is_gone: bool,
    /// Others of its kind on this host, which are never touched.
    others: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Details>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ProcessStatus {
    pid: u32,
    /// Of systemd, where it was deployed as one.
    unit: Option<String>,
    since: String,
    /// In seconds.
    age: Option<u64>,
    /// Processor time in seconds.
    cpu: Option<f64>,
    /// Memory in MiB.
    memory: Option<u64>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Details {
    program: String,
    configuration: String,
    log: String,
    /// `127.0.0.1:9466/healthz`
    health: Option<String>,
    internal_metrics: Option<String>,
    metrics: Option<String>,
    /// `process 12: /usr/bin/shop (go)`
    instrumented: Vec<String>,
}

impl Tool for ObiLocalStatus {
    const NAME: &'static str = "obi_local_status";
    const TITLE: &'static str = "OBI here";
    const ALIASES: &'static [&'static str] = &["obi_get_status"];

    type Context = Local;
    type Output = Object<Status>;

    async fn call(self, local: &Local, _: &Session) -> Result<Object<Status>, ToolError> {
        let look = local.look()?;
        let answered = local.answered(&look).await;
        let mut value = answered.status();
        value.details = self.verbose.unwrap_or(false).then(|| local.details(&answered)).flatten();
        Ok(Object { text: value.text(), value })
    }
}

impl Local {
    fn details(&self, answered: &Answered) -> Option<Details> {
        let deployment = answered.deployment.as_ref()?;
        let instrumented = answered.progress.instrumented.iter();
        Some(Details {
            program: deployment.binary.display().to_string(),
            configuration: self.store.path(deployment.revision).display().to_string(),
            log: self.store.log().display().to_string(),
            health: deployment.ports.health.as_ref().map(ToString::to_string),
            internal_metrics: deployment.ports.internal.as_ref().map(ToString::to_string),
            metrics: deployment.ports.prometheus.as_ref().map(ToString::to_string),
            instrumented: instrumented
                .map(|it| format!("process {}: {} ({})", it.pid, it.command, it.kind))
                .collect(),
        })
    }
}

impl Answered {
    pub(super) fn status(&self) -> Status {
        let is_deployed = self.phase != Phase::Never;
        let verdict = is_deployed.then_some(&self.verdict);
        Status {
            state: match &self.phase {
                Phase::Never => "not_deployed",
                Phase::Running(_) => "running",
                Phase::Ended(_) => "ended",
            },
            verdict: verdict.map(|it| it.state.to_string()),
            reasons: verdict.iter().flat_map(|it| &it.reasons).map(ToString::to_string).collect(),
            modes: self
                .seen
                .plan
                .iter()
                .flat_map(|it| &it.modes)
                .map(ToString::to_string)
                .collect(),
            version: verdict.and_then(|it| it.version.clone()),
            process: self.process(),
            ended: self.ended(),
            revision: self.deployment.as_ref().map(|it| it.revision),
            pending: self.pending(),
            instrumented: verdict
                .and_then(|it| it.instrumented)
                .filter(|_| self.observes_programs()),
            problems: self.problems(),
            log_is_gone: self.seen.log_is_gone,
            others: self.seen.foreign.iter().map(ToString::to_string).collect(),
            details: None,
        }
    }

    /// Those that are no reason of the verdict already, nor mere notes.
    fn problems(&self) -> Vec<String> {
        let is_reason = |name: &str| self.verdict.reasons.iter().any(|it| it.name == name);
        let problems = problems::told(&self.seen.lines).into_iter();
        let others = problems
            .filter(|it| it.problem.severity != Severity::Note && !is_reason(&it.problem.name));
        others.map(|it| it.to_string()).collect()
    }

    fn observes_programs(&self) -> bool {
        let modes = self.seen.plan.as_ref().map(|it| &it.modes);
        modes.is_some_and(|it| it.contains(&Mode::Application))
            && matches!(self.phase, Phase::Running(_))
    }

    fn pending(&self) -> Option<u32> {
        let deployed = self.deployment.as_ref()?.revision;
        self.seen.newest.filter(|it| *it > deployed)
    }

    fn process(&self) -> Option<ProcessStatus> {
        let Phase::Running(birth) = &self.phase else { return None };
        let deployment = self.deployment.as_ref()?;
        Some(ProcessStatus {
            pid: birth.pid,
            unit: deployment.unit.clone(),
            since: deployment.started.to_string(),
            age: self.seen.usage.map(|it| it.age.as_secs()),
            cpu: self.seen.usage.map(|it| it.cpu.as_secs_f64()),
            memory: self.seen.usage.map(|it| it.resident >> 20),
        })
    }

    fn ended(&self) -> Option<String> {
        let Phase::Ended(end) = &self.phase else { return None };
        Some(end.as_ref().map_or_else(|| "nobody saw how".to_owned(), ToString::to_string))
    }

    /// What is another whenever there is something new to tell.
    pub(super) fn mark(&self) -> String {
        let Status { state, verdict, reasons, version, revision, instrumented, problems, .. } =
            self.status();
        format!(
            "{state} {verdict:?} {reasons:?} {version:?} {revision:?} {instrumented:?} {problems:?}"
        )
    }
}

impl Status {
    /// The same in sentences.
    pub(super) fn text(&self) -> String {
        let mut lines = vec![self.headline()];
        lines.extend(self.reasons.iter().map(|it| format!("- {it}")));
        if !self.modes.is_empty() {
            lines.push(format!("deployed for: {}", self.modes.join(", ")));
        }
        if let Some(count) = self.instrumented {
            lines.push(format!("instrumented processes: {count}"));
        }
        if self.log_is_gone {
            lines.push(
                "its log was deleted, and much of how it is cannot be seen: deploy it again"
                    .to_owned(),
            );
        }
        if let Some(pending) = self.pending {
            lines.push(format!(
                "revision {pending} is kept and does not run: obi_local_update with revision: {pending} runs it"
            ));
        }
        if !self.problems.is_empty() {
            lines.push("its log says besides:".to_owned());
            lines.extend(self.problems.iter().map(|it| format!("- {it}")));
        }
        lines.extend(self.others.iter().map(|it| format!("another OBI, not deployed here: {it}")));
        lines.extend(self.details.iter().flat_map(Details::lines));
        lines.join("\n")
    }

    fn headline(&self) -> String {
        let version = self.version.as_deref().map(|it| format!(" {it}")).unwrap_or_default();
        let verdict = self.verdict.as_deref().unwrap_or("unknown");
        let revision = self.revision.unwrap_or_default();
        match (&self.process, &self.ended) {
            (Some(process), _) => {
                let unit = process.unit.as_deref().map(|it| format!(", {it}")).unwrap_or_default();
                let memory = process.memory.map(|it| format!(", {it} MiB")).unwrap_or_default();
                let cpu = process
                    .cpu
                    .map(|it| format!(", {it:.1} s of processor time"))
                    .unwrap_or_default();
                format!(
                    "{verdict}: OBI{version} runs since {} (process {}{unit}, revision {revision}{memory}{cpu})",
                    process.since, process.pid
                )
            }
            (None, Some(ended)) => {
                format!(
                    "{verdict}: OBI{version} of revision {revision} does not run any more: {ended}"
                )
            }
            (None, None) => {
                "nothing was deployed on this host: obi_local_deploy does it".to_owned()
            }
        }
    }
}

impl Details {
    fn lines(&self) -> Vec<String> {
        let place = |it: &Option<String>| it.clone().unwrap_or_else(|| "nowhere".to_owned());
        let mut lines = vec![
            format!("program: {}", self.program),
            format!("configuration: {}", self.configuration),
            format!("log: {}", self.log),
            format!("health: {}", place(&self.health)),
            format!("metrics of itself: {}", place(&self.internal_metrics)),
            format!("what it measures: {}", place(&self.metrics)),
        ];
        lines.extend(self.instrumented.iter().map(|it| format!("instruments {it}")));
        lines
    }
}
