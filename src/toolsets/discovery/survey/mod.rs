//! One cluster, looked through without end: watched, asked, and told of.

mod custom_resources;
mod definitions;
mod pods;
mod problems;
mod served;
mod slices;
mod state;
mod surveyor;
#[cfg(test)]
mod tests;
mod watches;

use std::sync::Arc;

use futures::future::OptionFuture;
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
    time::{self, Instant},
};

use self::surveyor::Surveyor;
use super::{figures::Tally, matching::Detectors, settings::Settings, snapshot::Snapshot};
use crate::{k8s::Clients, tool::ToolError};

/// Cheap to clone: one task does the work, as long as there is a clone.
#[derive(Clone)]
pub(super) struct Survey {
    context: Option<String>,
    looks: watch::Receiver<Look>,
    wishes: mpsc::Sender<Wish>,
    _task: Arc<Task>,
}

/// What there is to see.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Look {
    /// Nothing yet, and why if that is known.
    NotYet(Option<String>),
    /// Of the first round not everybody has answered.
    Partly(Arc<Snapshot>),
    Whole(Arc<Snapshot>),
}

impl Look {
    pub(super) fn snapshot(&self) -> Option<&Arc<Snapshot>> {
        match self {
            Self::NotYet(_) => None,
            Self::Partly(snapshot) | Self::Whole(snapshot) => Some(snapshot),
        }
    }
}

/// What an error says, for a sentence that begins with what is not possible.
fn told(error: ToolError) -> String {
    match error {
        ToolError::Unavailable(told) => told,
        other => other.to_string(),
    }
}

/// Somebody wants everything read and asked anew, and waits for it.
type Wish = oneshot::Sender<()>;

/// When it is time; never, and at once nothing, if there is none.
async fn at(time: Option<Instant>) -> Option<()> {
    OptionFuture::from(time.map(time::sleep_until)).await
}

struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Survey {
    pub(super) fn start(
        clients: Arc<Clients>,
        detectors: Arc<Detectors>,
        settings: Settings,
        context: Option<String>,
        tally: Tally,
    ) -> Self {
        let (look, looks) = watch::channel(Look::NotYet(None));
        let (wishes, wanted) = mpsc::channel(16);
        let surveyor = Surveyor {
            clients,
            detectors,
            settings,
            context: context.clone(),
            tally,
            look,
            wanted,
            wishes: Vec::new(),
            has_seen_all: false,
        };
        let task = Arc::new(Task(tokio::spawn(surveyor.run())));
        Self { context, looks, wishes, _task: task }
    }

    /// `None` is the current context.
    pub(super) fn context(&self) -> Option<&str> {
        self.context.as_deref()
    }

    pub(super) fn look(&self) -> Look {
        self.looks.borrow().clone()
    }

    /// Waits until anything is known, be it that the cluster cannot be asked.
    pub(super) async fn begun(&self, deadline: Instant) -> Look {
        let mut looks = self.looks.clone();
        let waiting = looks.wait_for(|it| *it != Look::NotYet(None));
        drop(time::timeout_at(deadline, waiting).await);
        self.look()
    }

    /// Follows what there is to see.
    pub(super) fn looks(&self) -> watch::Receiver<Look> {
        self.looks.clone()
    }

    /// Has everything read and asked anew, and waits until that is done.
    pub(super) async fn refresh(&self) {
        let (done, wait) = oneshot::channel();
        if self.wishes.send(done).await.is_ok() {
            // Whoever is gone has nothing more to tell.
            drop(wait.await);
        }
    }

    /// What is found when the first round is over, or what there is by then, or what keeps it from beginning.
    pub(super) async fn whole(&self, deadline: Instant) -> Look {
        let mut looks = self.looks.clone();
        let waiting = looks.wait_for(|it| matches!(it, Look::Whole(_) | Look::NotYet(Some(_))));
        drop(time::timeout_at(deadline, waiting).await);
        self.look()
    }
}
