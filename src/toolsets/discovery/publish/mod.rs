//! The `ConfigMap` that `HolmesGPT` mounts, kept true by one writer.
//!
//! Data flows one way: inputs → `run` (when) → `report` (what is told of it) → `writer` (one attempt) → `config_map` (what to do about
//! what is there) → `requests`. `elector` says whether this process may write at all, `watched` whether somebody else did, `teller` tells it to people.

mod asking;
mod board;
mod clock;
mod config_map;
mod election;
mod elector;
mod outcome;
mod pace;
mod reload;
mod report;
mod requests;
mod run;
mod teller;
#[cfg(test)]
mod tests;
mod watched;
mod writer;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use k8s_openapi::api::core::v1::ConfigMap;
use tokio::{
    sync::{Mutex, watch},
    task::JoinHandle,
    time,
};
use tokio_util::sync::{CancellationToken, DropGuard};

pub(super) use self::{
    asking::Clusters,
    board::{Counters, Role, Status},
    config_map::OVERRIDES,
    election::Timing,
    outcome::Outcome,
    reload::Settings as Reload,
};
use self::{
    board::Board, clock::Clock, election::Election, elector::Elector, report::Reporter,
    run::Publishing, teller::Teller, watched::Versions, writer::Writer,
};

use super::service::Place;
use crate::{random, tool::ToolError};

/// Nobody who wants to know the overrides waits longer for them to be seen.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the `ConfigMap` is to hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Our keys: `toolset.yaml`.
    pub(super) data: BTreeMap<String, String>,
    /// Of all data.
    pub(super) hash: String,
    /// What is wrong with the overrides, which are left out of it, and where they stand.
    pub(super) problems: Vec<String>,
    /// Where each toolset leads: `HolmesGPT` has to be told when one of them moves.
    pub(super) endpoints: BTreeMap<String, String>,
}

impl Wanted {
    /// Whether the same would stand there, whatever is told of it.
    fn is_same_document(&self, other: &Self) -> bool {
        self.data == other.data && self.problems == other.problems
    }
}

/// What is known of the text of the overrides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Overrides {
    #[default]
    Unseen,
    /// `None` where nobody has written any.
    Seen(Option<String>),
}

/// What somebody was shown before they said yes.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub(super) wanted: Wanted,
    /// Of the `ConfigMap` that stood there; `None` where there was none.
    pub(super) version: Option<String>,
}

/// Makes the document, with the text of `overrides.yaml` if there is one. An error is why there is none: then what stands there stays.
pub(super) type Compose = Arc<dyn Fn(Option<&str>) -> Result<Wanted, String> + Send + Sync>;

/// Sentences that tell people what of the data is another than it was.
pub(super) type Difference =
    fn(&BTreeMap<String, String>, &BTreeMap<String, String>) -> Vec<String>;

#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// The `ConfigMap`: `monitoring/holmesgpt-toolset`.
    pub(super) place: Place,
    /// Another `ConfigMap` of that namespace that has the overrides, so that they outlive the generated one.
    pub(super) overrides: Option<String>,
    /// `None` where nobody else could write.
    pub(super) lease: Option<Lease>,
    /// The name of the pod or the machine.
    pub(super) host: String,
    pub(super) reload: Option<Reload>,
    pub(super) difference: Difference,
}

#[derive(Debug, Clone)]
pub(super) struct Lease {
    /// In the namespace of the `ConfigMap`.
    pub(super) name: String,
    pub(super) timing: Timing,
}

