//! One attempt to make the `ConfigMap` what it is to be. Every write goes through here, and only while it may.

use std::sync::{Arc, PoisonError};

use jiff::Timestamp;
use k8s_openapi::api::core::v1::ConfigMap;
use tokio::sync::{Mutex, watch};

use super::{
    Compose, Settings, Shown, Wanted,
    asking::{Clusters, error},
    board::{Board, Written, count},
    clock::Clock,
    config_map::{OVERRIDES, Verdict, holds, overrides, verdict},
    election::Holding,
    elector::permits,
    outcome::{Obstacle, Outcome, Stop},
    requests::Applied,
    watched::Versions,
};
use crate::{k8s::Cluster, tool::ToolError};

/// How often it is begun anew because somebody wrote in between.
const TRIES: usize = 5;

pub(super) struct Writer {
    pub(super) settings: Settings,
    pub(super) clusters: Arc<dyn Clusters>,
    /// `None` where nobody else could write.
    pub(super) holding: Option<watch::Receiver<Option<Holding>>>,
    pub(super) outdone: watch::Sender<i32>,
    pub(super) clock: Clock,
    pub(super) board: Arc<Board>,
    pub(super) versions: Versions,
    /// The `ConfigMap` as this process left it. Held while one writes.
    pub(super) last: Mutex<Option<ConfigMap>>,
    /// Of the `ConfigMap` that was seen last.
    pub(super) uid: std::sync::Mutex<Option<String>>,
}

/// What is wanted, seen beside what is there.
pub(super) struct Attempt {
    pub(super) cluster: Cluster,
    pub(super) live: Option<ConfigMap>,
    pub(super) wanted: Wanted,
    pub(super) term: i32,
}

impl Writer {
    /// Gives what was wanted, too, where it came so far.
    pub(super) async fn write(
        &self,
        compose: &Compose,
        shown: Option<&Shown>,
    ) -> (Outcome, Option<Wanted>) {
        let mut last = self.last.lock().await;
        for _ in 0..TRIES {
            let attempt = match self.look(compose).await {
                Ok(attempt) => attempt,
                Err(stop) => return (Outcome::Not(stop), None),
            };
            if shown.is_some_and(|it| !it.wanted.is_same_document(&attempt.wanted)) {
                return (Outcome::Not(self.another_document()), Some(attempt.wanted));
            }
            match self.act(&attempt, last.as_ref(), shown).await {
                Ok(None) => {}
                Ok(Some((outcome, object))) => {
                    self.remember(&object, &attempt.wanted, &outcome);
                    *last = Some(object);
                    return (outcome, Some(attempt.wanted));
                }
                Err(stop) => return (Outcome::Not(stop), Some(attempt.wanted)),
            }
        }
        let reason = format!("{} changes faster than it can be written", self.settings.place);
        (Outcome::Not(Stop::new(Obstacle::Passing, reason)), None)
    }

    /// The `ConfigMap` as it is.
    pub(super) async fn current(&self) -> Result<Option<ConfigMap>, ToolError> {
        let cluster = self.clusters.cluster().await?;
        let name = &self.settings.place.name;
        let read = self.read(&cluster, name).await;
        read.map_err(|it| error(&cluster, &it, &self.asked("get", name)))
    }

