//! What would run in place of what does, for whoever is to say yes.

use std::time::Duration;

use super::{HERE, Local, deploying::Seen, look::Look, systemd, wanted::Wanted};
use crate::{
    obi::config::{Report, Severity},
    tool::{Affected, Effect, Planned, Preview, ToolError},
};

/// Ending the old one, starting the new one, and going back where that fails.
pub(super) const LIMIT: Duration = Duration::from_mins(2);

pub(super) async fn planned(
    local: &Local,
    wanted: Wanted,
    restarts: bool,
) -> Result<Planned<(Wanted, Seen)>, ToolError> {
    let report = wanted.check(local)?;
    let look = local.look()?;
    if restarts {
        local.require_free(&wanted, &look)?;
        if wanted.systemd {
            systemd::require(&local.settings.environment).await?;
        }
    }
    let seen = Seen::of(local, &look, Some(&wanted));
    let runs_already = local.runs(&look, &wanted)?;
    let summary = match (restarts, runs_already) {
        (_, true) => "OBI runs with exactly this on this host".to_owned(),
        (false, false) => "the configuration would be kept, and OBI goes on as it is".to_owned(),
        (true, false) => starting(&look, &wanted),
    };
    let mut details = warnings(local, &look, &report);
    if restarts {
        details.extend(dangers(local, &wanted).await);
    }
    details.push(local.difference(&look, &wanted.text));
    details.push(local.changes_of(&local.variables_of(&look), &wanted.variables));
    details.retain(|it| !it.is_empty());
    let affected = if runs_already { Vec::new() } else { vec![affected(local, &wanted, &seen)] };
    let preview = Preview { summary, details: details.join("\n"), affected };
    Ok(Planned { plan: (wanted, seen), preview })
}

/// What is to be known whether it is started or not.
fn warnings(local: &Local, look: &Look, report: &Report) -> Vec<String> {
    let found = report
        .findings
        .iter()
        .filter(|it| it.severity == Severity::Warning)
        .map(ToString::to_string);
    let others = Local::foreign(look)
        .into_iter()
        .map(|it| format!("another OBI runs on this host, {it}: what both see is told twice"));
    let mut all: Vec<String> = found.chain(others).map(|it| format!("warning: {it}")).collect();
    let withheld = &local.settings.withheld;
    if !withheld.is_empty() {
        all.push(format!(
            "not passed on from this server's own environment: {}; name in env what is meant",
            withheld.join(", ")
        ));
    }
    all
}

/// What may keep it from running, or from running on.
async fn dangers(local: &Local, wanted: &Wanted) -> Vec<String> {
    let mut all = local.unfit(wanted).await.unwrap_or_else(|error| {
        vec![format!("warning: this host could not be looked at: {}", error.reason())]
    });
    let ends = systemd::warning(&local.settings.environment).filter(|_| wanted.systemd);
    all.extend(ends.map(|it| format!("warning: {it}")));
    let service = if wanted.systemd { None } else { systemd::own_service() };
    all.extend(service.map(|it| {
        format!("warning: this server is {it} of systemd's, which ends OBI with it unless its KillMode is process: deploy with systemd: true")
    }));
    all
}

fn starting(look: &Look, wanted: &Wanted) -> String {
    let binary = wanted.binary.display();
    let was_unit = look.deployment.as_ref().is_some_and(|it| it.unit.is_some());
    let way = match (wanted.systemd, was_unit) {
        (true, _) => " as a unit of systemd's",
        (false, true) => ", no longer as a unit of systemd's",
        (false, false) => "",
    };
    match look.running() {
        Some(it) => format!(
            "OBI on this host (process {}) would be ended, and {binary} started in its place{way}",
            it.pid
        ),
        None => format!("{binary} would be started on this host{way}"),
    }
}

fn affected(local: &Local, wanted: &Wanted, seen: &Seen) -> Affected {
    let is_own = wanted.binary == local.settings.binary;
    let is_plain = is_own && !wanted.may_run_others();
    Affected {
        effect: if is_plain { Effect::Apply } else { Effect::Execute },
        kind: "Process".to_owned(),
        group: String::new(),
        namespace: Some(HERE.to_owned()),
        name: wanted.binary.display().to_string(),
        state: seen.to_string(),
    }
}
