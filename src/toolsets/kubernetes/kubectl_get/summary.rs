//! How many objects there are of each status, namespace, owner and image; page after page, so that memory does not grow with the list.

use std::{collections::BTreeMap, time::Instant};

use serde::Deserialize;

use crate::toolsets::kubernetes::{
    error::ApiError,
    late::is_late,
    listing::Listing,
    table::{ListMeta, Meta, Table},
};

const PAGE: usize = 500;
/// The most that is named of each count.
const MOST_NAMED: usize = 12;
/// The most values that are counted apart.
const MOST_COUNTED: usize = 5_000;
/// Columns in which kinds say how their objects are doing.
const STATUS: [&str; 4] = ["status", "phase", "state", "type"];
/// Kinds whose containers are counted by image.
const WITH_CONTAINERS: [&str; 8] = [
    "pods",
    "deployments",
    "statefulsets",
    "daemonsets",
    "replicasets",
    "replicationcontrollers",
    "jobs",
    "cronjobs",
];

#[derive(Default)]
pub(super) struct Summary {
    counted: usize,
    total: Option<usize>,
    cut_short: bool,
    counts: BTreeMap<&'static str, BTreeMap<String, usize>>,
}

#[derive(Deserialize)]
struct Object {
    #[serde(default)]
    metadata: Meta,
    #[serde(default)]
    spec: Spec,
}

/// Where containers are, in pods and in all that makes pods.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    containers: Vec<Container>,
    template: Option<Box<Template>>,
    job_template: Option<Box<Template>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Template {
    spec: Spec,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Container {
    image: String,
}

impl Spec {
    fn images(&self) -> Vec<&str> {
        let own = self.containers.iter().map(|it| it.image.as_str());
        let inner = [&self.template, &self.job_template];
        own.chain(inner.into_iter().flatten().flat_map(|it| it.spec.images())).collect()
    }
}

/// Objects without a `spec` that is of interest.
#[derive(Deserialize)]
struct Bare {
    #[serde(default)]
    metadata: Meta,
}

impl Summary {
    pub(super) async fn add(
        &mut self,
        listing: &Listing<'_>,
        deadline: Option<Instant>,
    ) -> Result<(), ApiError> {
        let mut token: Option<String> = None;
        loop {
            let (next, remaining) = self.add_page(listing, token.as_deref()).await?;
            let Some(next) = next else { break };
            if is_late(deadline) {
                self.cut_short = true;
                self.total = remaining.map(|it| self.counted + it);
                break;
            }
            token = Some(next);
        }
        Ok(())
    }

    async fn add_page(
        &mut self,
        listing: &Listing<'_>,
        token: Option<&str>,
    ) -> Result<(Option<String>, Option<usize>), ApiError> {
        let with_containers = WITH_CONTAINERS.contains(&listing.resource.plural.as_str());
        let metadata = if with_containers
            && matches!(listing.resource.group.as_str(), "" | "apps" | "batch")
        {
            let table: Table<Object> = listing.raw_table("Object", token, PAGE).await?;
            self.count(table, |it| (&it.metadata, it.spec.images()))
        } else {
            let table: Table<Bare> = listing.raw_table("Metadata", token, PAGE).await?;
            self.count(table, |it| (&it.metadata, Vec::new()))
        };
        let metadata = metadata.unwrap_or_default();
        Ok((Some(metadata.token).filter(|it| !it.is_empty()), metadata.remaining_item_count))
    }

    fn count<T>(
        &mut self,
        table: Table<T>,
        parts: impl Fn(&T) -> (&Meta, Vec<&str>),
    ) -> Option<ListMeta> {
        let names = || table.column_definitions.iter().map(|it| it.name.to_lowercase());
        let status = STATUS.iter().find_map(|it| names().position(|name| name == *it));
        for row in table.rows.unwrap_or_default() {
            self.counted += 1;
            if let Some(status) = status.and_then(|it| row.cells.get(it)) {
                self.one_more("status", &status.0);
            }
            let Some((meta, mut images)) = row.object.as_ref().map(&parts) else { continue };
            self.one_more("namespace", meta.namespace.as_deref().unwrap_or_default());
            self.one_more("owner", &meta.owner());
            images.sort_unstable();
            images.dedup();
            for image in images {
                self.one_more("image", image);
            }
        }
        table.metadata
    }

    fn one_more(&mut self, dimension: &'static str, value: &str) {
        self.add_to(dimension, value, 1);
    }

    fn add_to(&mut self, dimension: &'static str, value: &str, more: usize) {
        let counts = self.counts.entry(dimension).or_default();
        if value.is_empty() {
            return;
        }
        if let Some(count) = counts.get_mut(value) {
            *count += more;
        } else {
            let value = if counts.len() < MOST_COUNTED { value } else { "(others)" };
            *counts.entry(value.to_owned()).or_default() += more;
        }
    }

    /// Not all was counted, and nobody knows how much there is.
    pub(super) fn cut(&mut self) {
        self.cut_short = true;
        self.total = None;
    }

    /// Takes in what was counted elsewhere; how much there is in all is not known when one of them was cut.
    pub(super) fn merge(&mut self, other: Self) {
        self.counted += other.counted;
        for (dimension, counts) in other.counts {
            for (value, count) in counts {
                self.add_to(dimension, &value, count);
            }
        }
        if other.cut_short {
            self.cut();
        }
    }

    /// `pods: 500`
    pub(super) fn head(&self, resource: &str) -> String {
        match (self.cut_short, self.total) {
            (false, _) => format!("{resource}: {}", self.counted),
            (true, Some(total)) => {
                format!(
                    "{resource}: {total}, of which the first {} were counted in time",
                    self.counted
                )
            }
            (true, None) => {
                format!("{resource}: more than the {} that were counted in time", self.counted)
            }
        }
    }

    /// A line for each thing that was counted. States, owners and images are what somebody wrote.
    pub(super) fn counts(&self) -> Vec<String> {
        let order = ["status", "namespace", "owner", "image"];
        let counted = order.iter().filter_map(|it| Some((it, self.counts.get(it)?)));
        counted.filter(|it| !it.1.is_empty()).map(|(it, counts)| line(it, counts)).collect()
    }
}

fn line(dimension: &str, counts: &BTreeMap<String, usize>) -> String {
    let mut counts: Vec<(&String, &usize)> = counts.iter().collect();
    counts.sort_by(|one, other| other.1.cmp(one.1).then(one.0.cmp(other.0)));
    let named: Vec<String> =
        counts.iter().take(MOST_NAMED).map(|(value, count)| format!("{value} {count}")).collect();
    let more = counts.len().saturating_sub(MOST_NAMED);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    format!("{dimension}: {}{more}", named.join(", "))
}