/// Publishes until it is shut down.
pub(super) struct Publisher {
    reporter: Arc<Reporter>,
    board: Arc<Board>,
    inputs: watch::Receiver<Option<Compose>>,
    overrides: watch::Receiver<Overrides>,
    stop: CancellationToken,
    /// One that is dropped shuts down by itself.
    _end: DropGuard,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Publisher {
    /// Nothing is written before the first input.
    pub(super) fn start(
        clusters: Arc<dyn Clusters>,
        settings: Settings,
        inputs: watch::Receiver<Option<Compose>>,
    ) -> Self {
        let (board, clock) = (Arc::<Board>::default(), Clock::start());
        let identity = format!("{}_{}", settings.host, random::mark());
        let (outdone, outdone_heard) = watch::channel(0);
        let (elector, holding) = match &settings.lease {
            None => (None, None),
            Some(lease) => {
                let (announced, holding) = watch::channel(None);
                let place = Place { name: lease.name.clone(), ..settings.place.clone() };
                let elector = Elector {
                    election: Election::new(identity.clone(), &place, lease.timing),
                    place,
                    clusters: Arc::clone(&clusters),
                    clock,
                    board: Arc::clone(&board),
                    holding: announced,
                    outdone: outdone_heard,
                };
                (Some(elector), Some(holding))
            }
        };
        if elector.is_none() {
            board.set(|it| it.role = Role::Alone);
        }
        let teller = Arc::new(Teller::new(
            Arc::clone(&clusters),
            settings.place.clone(),
            identity,
            Arc::clone(&board),
            clock,
        ));
        let writer = Arc::new(Writer {
            settings,
            clusters,
            holding: holding.clone(),
            outdone,
            clock,
            board: Arc::clone(&board),
            versions: Versions::default(),
            last: Mutex::default(),
            uid: std::sync::Mutex::default(),
        });
        let reporter = Arc::new(Reporter::new(writer, teller));
        let (seen, overrides) = watch::channel(Overrides::Unseen);
        let publishing = Publishing {
            reporter: Arc::clone(&reporter),
            inputs: inputs.clone(),
            overrides: seen,
            holding,
        };
        let stop = CancellationToken::new();
        let task = Mutex::new(Some(tokio::spawn(run(publishing, elector, stop.clone()))));
        Self {
            reporter,
            board,
            inputs,
            overrides,
            stop: stop.clone(),
            _end: stop.drop_guard(),
            task,
        }
    }

    pub(super) fn status(&self) -> Status {
        self.board.status()
    }

    /// Something of it may be another now.
    #[cfg(test)]
    pub(super) fn updates(&self) -> watch::Receiver<()> {
        self.board.updates()
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.board.counters
    }

    /// The `ConfigMap` as it is; `None` if there is none.
    pub(super) async fn current(&self) -> Result<Option<ConfigMap>, ToolError> {
        self.reporter.writer.current().await
    }

    /// The text of the overrides, as it was seen last where it is watched; nobody asks the API server for it then.
    pub(super) async fn known_overrides(&self) -> Result<Option<String>, ToolError> {
        let mut overrides = self.overrides.clone();
        let seen = async {
            let seen = overrides.wait_for(|it| *it != Overrides::Unseen).await;
            seen.ok().map(|it| it.clone())
        };
        match time::timeout(PATIENCE, seen).await {
            Ok(Some(Overrides::Seen(text))) => Ok(text),
            Ok(Some(Overrides::Unseen) | None) => self.overrides().await,
            Err(_) => Err(ToolError::Unavailable("nobody has seen it yet".to_owned())),
        }
    }

    /// Follows them.
    pub(super) fn seen_overrides(&self) -> watch::Receiver<Overrides> {
        self.overrides.clone()
    }

    /// The text of the overrides that hold, for a preview of what would be written.
    pub(super) async fn overrides(&self) -> Result<Option<String>, ToolError> {
        self.reporter.writer.current_overrides().await
    }

    /// What is kept true here, always by the newest input; `None` before the first one.
    pub(super) fn kept(&self) -> Option<Compose> {
        let inputs = self.inputs.clone();
        let first = inputs.borrow().clone()?;
        Some(Arc::new(move |overrides| {
            let newest = inputs.borrow().clone();
            newest.as_ref().unwrap_or(&first)(overrides)
        }))
    }

    /// Writes that now, if this process may write, and if it is what was shown and would be written over what was shown.
    pub(super) async fn publish_once(&self, compose: &Compose, shown: &Shown) -> Outcome {
        self.reporter.write(compose, Some(shown)).await.0
    }

    /// Ends writing, and then gives the Lease back, so that another one need not wait. What was written on request is told by then, too.
    pub(super) async fn shutdown(&self) {
        self.stop.cancel();
        if let Some(task) = self.task.lock().await.take() {
            // A publisher that has failed has ended as well.
            let _ = task.await;
        }
        self.reporter.teller.farewell().await;
    }
}

/// The Lease is given back when nothing is on its way any more that was written under it.
async fn run(publishing: Publishing, elector: Option<Elector>, stop: CancellationToken) {
    let done = CancellationToken::new();
    let electing = async {
        if let Some(elector) = elector {
            elector.run(done.clone()).await;
        }
    };
    let teller = Arc::clone(&publishing.reporter.teller);
    let publishing = async {
        publishing.run(stop).await;
        done.cancel();
    };
    tokio::join!(publishing, electing);
    teller.farewell().await;
}
