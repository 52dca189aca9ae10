//! `obi_explain_target`: why OBI shows nothing of a process.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Local,
    answered::Answered,
    look::Phase,
    obi_preview_selection::{processes, selection},
};
use crate::{
    obi::{
        Mode,
        log::Severity,
        target::{Certainty, Facts, Process, Reason, Selection, explain, preview},
    },
    output::{Document, Keep},
    tool::{Session, Tool, ToolError},
};

/// More than so many are asked about one by one.
const MOST: usize = 5;

/// Why OBI does not show a process of this host: every reason, the surest first, with the change that mends it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ObiExplainTarget {
    /// Process number, port, or name of the program
    target: String,
    /// OBI's configuration; default: what is deployed, else the operator's
    config: Option<Value>,
    /// Or a YAML file of this host
    config_path: Option<PathBuf>,
}

impl Tool for ObiExplainTarget {
    const NAME: &'static str = "obi_explain_target";
    const TITLE: &'static str = "Explain what OBI does not show";

    type Context = Local;
    type Output = Document;

    async fn call(self, local: &Local, _: &Session) -> Result<Document, ToolError> {
        let (text, environment) = local.meant(self.config.as_ref(), self.config_path.as_deref())?;
        let selection = selection(&text, &environment)?;
        let processes = processes().await?.read;
        let targets = self.targets(&processes)?;
        let answered = local.answered(&local.look()?).await;
        let parents = preview(&selection, &processes);
        let document = targets.into_iter().fold(Document::new(), |document, target| {
            let with_parent = parents.iter().find(|it| it.process.pid == target.pid);
            let with_parent = with_parent.and_then(|it| it.choice.with_parent);
            let facts = Facts { with_parent, ..facts(&answered, target.pid) };
            told(document, target, &selection, &facts)
        });
        Ok(document)
    }
}

impl ObiExplainTarget {
    /// By number where there is such a process, else by port, else by name.
    fn targets<'a>(&self, processes: &'a [Process]) -> Result<Vec<&'a Process>, ToolError> {
        let wanted = self.target.trim().trim_start_matches(':');
        let number: Option<u32> = wanted.parse().ok();
        let port = number.and_then(|it| u16::try_from(it).ok());
        let file = |it: &Process| {
            it.executable.path().and_then(|it| it.rsplit('/').next().map(str::to_owned))
        };
        let ways: [&dyn Fn(&Process) -> bool; 3] = [
            &|it| number == Some(it.pid) && !self.target.trim().starts_with(':'),
            &|it| port.is_some_and(|port| it.sockets.listening.contains(&port)),
            &|it| {
                it.name == wanted
                    || file(it).as_deref() == Some(wanted)
                    || it.executable.path() == Some(wanted)
            },
        ];
        let found =
            ways.iter().map(|way| processes.iter().filter(|it| way(it)).collect::<Vec<_>>());
        let Some(found) = found.into_iter().find(|it| !it.is_empty()) else {
            return Err(ToolError::NotFound(format!(
                "no process of this host has the number, the port or the name {wanted}; one that listens in a container may do so in a network of its own, and the ports of other users' processes are not seen without the right to: give its number"
            )));
        };
        if found.len() > MOST {
            let numbers: Vec<String> = found.iter().map(|it| it.pid.to_string()).collect();
            return Err(ToolError::invalid(format!(
                "`target`: {} processes are called {wanted}: give one of {}",
                found.len(),
                numbers.join(", ")
            )));
        }
        Ok(found)
    }
}

/// What is known of the OBI that was deployed here.
fn facts(answered: &Answered, pid: u32) -> Facts {
    if answered.phase == Phase::Never {
        return Facts::default();
    }
    let failed = answered.seen.lines.iter().rev().find(|line| {
        line.problem
            .is_some_and(|it| it.stops == Some(Mode::Application) && it.severity != Severity::Note)
    });
    let runs = matches!(answered.phase, Phase::Running(_));
    Facts {
        runs: Some(runs),
        up: answered.seen.usage.map(|it| it.age),
        watcher_error: failed.map(|it| it.error().to_owned()),
        instruments: runs.then(|| answered.progress.instrumented.iter().any(|it| it.pid == pid)),
        ..Facts::default()
    }
}

fn told(document: Document, target: &Process, selection: &Selection, facts: &Facts) -> Document {
    let ports: Vec<String> = target.sockets.listening.iter().map(u16::to_string).collect();
    let ports =
        if ports.is_empty() { String::new() } else { format!(", port {}", ports.join(", ")) };
    let about = format!("process {} ({}{ports})", target.pid, target.language);
    let reasons = explain(selection, target, facts);
    let told: Vec<String> = reasons.iter().map(line).collect();
    document.note(about).untrusted(
        "why, with words of the process and of OBI",
        told.join("\n"),
        Keep::Head,
    )
}

fn line(reason: &Reason) -> String {
    let certainty = match reason.certainty {
        Certainty::Sure => "sure",
        Certainty::Likely => "likely",
        Certainty::Possible => "possible",
    };
    let Reason { reason, evidence, fix, .. } = reason;
    let yaml = fix.yaml.as_deref().map(|it| format!("\n{}", it.trim_end())).unwrap_or_default();
    let evidence = if evidence.is_empty() { String::new() } else { format!(" ({evidence})") };
    let what = if fix.what.is_empty() { String::new() } else { format!("\n  fix: {}", fix.what) };
    format!("{certainty}: {reason}{evidence}{what}{}", yaml.replace('\n', "\n    "))
}
