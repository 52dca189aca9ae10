//! Asks for the Lease, renews it, and gives it back at the end.

use std::sync::Arc;

use bytes::Bytes;
use http::Method;
use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use serde_json::{Value, json};
use tokio::{sync::watch, time};
use tokio_util::sync::CancellationToken;

use super::{
    Place,
    asking::{Ask, Clusters, Trouble, explained},
    board::{Board, Concern, Role, count},
    clock::{Clock, Moment},
    election::{Attempt, Election, Holding},
};
use crate::k8s::{
    Cluster,
    cluster::JSON,
    error::{ApiError, Asked},
};

/// Where it cannot be had at all, the Lease is asked for so many times more seldom.
const MOST_SLOWLY: u32 = 5;

pub(super) struct Elector {
    pub(super) election: Election,
    /// Of the Lease.
    pub(super) place: Place,
    pub(super) clusters: Arc<dyn Clusters>,
    pub(super) clock: Clock,
    pub(super) board: Arc<Board>,
    pub(super) holding: watch::Sender<Option<Holding>>,
    /// A term in which somebody has written, if it is not lower than ours.
    pub(super) outdone: watch::Receiver<i32>,
}

impl Elector {
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let mut failures = 1;
        while !stop.is_cancelled() {
            if let Err(trouble) = self.round().await {
                failures = (failures + 1).min(MOST_SLOWLY);
                self.tell(&trouble).await;
            } else {
                failures = 1;
                self.board.solved(Concern::Lease);
            }
            self.announce();
            // A leader has to hurry: its time is running out.
            let is_leader = self.holding.borrow().is_some();
            let pause = self.election.timing().retry * if is_leader { 1 } else { failures };
            tokio::select! {
                () = stop.cancelled() => {}
                () = time::sleep(pause) => {}
                Ok(()) = self.outdone.changed() => {
                    let term = *self.outdone.borrow_and_update();
                    self.election.outdo(term);
                }
            }
        }
        self.farewell().await;
    }

    async fn round(&mut self) -> Result<(), Trouble> {
        let cluster = self.clusters.cluster().await.map_err(Trouble::NoCluster)?;
        if self.election.must_read() {
            let lease = self.read(&cluster).await?;
            self.election.saw(lease, self.clock.now());
        }
        let sent = self.clock.now();
        let Some(attempt) = self.election.attempt(sent, Timestamp::now()) else { return Ok(()) };
        match self.send(&cluster, &attempt).await {
            Ok(lease) => {
                self.election.won(lease, sent);
                Ok(())
            }
            Err(error) => {
                self.election.lost_track();
                // Somebody else was faster; who it was is read in the next round.
                if is_lost(&error) { Ok(()) } else { Err(error.into()) }
            }
        }
    }

    fn announce(&self) {
        let now = self.clock.now();
        let (before, after) = (*self.holding.borrow(), self.election.holding(now));
        if before == after {
            self.board.set(|it| it.role = self.role(after));
            return;
        }
        match (before, after) {
            (Some(_), None) => {
                count(&self.board.counters.deposed);
                tracing::warn!(
                    "another one may publish the toolset now: the Lease {} could not be kept",
                    self.place
                );
            }
            (before, Some(after)) if before.map(|it| it.term) != Some(after.term) => {
                count(&self.board.counters.elected);
                tracing::info!(
                    "publishes the toolset from now on: leader by Lease {}, term {}",
                    self.place,
                    after.term
                );
            }
            _ => {}
        }
        self.board.set(|it| it.role = self.role(after));
        self.holding.send_replace(after);
    }

    fn role(&self, holding: Option<Holding>) -> Role {
        let leader = self.election.leader().filter(|it| *it != self.election.me());
        match (holding, leader) {
            (Some(it), _) => Role::Leader { term: it.term },
            (None, Some(leader)) => Role::Standby { leader: leader.to_owned() },
            (None, None) => Role::Waiting,
        }
    }

    /// Nothing is written any more when this is called.
    async fn farewell(&mut self) {
        self.election.resign();
        self.holding.send_replace(None);
        self.board.set(|it| it.role = Role::Waiting);
        let Some(lease) = self.election.farewell(Timestamp::now(), self.board.owes_reload()) else {
            return;
        };
        let Ok(cluster) = self.clusters.cluster().await else { return };
        if let Err(error) = self.send(&cluster, &Attempt::Replace(lease)).await {
            tracing::debug!(?error, "the Lease could not be given back, and ends by itself");
        }
    }

    async fn read(&self, cluster: &Cluster) -> Result<Option<Lease>, ApiError> {
        let path = self.path();
        match Ask::get(&path).within(self.limit()).of(cluster).await {
            Ok(lease) => Ok(Some(lease)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn send(&self, cluster: &Cluster, attempt: &Attempt) -> Result<Lease, ApiError> {
        let (method, lease) = match attempt {
            Attempt::Create(lease) => (Method::POST, lease),
            Attempt::Replace(lease) => (Method::PUT, lease),
        };
        let path = match attempt {
            Attempt::Create(_) => self.collection(),
            Attempt::Replace(_) => self.path(),
        };
        let body = Bytes::from(object(lease).to_string());
        Ask::new(method, &path, JSON, body).within(self.limit()).of(cluster).await
    }

    /// Two attempts fit into the time in which a leader has to renew.
    fn limit(&self) -> std::time::Duration {
        self.election.timing().renew_within / 2
    }

    fn collection(&self) -> String {
        format!("/apis/coordination.k8s.io/v1/namespaces/{}/leases", self.place.namespace)
    }

    fn path(&self) -> String {
        format!("{}/{}", self.collection(), self.place.name)
    }

    async fn tell(&self, trouble: &Trouble) {
        let why = match trouble {
            Trouble::NoCluster(error) => error.reason(),
            Trouble::Api(error) => {
                let Place { namespace, name } = &self.place;
                let (name, namespace) = (Some(name.as_str()), Some(namespace.as_str()));
                let resource = "leases.coordination.k8s.io";
                let asked = Asked { verb: "update", resource, name, namespace };
                match self.clusters.cluster().await {
                    Ok(cluster) => explained(&cluster, error, &asked),
                    Err(error) => error.reason(),
                }
            }
        };
        let problem = format!("the Lease {} cannot be had: {why}", self.place);
        self.board.problem(Concern::Lease, &problem);
    }
}

/// The clock of an elector whose round takes long is read again afterwards: what it holds may have ended.
pub(super) fn permits(holding: Option<Holding>, now: Moment) -> Option<Holding> {
    holding.filter(|it| it.permits(now))
}

fn is_lost(error: &ApiError) -> bool {
    matches!(error, ApiError::Status(status) if status.code == 409)
}

fn object(lease: &Lease) -> Value {
    serde_json::to_value(lease).unwrap_or_else(|_| json!({}))
}