    pub(super) fn uid(&self) -> Option<String> {
        self.uid.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn note(&self, live: Option<&ConfigMap>) {
        let uid = live.and_then(|it| it.metadata.uid.clone());
        *self.uid.lock().unwrap_or_else(PoisonError::into_inner) = uid;
    }

    /// The overrides that hold, if there are any.
    pub(super) async fn current_overrides(&self) -> Result<Option<String>, ToolError> {
        let cluster = self.clusters.cluster().await?;
        let live = if self.settings.overrides.is_none() { self.current().await? } else { None };
        self.overrides(&cluster, live.as_ref()).await.map_err(Stop::into_error)
    }

    async fn overrides(
        &self,
        cluster: &Cluster,
        live: Option<&ConfigMap>,
    ) -> Result<Option<String>, Stop> {
        let Some(name) = &self.settings.overrides else { return Ok(live.and_then(overrides)) };
        match self.read(cluster, name).await {
            Ok(other) => Ok(other.as_ref().and_then(overrides)),
            Err(error) => Err(Stop::of(&error, self.explain(cluster, "get", name, &error))),
        }
    }

    /// The lead, while this one has it.
    pub(super) fn lead(&self) -> Option<Holding> {
        self.holding.as_ref().and_then(|it| *it.borrow())
    }

    /// The term in which may be written now; 0 where there are none.
    pub(super) fn term(&self) -> Result<i32, Stop> {
        let Some(holding) = &self.holding else { return Ok(0) };
        let held = permits(*holding.borrow(), self.clock.now());
        held.map(|it| it.term).ok_or_else(|| {
            Stop::new(Obstacle::Standby, "another replica publishes, or none does yet".to_owned())
        })
    }

    async fn look(&self, compose: &Compose) -> Result<Attempt, Stop> {
        let term = self.term()?;
        let cluster = self
            .clusters
            .cluster()
            .await
            .map_err(|error| Stop::new(Obstacle::Passing, error.reason()))?;
        let name = &self.settings.place.name;
        let live = self
            .read(&cluster, name)
            .await
            .map_err(|error| Stop::of(&error, self.explain(&cluster, "get", name, &error)))?;
        self.note(live.as_ref());
        let overrides = self.overrides(&cluster, live.as_ref()).await?;
        let wanted = compose(overrides.as_deref());
        let wanted = wanted.map_err(|reason| Stop::new(Obstacle::Lasting, reason))?;
        Ok(Attempt { cluster, live, wanted, term })
    }

    /// `None` if somebody wrote meanwhile, so that all of it has to be looked at again.
    async fn act(
        &self,
        attempt: &Attempt,
        last: Option<&ConfigMap>,
        shown: Option<&Shown>,
    ) -> Result<Option<(Outcome, ConfigMap)>, Stop> {
        let Attempt { live, wanted, term, .. } = attempt;
        let place = &self.settings.place;
        let (is_ours, drift) = match verdict(live.as_ref(), wanted, *term) {
            Verdict::True => {
                let live = live.clone().unwrap_or_default();
                return Ok(Some((Outcome::Unchanged, live)));
            }
            Verdict::Refused(reason) => return Err(Stop::new(Obstacle::Lasting, reason)),
            Verdict::Superseded(term) => {
                self.outdone.send_replace(term);
                let way = if self.holding.is_some() {
                    "it is left alone until this one leads in a later one"
                } else {
                    "it is left to that one; if nobody keeps it any more, take the annotation tacklebox.dev/term away"
                };
                let reason = format!("{place} was written by a leader in term {term}: {way}");
                return Err(Stop::new(Obstacle::Superseded, reason));
            }
            Verdict::Immutable => {
                let reason = format!(
                    "ConfigMap {place} is immutable: save its {OVERRIDES} and delete it (kubectl delete configmap {} -n {}); it is made anew at once",
                    place.name, place.namespace
                );
                return Err(Stop::new(Obstacle::Lasting, reason));
            }
            Verdict::Write { is_ours, drift } => (is_ours, drift),
        };
        if shown.is_some_and(|it| it.version.as_ref() != version(live.as_ref())) {
            return Err(self.changed());
        }
        let may_force = is_ours || is_same(live.as_ref(), last);
        let gone = (live.is_none() && last.is_some()).then(|| "it was deleted".to_owned());
        let created = live.is_none();
        let Some(base) = self.base(attempt).await? else { return Ok(None) };
        let (object, taken) = match self.apply(attempt, &base, false).await? {
            Applied::Done(object) => (object, None),
            Applied::Stale => return Ok(None),
            Applied::Held(by) if may_force => match self.apply(attempt, &base, true).await? {
                Applied::Done(object) => (object, Some(format!("taken back from {by}"))),
                Applied::Stale | Applied::Held(_) => return Ok(None),
            },
            Applied::Held(by) => return Err(self.held(&by)),
        };
        let drift = drift.or(gone).or_else(|| taken.filter(|_| is_ours));
        let content = !live.as_ref().is_some_and(|it| holds(it, wanted));
        let before = live.as_ref().and_then(|it| it.data.clone()).unwrap_or_default();
        let changes = (self.settings.difference)(&before, &wanted.data);
        Ok(Some((Outcome::Written { created, content, drift, changes }, *object)))
    }

    fn another_document(&self) -> Stop {
        let place = &self.settings.place;
        let reason = format!(
            "what would be written into ConfigMap {place} is another document by now than the one that was looked at; it was left alone: call again to see what would be written"
        );
        Stop::new(Obstacle::Changed, reason)
    }

    fn changed(&self) -> Stop {
        let place = &self.settings.place;
        let reason = format!(
            "ConfigMap {place} has changed since it was looked at, and was left alone: call again to see what would be written now"
        );
        Stop::new(Obstacle::Changed, reason)
    }

    fn held(&self, by: &str) -> Stop {
        let place = &self.settings.place;
        let reason = format!(
            "in ConfigMap {place}, what would be written belongs to {by}, who had it first: it is not taken away; publish under another name (toolsets.discovery.publish.config_map), or remove the key there"
        );
        Stop::new(Obstacle::Held, reason)
    }

    fn remember(&self, object: &ConfigMap, wanted: &Wanted, outcome: &Outcome) {
        self.note(Some(object));
        let (name, version) = (&self.settings.place.name, object.metadata.resource_version.clone());
        self.versions.note(name, version);
        let is_written = matches!(outcome, Outcome::Written { .. });
        count(if is_written {
            &self.board.counters.written
        } else {
            &self.board.counters.unchanged
        });
        self.board.set(|it| {
            it.in_force = Some(wanted.hash.clone());
            if is_written {
                it.written = Some(Written { at: Timestamp::now(), hash: wanted.hash.clone() });
            }
        });
    }
}

fn version(live: Option<&ConfigMap>) -> Option<&String> {
    live.and_then(|it| it.metadata.resource_version.as_ref())
}

/// Whether that is the object that this process wrote, and not another one of that name.
fn is_same(live: Option<&ConfigMap>, last: Option<&ConfigMap>) -> bool {
    let uid = |it: Option<&ConfigMap>| it.and_then(|it| it.metadata.uid.clone());
    uid(live).is_some_and(|it| uid(last).is_some_and(|last| last == it))
}
