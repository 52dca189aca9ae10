//! The part of the configuration that is about OBI on this host, made.

use std::collections::BTreeMap;

use anyhow::Context;

use super::Shared;
use crate::{
    config::{self, Config},
    output::Redactor,
    toolsets::local::{Launcher, LocalToolset, Settings},
};

/// What any program needs of its environment: where things are, and how the outside is reached.
const PASSED_ON: [&str; 15] = [
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "TZ",
    "TMPDIR",
    "XDG_RUNTIME_DIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// OBI listens to these, and they count for more than its file.
const HEARD: [&str; 2] = ["OTEL_", "OBI_"];

/// Most hosts have no OBI, and no agent need be told: only where somebody named one, or deployed one before, is its absence its concern.
pub(super) fn is_wanted(settings: &config::Local) -> bool {
    settings.enabled && absence(settings).is_none()
}

/// Why nothing is offered although it is enabled; for `tacklebox check`.
pub(super) fn absence(settings: &config::Local) -> Option<String> {
    let usual = config::Local::default().binary_path;
    let is_named = settings.binary_path != usual;
    let is_there = settings.binary_path.exists() || settings.state_dir.exists();
    (settings.enabled && !is_named && !is_there).then(|| {
        let usual = usual.display();
        format!("there is no OBI at {usual}; toolsets.local.binary_path names another, and docs/obi.md says where to get it")
    })
}

pub(super) fn local(
    config: &Config,
    shared: &Shared,
    redactor: Redactor,
) -> anyhow::Result<LocalToolset> {
    let settings = &config.toolsets.local;
    let environment = &shared.environment;
    let passed = PASSED_ON
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), environment.get(name)?.to_owned())));
    let is_heard = |name: &&str| HEARD.iter().any(|it| name.starts_with(it));
    let program = std::env::current_exe().context("where this program is cannot be told")?;
    Ok(LocalToolset::new(Settings {
        binary: settings.binary_path.clone(),
        config_dirs: settings.config_dirs.clone(),
        folder: settings.state_dir.clone(),
        configuration: config.obi.clone(),
        environment: passed.collect::<BTreeMap<_, _>>(),
        withheld: environment.names().filter(is_heard).map(str::to_owned).collect(),
        launcher: Launcher { program, arguments: vec!["detach".to_owned(), "--".to_owned()] },
        redactor,
    }))
}
