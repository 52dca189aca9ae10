use std::process::ExitCode;

use super::{Options, print};
use crate::toolsets::Health;

/// Fails when a toolset is unavailable, so that a script can ask.
pub(super) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let started = options.start(Some("error"))?;
    let source = started.loaded.source.clone();
    print(&match source {
        Some(path) => format!("configuration: {}", path.display()),
        None => "configuration: none found, built-in defaults".to_owned(),
    });
    if let Some(unbuilt) = started.loaded.unbuilt(&started.environment) {
        print(&unbuilt.to_string());
    }
    let health = started.with_app(|app, _| async move {
        let health = app.registry().examined().await;
        app.clean_up().await;
        Ok(health)
    })?;
    for (name, health) in &health {
        print(&format!("{name}: {}", describe(health)));
    }
    let all_well = health.iter().all(|(_, health)| health.is_available());
    Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn describe(health: &Health) -> String {
    match health.reason() {
        None => health.word().to_owned(),
        Some(reason) => format!("{}: {reason}", health.word()),
    }
}
