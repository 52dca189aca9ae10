//! Names in the settings that fit nothing in the cluster as it is: most likely slips, of which nobody would hear otherwise.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use futures::future::join_all;
use tokio::time::Instant;

use super::{
    Discovery,
    finding::{Found, Scheme},
    service::Place,
    settings::Settings,
    snapshot::Snapshot,
    survey::Look,
};
use crate::{
    k8s::namespaces::{Candidates, candidates},
    nearest::nearest,
    tool::Session,
};

/// Whoever checks a configuration waits no longer for the clusters.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is known of all clusters together: a name has to fit in one of them.
#[derive(Default)]
struct Seen {
    /// `None` where some may not be known, as below.
    namespaces: Option<BTreeSet<String>>,
    found: Option<BTreeMap<Place, Found>>,
    twins: BTreeMap<Place, Place>,
}

pub(super) async fn doubts(discovery: &Discovery) -> Vec<String> {
    let namespaces = namespaces(discovery).await;
    let snapshots = snapshots(discovery).await;
    let found = snapshots.as_ref().map(|it| {
        let all = it.iter().flat_map(|it| it.found.iter().cloned());
        all.map(|it| (it.finding.place.clone(), it)).collect()
    });
    let twins = snapshots.iter().flatten().flat_map(|it| it.twins.clone()).collect();
    let mut doubts = idle(&discovery.settings, &Seen { namespaces, found, twins });
    doubts.extend(overrides(discovery).await);
    doubts
}

async fn namespaces(discovery: &Discovery) -> Option<BTreeSet<String>> {
    let session = Session::detached().until(std::time::Instant::now() + PATIENCE);
    let mut all = BTreeSet::new();
    for running in discovery.running() {
        let context = running.survey.context();
        let cluster = discovery.clients.own_cluster(context, &session).await.ok()?;
        let known = cluster.before(session.deadline(), candidates(&cluster)).await.ok()?;
        let Candidates { names, guessed } = known;
        if guessed {
            return None;
        }
        all.extend(names);
    }
    Some(all)
}

/// Nothing where some may be missing. Nobody is waited for where no Service is named.
async fn snapshots(discovery: &Discovery) -> Option<Vec<Arc<Snapshot>>> {
    let settings = &discovery.settings;
    if settings.credentials.is_empty() && settings.unverified.is_empty() {
        return None;
    }
    let deadline = Instant::now() + PATIENCE;
    let looks = discovery.running().iter().map(|it| it.survey.whole(deadline));
    let whole = join_all(looks).await.into_iter().map(|it| match it {
        Look::Whole(snapshot) if snapshot.problems.is_empty() => Some(snapshot),
        Look::Whole(_) | Look::Partly(_) | Look::NotYet(_) => None,
    });
    whole.collect()
}

/// A `ConfigMap` of overrides that is not there overrides nothing.
async fn overrides(discovery: &Discovery) -> Vec<String> {
    let publish = discovery.settings.publish.as_ref();
    let Some(publish) = publish.filter(|it| it.overrides.is_some()) else { return Vec::new() };
    let of_each = discovery.running().iter().filter_map(|it| it.publishing.as_ref());
    let texts = join_all(of_each.map(|it| it.publisher.overrides())).await;
    let place = format!("toolsets.discovery.publish.overrides: {}", publish.overrides_at());
    let told = texts.into_iter().filter_map(|text| match text {
        Ok(Some(_)) => None,
        Ok(None) => Some(format!("{place} is not there")),
        Err(error) => Some(format!("{place} cannot be read: {}", error.reason())),
    });
    told.collect()
}

fn idle(settings: &Settings, seen: &Seen) -> Vec<String> {
    let mut doubts = Vec::new();
    if let Some(known) = &seen.namespaces {
        doubts.extend(idle_globs(settings, known));
    }
    doubts.extend(doubles(settings));
    let Some(found) = &seen.found else { return doubts };
    for it in &settings.credentials {
        let place = it.place();
        let why = unfound(&place, found, &seen.twins);
        doubts.extend(why.map(|it| format!("toolsets.discovery.credentials: {it}")));
    }
    for (namespace, name) in &settings.unverified {
        let place = Place { namespace: namespace.clone(), name: name.clone() };
        let why = unfound(&place, found, &seen.twins).or_else(|| unencrypted(found.get(&place)?));
        doubts.extend(why.map(|it| format!("toolsets.discovery.insecure_skip_tls_verify: {it}")));
    }
    doubts
}

fn idle_globs(settings: &Settings, known: &BTreeSet<String>) -> Vec<String> {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let told = settings.namespaces.idle(&known).map(|glob| {
        let hint = meant(nearest(glob, known.iter().copied()));
        format!("toolsets.discovery.namespaces: `{glob}` fits no namespace{hint}")
    });
    told.collect()
}

/// The first for a service counts.
fn doubles(settings: &Settings) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let places = settings.credentials.iter().map(super::Credential::place);
    let doubles = places.filter(|it| !seen.insert(it.clone()));
    let told = doubles
        .map(|it| format!("toolsets.discovery.credentials: {it} is there twice: the first counts"));
    told.collect()
}

fn unfound(
    place: &Place,
    found: &BTreeMap<Place, Found>,
    twins: &BTreeMap<Place, Place>,
) -> Option<String> {
    if found.contains_key(place) {
        return None;
    }
    if let Some(twin) = twins.get(place) {
        return Some(format!(
            "{twin} stands for {place}, since both lead to the same pods: name that one"
        ));
    }
    let known: Vec<String> = found.keys().map(ToString::to_string).collect();
    let hint = meant(nearest(&place.to_string(), known.iter().map(String::as_str)));
    Some(format!("{place} is not among what was found{hint}"))
}

fn unencrypted(found: &Found) -> Option<String> {
    let place = &found.finding.place;
    (found.endpoint.scheme == Scheme::Http)
        .then(|| format!("{place} is asked over plain HTTP, without a certificate"))
}

fn meant(near: Option<&str>) -> String {
    near.map(|it| format!(": did you mean {it}?")).unwrap_or_default()
}
