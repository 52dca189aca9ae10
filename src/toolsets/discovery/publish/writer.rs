//! One attempt to make the `ConfigMap` what it is to be. Every write goes through here, and only while it may.

use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use http::Method;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::ConfigMap;
use tokio::sync::{Mutex, watch};

use super::{
    Compose, Settings, Shown, Wanted,
    asking::{Ask, Clusters, LIMIT, error, explained},
    board::{Board, Written, count},
    clock::Clock,
    config_map::{MANAGER, OVERRIDES, Verdict, holds, manifest, verdict},
    election::Holding,
    elector::permits,
    outcome::{Obstacle, Outcome, Stop},
    watched::Versions,
};
use crate::{
    k8s::{
        Cluster,
        error::{ApiError, Asked},
    },
    tool::ToolError,
};

const APPLY: &str = "application/apply-patch+yaml";
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
struct Attempt {
    cluster: Cluster,
    live: Option<ConfigMap>,
    wanted: Wanted,
    term: i32,
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

    fn note(&self, live: Option<&ConfigMap>) {
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
        let of = |it: &ConfigMap| it.data.as_ref()?.get(OVERRIDES).cloned();
        let Some(name) = &self.settings.overrides else { return Ok(live.and_then(of)) };
        match self.read(cluster, name).await {
            Ok(other) => Ok(other.as_ref().and_then(of)),
            Err(error) => Err(Stop::of(&error, self.explain(cluster, "get", name, &error))),
        }
    }

    /// The term in which may be written now; 0 where there are none.
    fn term(&self) -> Result<i32, Stop> {
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
                    "it is left to that one; to write it from here too, give both the same Lease"
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
        let may_force = is_ours || self.settings.take_over || is_same(live.as_ref(), last);
        let gone = (live.is_none() && last.is_some()).then(|| "it was deleted".to_owned());
        let created = live.is_none();
        let (object, taken) = match self.apply(attempt, false).await? {
            Applied::Done(object) => (object, None),
            Applied::Stale => return Ok(None),
            Applied::Held(by) if may_force => match self.apply(attempt, true).await? {
                Applied::Done(object) => (object, Some(format!("taken back from {by}"))),
                Applied::Stale | Applied::Held(_) => return Ok(None),
            },
            Applied::Held(by) => return Err(self.held(&by)),
        };
        let drift =
            drift.or(gone).or_else(|| taken.filter(|_| is_ours && !self.settings.take_over));
        let content = !live.as_ref().is_some_and(|it| holds(it, wanted));
        Ok(Some((Outcome::Written { created, content, drift }, *object)))
    }

    async fn apply(&self, attempt: &Attempt, force: bool) -> Result<Applied, Stop> {
        let Attempt { cluster, live, wanted, term } = attempt;
        // What was looked at before may have taken long.
        if self.term()? != *term {
            return Ok(Applied::Stale);
        }
        let place = &self.settings.place;
        let path = format!(
            "{}?fieldManager={MANAGER}&fieldValidation=Strict&timeout={}s{}",
            path(&place.namespace, &place.name),
            LIMIT.as_secs(),
            if force { "&force=true" } else { "" }
        );
        let body = manifest(place, live.as_ref(), wanted, *term).to_string();
        match Ask::new(Method::PATCH, &path, APPLY, Bytes::from(body)).of(cluster).await {
            Ok(object) => Ok(Applied::Done(Box::new(object))),
            Err(error) if error.is_stale() => Ok(Applied::Stale),
            Err(error) => match error.field_conflicts().as_slice() {
                [] => {
                    let verb = if live.is_none() { "create" } else { "patch" };
                    let why = self.explain(cluster, verb, &place.name, &error);
                    Err(Stop::of(&error, why))
                }
                [first, rest @ ..] => {
                    let mut managers = vec![first.0.clone()];
                    managers.extend(rest.iter().map(|(manager, _)| manager.clone()));
                    managers.dedup();
                    Ok(Applied::Held(managers.join(", ")))
                }
            },
        }
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

    async fn read(&self, cluster: &Cluster, name: &str) -> Result<Option<ConfigMap>, ApiError> {
        let path = path(&self.settings.place.namespace, name);
        match Ask::get(&path).of(cluster).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn explain(&self, cluster: &Cluster, verb: &str, name: &str, error: &ApiError) -> String {
        explained(cluster, error, &self.asked(verb, name))
    }

    fn asked<'a>(&'a self, verb: &'a str, name: &'a str) -> Asked<'a> {
        let namespace = Some(self.settings.place.namespace.as_str());
        Asked { verb, resource: "configmaps", name: Some(name), namespace }
    }
}

/// What became of a patch.
enum Applied {
    Done(Box<ConfigMap>),
    /// Somebody wrote since it was read.
    Stale,
    /// Others have what would be written.
    Held(String),
}

fn version(live: Option<&ConfigMap>) -> Option<&String> {
    live.and_then(|it| it.metadata.resource_version.as_ref())
}

/// Whether that is the object that this process wrote, and not another one of that name.
fn is_same(live: Option<&ConfigMap>, last: Option<&ConfigMap>) -> bool {
    let uid = |it: Option<&ConfigMap>| it.and_then(|it| it.metadata.uid.clone());
    uid(live).is_some_and(|it| uid(last).is_some_and(|last| last == it))
}

fn path(namespace: &str, name: &str) -> String {
    format!("/api/v1/namespaces/{namespace}/configmaps/{name}")
}
