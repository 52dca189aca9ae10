//! OBI on this host: started so that it outlives this server, watched, changed and ended, and never taken for what it is not.
//!
//! A deployment goes this way: `wanted` is what is asked for, `planning` shows it, `deploying` puts it in the place of what runs and goes
//! back where that fails, by `stopping` the one and `starting` the other, of which `start` waits for a proof. What is kept is in `store`. How it
//! is, `look` sees from outside, `asking` hears from OBI itself, and `answered` judges from both.

mod answered;
mod asking;
mod deploying;
mod launch;
mod log;
mod look;
mod planning;
mod ports;
mod problems;
mod process;
mod prompts;
mod reaching;
mod resources;
mod settings;
mod start;
mod starting;
mod stopping;
mod store;
mod systemd;
mod wanted;

mod obi_explain_target;
mod obi_local_config;
mod obi_local_deploy;
mod obi_local_logs;
mod obi_local_status;
mod obi_local_stop;
mod obi_local_update;
mod obi_preflight;
mod obi_preview_selection;
mod obi_validate_config;

pub use self::{launch::Launcher, settings::Settings};

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use tokio::task::AbortHandle;

use self::{
    asking::Asker, obi_explain_target::ObiExplainTarget, obi_local_config::ObiLocalConfig,
    obi_local_deploy::ObiLocalDeploy, obi_local_logs::ObiLocalLogs,
    obi_local_status::ObiLocalStatus, obi_local_stop::ObiLocalStop,
    obi_local_update::ObiLocalUpdate, obi_preflight::ObiPreflight,
    obi_preview_selection::ObiPreviewSelection, obi_validate_config::ObiValidateConfig,
    store::Store,
};
use super::{Changes, Health, Toolset};
use crate::{
    obi::{
        config::{Environment, Release, Severity, check},
        host::unfit,
    },
    prompt::BoundPrompt,
    resource::BoundResource,
    tool::{BoundTool, Tool},
};

/// Where a process is, as a cluster's objects are in a namespace.
const HERE: &str = "localhost";

/// What the tools of this toolset work with.
#[derive(Clone)]
pub struct Local(Arc<Host>);

/// What is shared by all of them.
pub struct Host {
    settings: Settings,
    store: Store,
    asker: Asker,
    keeping_room: OnceLock<AbortHandle>,
}

impl std::ops::Deref for Local {
    type Target = Host;

    fn deref(&self) -> &Host {
        &self.0
    }
}

/// The toolset. It starts nothing by itself.
pub struct LocalToolset(Arc<Local>);

impl LocalToolset {
    pub fn new(settings: Settings) -> Self {
        let store = Store::new(settings.folder.clone());
        let host = Host { settings, store, asker: Asker::new(), keeping_room: OnceLock::new() };
        Self(Arc::new(Local(Arc::new(host))))
    }

    fn tool<T: Tool<Context = Local>>(&self) -> BoundTool {
        BoundTool::new::<T>(Arc::clone(&self.0))
    }
}

#[async_trait]
impl Toolset for LocalToolset {
    fn name(&self) -> &'static str {
        "local"
    }

    fn purpose(&self) -> String {
        "OBI (eBPF auto-instrumentation) on this host: start with obi_local_status.".to_owned()
    }

    fn tools(&self) -> Vec<BoundTool> {
        let local = || Arc::clone(&self.0);
        vec![
            self.tool::<ObiLocalStatus>(),
            BoundTool::change::<ObiLocalDeploy>(local()),
            self.tool::<ObiLocalConfig>(),
            BoundTool::change::<ObiLocalUpdate>(local()),
            self.tool::<ObiLocalLogs>(),
            BoundTool::change::<ObiLocalStop>(local()),
            self.tool::<ObiValidateConfig>(),
            self.tool::<ObiPreflight>(),
            self.tool::<ObiPreviewSelection>(),
            self.tool::<ObiExplainTarget>(),
        ]
    }

    fn resources(&self) -> Vec<BoundResource> {
        let [config, logs] = [self.tool::<ObiLocalConfig>(), self.tool::<ObiLocalLogs>()];
        let [status, validate] = [self.tool::<ObiLocalStatus>(), self.tool::<ObiValidateConfig>()];
        resources::all(&self.0, &config, &status, &logs, &validate)
    }

    fn prompts(&self) -> Vec<BoundPrompt> {
        prompts::all(&[self.tool::<ObiLocalStatus>(), self.tool::<ObiPreflight>()])
    }

    async fn initialize(&self, _changes: Changes) {
        let local = self.0.as_ref().clone();
        self.0
            .keeping_room
            .get_or_init(|| tokio::spawn(async move { local.keep_room().await }).abort_handle());
    }

    /// Whether there is an OBI to run. How the one that runs is, its status says.
    async fn health(&self) -> Health {
        let why = unfit(&self.0.settings.binary);
        match why.map(|it| format!("{it}; toolsets.local.binary_path says which is meant")) {
            None => Health::Ready,
            // One that runs is looked after all the same.
            Some(why) if self.0.has_deployed() => Health::Degraded(why),
            Some(why) => Health::Unavailable(why),
        }
    }

    /// What the operator has configured for OBI, as OBI would read it.
    async fn doubts(&self) -> Vec<String> {
        if self.0.settings.configuration.is_empty() {
            return Vec::new();
        }
        let Ok(text) = self.0.configured() else { return Vec::new() };
        let report = check(&text, &Environment::default(), Release::KNOWN);
        let bad = report.findings.iter().filter(|it| it.severity < Severity::Note);
        bad.map(|it| format!("obi: {}: {}; {}", it.path, it.problem, it.fix)).collect()
    }

    /// OBI goes on.
    async fn shutdown(&self) {
        self.0.keeping_room.get().inspect(|it| it.abort());
    }
}
