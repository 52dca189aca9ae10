use std::process::ExitCode;

use super::{Options, complain, print};
use crate::{
    tool::Session,
    toolsets::{Health, Unusable},
};

#[derive(Debug, clap::Args)]
pub(super) struct Check {
    /// Fail also when a toolset is only degraded, or when a setting has no effect
    #[arg(long)]
    strict: bool,
}

impl Check {
    /// Fails when the server would not start or a toolset is unavailable, so that a script can ask.
    pub(super) fn run(self, options: &Options) -> anyhow::Result<ExitCode> {
        let started = options.start(Some("error"))?;
        let source = started.loaded.source.clone();
        print(&match source {
            Some(path) => format!("configuration: {}", path.display()),
            None => "configuration: none found, built-in defaults".to_owned(),
        });
        let unbuilt = started.loaded.unbuilt.as_ref().map(ToString::to_string).unwrap_or_default();
        let (health, unusable, doubts, consent, absent) =
            started.with_app(|app, _| async move {
                app.check_keys()?;
                let health = app.registry().examined().await;
                let unusable = app.registry().unusable(&Session::detached()).await;
                let doubts = app.doubts().await;
                app.clean_up().await;
                Ok((health, unusable, doubts, app.consent(), app.absent()))
            })?;
        print(&format!("changes: {consent}"));
        for (name, health) in &health {
            print(&format!("{name}: {}", describe(health)));
        }
        for (name, reason) in &absent {
            print(&format!("{name}: not offered: {reason}"));
        }
        for Unusable { tool, reason } in &unusable {
            print(&format!("not offered: {tool}: {reason}"));
        }
        let doubts: Vec<String> = unbuilt.lines().map(str::to_owned).chain(doubts).collect();
        for doubt in &doubts {
            complain(&format!("warning: {doubt}"));
        }
        let passes = |health: &Health| match health {
            Health::Ready => true,
            Health::Degraded(_) => !self.strict,
            Health::Unavailable(_) => false,
        };
        let all_well = (doubts.is_empty() || !self.strict) && health.iter().all(|it| passes(&it.1));
        Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn describe(health: &Health) -> String {
    match health.reason() {
        None => health.word().to_owned(),
        Some(reason) => format!("{}: {reason}", health.word()),
    }
}
