//! What the writer asks of the API server, one request after the other.

use bytes::Bytes;
use http::Method;
use k8s_openapi::api::core::v1::ConfigMap;

use super::{
    asking::{Ask, LIMIT, explained},
    config_map::{MANAGER, empty, manifest},
    outcome::Stop,
    writer::{Attempt, Writer},
};
use crate::k8s::{
    Cluster,
    cluster::JSON,
    error::{ApiError, Asked},
};

const APPLY: &str = "application/apply-patch+yaml";

/// What became of a patch.
pub(super) enum Applied {
    Done(Box<ConfigMap>),
    /// Somebody wrote since it was read.
    Stale,
    /// Others have what would be written.
    Held(String),
}

impl Writer {
    /// What is written over. Where there is nothing, an empty one is made first, since only what has a version can be kept from whoever
    /// has lost the lead. One that stays empty because its maker died is filled by the next. `None` if somebody was faster.
    pub(super) async fn base(&self, attempt: &Attempt) -> Result<Option<ConfigMap>, Stop> {
        if let Some(live) = &attempt.live {
            return Ok(Some(live.clone()));
        }
        if self.term()? != attempt.term {
            return Ok(None);
        }
        let place = &self.settings.place;
        let path = format!("{}?{}", collection(&place.namespace), parameters());
        let body = Bytes::from(empty(place).to_string());
        let made = Ask::new(Method::POST, &path, JSON, body).of::<ConfigMap>(&attempt.cluster);
        match made.await {
            Ok(made) => {
                self.note(Some(&made));
                self.versions.note(&place.name, made.metadata.resource_version.clone());
                Ok(Some(made))
            }
            Err(error) if error.is_taken() => Ok(None),
            Err(error) => {
                let why = self.explain(&attempt.cluster, "create", &place.name, &error);
                Err(Stop::of(&error, why))
            }
        }
    }

    pub(super) async fn apply(
        &self,
        attempt: &Attempt,
        base: &ConfigMap,
        force: bool,
    ) -> Result<Applied, Stop> {
        let Attempt { cluster, wanted, term, .. } = attempt;
        // What was looked at before may have taken long.
        if self.term()? != *term {
            return Ok(Applied::Stale);
        }
        let place = &self.settings.place;
        let path = path(&place.namespace, &place.name);
        let path = format!("{path}?{}&force={force}", parameters());
        let body = manifest(place, base, wanted, *term).to_string();
        match Ask::new(Method::PATCH, &path, APPLY, Bytes::from(body)).of(cluster).await {
            Ok(object) => Ok(Applied::Done(Box::new(object))),
            Err(error) if error.is_stale() => Ok(Applied::Stale),
            Err(error) => match error.field_conflicts().as_slice() {
                [] => {
                    let why = self.explain(cluster, "patch", &place.name, &error);
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

    pub(super) async fn read(
        &self,
        cluster: &Cluster,
        name: &str,
    ) -> Result<Option<ConfigMap>, ApiError> {
        let path = path(&self.settings.place.namespace, name);
        match Ask::get(&path).of(cluster).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) fn explain(
        &self,
        cluster: &Cluster,
        verb: &str,
        name: &str,
        error: &ApiError,
    ) -> String {
        explained(cluster, error, &self.asked(verb, name))
    }

    pub(super) fn asked<'a>(&'a self, verb: &'a str, name: &'a str) -> Asked<'a> {
        let namespace = Some(self.settings.place.namespace.as_str());
        Asked { verb, resource: "configmaps", name: Some(name), namespace }
    }
}

fn collection(namespace: &str) -> String {
    format!("/api/v1/namespaces/{namespace}/configmaps")
}

fn path(namespace: &str, name: &str) -> String {
    format!("{}/{name}", collection(namespace))
}

/// Of every write.
fn parameters() -> String {
    format!("fieldManager={MANAGER}&fieldValidation=Strict&timeout={}s", LIMIT.as_secs())
}
