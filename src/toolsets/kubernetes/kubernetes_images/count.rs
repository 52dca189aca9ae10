//! What is kept of pods: of each image the digests and the places, however many pods there are.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde::Deserialize;

use crate::toolsets::kubernetes::table::Meta;

/// The most images that are counted apart, and places of one of them.
const MOST_IMAGES: usize = 5_000;
const MOST_PLACES: usize = 200;
/// Places that a row names, and digests.
const MOST_NAMED: usize = 3;
/// Of the 64 digits of a digest, as many as people compare.
const DIGITS: usize = 12;
const OTHERS: &str = "(others)";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Pod {
    pub(super) metadata: Meta,
    spec: Spec,
    status: Status,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Spec {
    #[serde(rename = "containers")]
    usual: Vec<Container>,
    #[serde(rename = "initContainers")]
    init: Vec<Container>,
    #[serde(rename = "ephemeralContainers")]
    ephemeral: Vec<Container>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Container {
    name: String,
    image: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    #[serde(rename = "containerStatuses")]
    usual: Vec<State>,
    #[serde(rename = "initContainerStatuses")]
    init: Vec<State>,
    #[serde(rename = "ephemeralContainerStatuses")]
    ephemeral: Vec<State>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct State {
    name: String,
    #[serde(rename = "imageID")]
    image_id: String,
}

/// All images so far.
#[derive(Debug, Default)]
pub(super) struct Images {
    pub(super) pods: usize,
    pub(super) cut_short: bool,
    by_name: BTreeMap<String, Image>,
}

#[derive(Debug, Default)]
struct Image {
    pods: usize,
    /// How many pods run each; one that has not been pulled yet has none.
    digests: BTreeMap<String, usize>,
    /// `shop/deploy/web(main)`, and how many pods.
    places: BTreeMap<String, usize>,
    /// How many pods run it in places that are not kept.
    elsewhere: usize,
}

impl Images {
    pub(super) fn add(&mut self, pod: &Pod, with_namespace: bool) {
        self.pods += 1;
        let workload = workload(&pod.metadata, with_namespace);
        let mut seen = BTreeSet::new();
        for (container, label, state) in pod.containers() {
            let known = self.by_name.contains_key(&container.image);
            let fits = known || self.by_name.len() < MOST_IMAGES;
            let name = if fits { container.image.as_str() } else { OTHERS };
            let image = self.by_name.entry(name.to_owned()).or_default();
            image.pods += usize::from(seen.insert(name));
            let place = format!("{workload}({label}{})", container.name);
            image.place(place, 1);
            if let Some(digest) = state.map(|it| digits(&it.image_id)).filter(|it| !it.is_empty()) {
                *image.digests.entry(digest.to_owned()).or_default() += 1;
            }
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.pods += other.pods;
        self.cut_short |= other.cut_short;
        for (name, found) in other.by_name {
            let fits = self.by_name.contains_key(&name) || self.by_name.len() < MOST_IMAGES;
            let name = if fits { name } else { OTHERS.to_owned() };
            let image = self.by_name.entry(name).or_default();
            image.pods += found.pods;
            image.elsewhere += found.elsewhere;
            found.places.into_iter().for_each(|(place, pods)| image.place(place, pods));
            for (digest, pods) in found.digests {
                *image.digests.entry(digest).or_default() += pods;
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.by_name.len()
    }

    /// The images that run as something else here and there.
    pub(super) fn moved(&self) -> impl Iterator<Item = &str> {
        let moved =
            self.by_name.iter().filter(|(name, it)| it.digests.len() > 1 && *name != OTHERS);
        moved.map(|(name, _)| name.as_str())
    }

    /// The most used first; places that the pattern fits come first in their row.
    pub(super) fn rows(&self, grep: Option<&Regex>) -> Vec<Vec<String>> {
        let mut images: Vec<(&String, &Image)> = self.by_name.iter().collect();
        images.sort_by(|one, other| other.1.pods.cmp(&one.1.pods).then(one.0.cmp(other.0)));
        let row = |(name, image): (&String, &Image)| {
            vec![short(name), image.digests(), image.pods.to_string(), image.places(grep)]
        };
        images.into_iter().map(row).collect()
    }
}

impl Image {
    fn place(&mut self, place: String, pods: usize) {
        if let Some(count) = self.places.get_mut(&place) {
            *count += pods;
        } else if self.places.len() < MOST_PLACES {
            self.places.insert(place, pods);
        } else {
            self.elsewhere += pods;
        }
    }

    /// `0a1b2c3d4e5f`, and how many pods run each when there are several.
    fn digests(&self) -> String {
        let cut = |it: &str| it.get(..DIGITS).unwrap_or(it).to_owned();
        let mut all: Vec<(&String, &usize)> = self.digests.iter().collect();
        all.sort_by(|one, other| other.1.cmp(one.1).then(one.0.cmp(other.0)));
        if let [(only, _)] = all.as_slice() {
            return cut(only);
        }
        named(all.into_iter().map(|(digest, pods)| format!("{} ×{pods}", cut(digest))), 0)
    }

    fn places(&self, grep: Option<&Regex>) -> String {
        let fits = |place: &str| grep.is_some_and(|it| it.is_match(place));
        let mut all: Vec<(&String, &usize)> = self.places.iter().collect();
        all.sort_by(|one, other| {
            let fit = fits(other.0).cmp(&fits(one.0));
            fit.then(other.1.cmp(one.1)).then(one.0.cmp(other.0))
        });
        named(all.into_iter().map(|it| it.0.clone()), usize::from(self.elsewhere > 0))
    }
}

impl Pod {
    /// Each container with what kind it is, and what runs of it.
    fn containers(&self) -> impl Iterator<Item = (&Container, &'static str, Option<&State>)> {
        let Self { spec, status, .. } = self;
        let all = [
            (&spec.usual, "", &status.usual),
            (&spec.init, "init:", &status.init),
            (&spec.ephemeral, "debug:", &status.ephemeral),
        ];
        all.into_iter().flat_map(|(containers, label, states)| {
            containers.iter().map(move |container| {
                let state = states.iter().find(|it| it.name == container.name);
                (container, label, state)
            })
        })
    }
}

/// `a b and 7 more`; `rest` are further ones that nobody has counted apart.
fn named(mut names: impl Iterator<Item = String>, rest: usize) -> String {
    let first: Vec<String> = names.by_ref().take(MOST_NAMED).collect();
    let more = names.count();
    let first = first.join(" ");
    match (more, rest) {
        (0, 0) => first,
        (more, 0) => format!("{first} and {more} more"),
        (more, _) => format!("{first} and {more} more, and others"),
    }
}

/// `shop/deploy/web`, by what makes the pods.
fn workload(meta: &Meta, with_namespace: bool) -> String {
    let owner = meta.owner();
    let own = || ("pod", meta.name.as_str());
    let (kind, name) = owner.split_once('/').filter(|it| it.0 != "Node").unwrap_or_else(own);
    let kind = match kind {
        "Deployment" => "deploy",
        "StatefulSet" => "sts",
        "DaemonSet" => "ds",
        "ReplicaSet" => "rs",
        "Job" => "job",
        other => other,
    };
    match meta.namespace.as_deref().filter(|_| with_namespace) {
        Some(namespace) => format!("{namespace}/{kind}/{name}"),
        None => format!("{kind}/{name}"),
    }
}

/// The digits of a digest, in whatever form a runtime writes it: `docker-pullable://a/b@sha256:0a1b…`, `sha256:0a1b…`.
pub(super) fn digits(image_id: &str) -> &str {
    let Some((_, digits)) = image_id.rsplit_once("sha256:") else { return "" };
    if digits.bytes().all(|it| it.is_ascii_hexdigit()) { digits } else { "" }
}

/// An image that is asked for by digest, with as much of it as the running ones show.
pub(super) fn short(image: &str) -> String {
    let digest = digits(image);
    match digest.get(DIGITS..) {
        Some(rest) if !rest.is_empty() => format!("{}…", image.strip_suffix(rest).unwrap_or(image)),
        _ => image.to_owned(),
    }
}
