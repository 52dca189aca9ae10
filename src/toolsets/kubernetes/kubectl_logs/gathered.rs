//! The logs of many pods, merged, for whoever knows more of their lines than how to show them.

use super::{
    KubectlLogs,
    beginning::cut_beginning,
    merged::{self, Entry},
    notes::Notes,
    plan::Plan,
    read::Reader,
    selected::{MOST_PODS, Selected, list},
    tags::Tags,
    written::{self, Style},
};
use crate::{
    tool::{Session, ToolError},
    toolsets::kubernetes::{cluster::Cluster, listing::Listing, missing::missing_namespace},
};

/// Lines that are looked at: of all logs, and of one.
const LOOKED_AT: usize = 20_000;
const LOOKED_AT_OF_ONE: std::ops::RangeInclusive<usize> = 40..=2_000;

/// Which pods are meant, and which of their lines.
pub(in crate::toolsets::kubernetes) struct Wanted<'a> {
    pub(in crate::toolsets::kubernetes) namespace: &'a str,
    pub(in crate::toolsets::kubernetes) labels: &'a str,
    pub(in crate::toolsets::kubernetes) node: Option<&'a str>,
    pub(in crate::toolsets::kubernetes) pod: Option<&'a str>,
    pub(in crate::toolsets::kubernetes) container: &'a str,
    /// `10m`, or a time.
    pub(in crate::toolsets::kubernetes) since: Option<&'a str>,
}

/// The ends of their logs.
pub(in crate::toolsets::kubernetes) struct Gathered {
    /// Pods, and the node of each.
    pub(in crate::toolsets::kubernetes) pods: Vec<(String, String)>,
    /// What is to be said of how they were found and read.
    pub(in crate::toolsets::kubernetes) notes: Vec<String>,
    /// By time.
    entries: Vec<Entry>,
}

/// Lines as they are shown.
pub(in crate::toolsets::kubernetes) struct Shown {
    pub(in crate::toolsets::kubernetes) text: String,
    /// What all lines begin with, which is left out of them.
    pub(in crate::toolsets::kubernetes) beginning: Option<String>,
    /// What is left out of the names of nodes.
    pub(in crate::toolsets::kubernetes) legend: String,
}

impl Gathered {
    pub(in crate::toolsets::kubernetes) async fn read(
        cluster: &Cluster,
        session: &Session,
        wanted: &Wanted<'_>,
    ) -> Result<Self, ToolError> {
        let call = KubectlLogs {
            namespace: Some(wanted.namespace.to_owned()),
            label_selector: Some(wanted.labels.to_owned()),
            container: Some(wanted.container.to_owned()),
            since: wanted.since.map(str::to_owned),
            ..KubectlLogs::default()
        };
        let mut query = call.check(jiff::Timestamp::now())?;
        let selected = wanted.pods(cluster).await?;
        let each = LOOKED_AT / selected.pods.len().max(1);
        query.tail = Some(each.clamp(*LOOKED_AT_OF_ONE.start(), *LOOKED_AT_OF_ONE.end()));
        // A pod that has no such container has nothing to say.
        let plan = Plan::new(&selected.pods, &query)?;
        let mut reads = Reader::new(cluster, &query, &plan, session).all().await;
        let lines = reads.iter_mut().map(|it| std::mem::take(&mut it.sifted.lines)).collect();
        let entries = merged::merge(lines);
        let notes = Notes { query: &query, selected: &selected, plan: &plan, reads: &reads };
        let notes = notes.all(&entries, &Tags::of(&[]), false);
        let pod = |it: &super::plan::Stream<'_>| {
            (it.pod.metadata.name.clone(), it.pod.spec.node_name.clone())
        };
        Ok(Self { pods: plan.streams.iter().map(pod).collect(), notes, entries })
    }

    /// Each line, and the place of its pod.
    pub(in crate::toolsets::kubernetes) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.entries.iter().map(|it| (it.stream, it.line.text.as_str()))
    }

    pub(in crate::toolsets::kubernetes) fn node(&self, pod: usize) -> &str {
        self.pods.get(pod).map(|it| it.1.as_str()).unwrap_or_default()
    }

    /// Keeps the last so many of the lines in those places.
    pub(in crate::toolsets::kubernetes) fn keep(&mut self, places: &[bool], most: usize) {
        let fitting = places.iter().filter(|it| **it).count();
        let mut left_out = fitting.saturating_sub(most);
        let mut places = places.iter();
        self.entries.retain(|_| {
            let fits = places.next().is_some_and(|it| *it);
            let is_old = fits && left_out > 0;
            left_out -= usize::from(is_old);
            fits && !is_old
        });
    }

    /// Each with its node, as far as that tells it from others.
    pub(in crate::toolsets::kubernetes) fn written(mut self) -> Shown {
        let mut nodes: Vec<&str> = self
            .entries
            .iter()
            .map(|it| it.stream)
            .map(|it| self.pods.get(it).map(|it| it.1.as_str()).unwrap_or_default())
            .collect();
        nodes.sort_unstable();
        nodes.dedup();
        let Tags { tags, legend } = Tags::of(&nodes);
        let tag = |(_, node): &(String, String)| {
            let place = nodes.binary_search(&node.as_str()).ok();
            place.and_then(|it| tags.get(it)).cloned().unwrap_or_default()
        };
        let tags: Vec<String> = self.pods.iter().map(tag).collect();
        let beginning = cut_beginning(&mut self.entries);
        let style = Style { tags, times: false, gaps: false };
        Shown { text: written::write(&self.entries, &style).join("\n"), beginning, legend }
    }
}

impl Wanted<'_> {
    async fn pods(&self, cluster: &Cluster) -> Result<Selected, ToolError> {
        let resource = cluster.resource("pods.v1.").await?;
        let of_node = self.node.map(|it| format!("spec.nodeName={it}"));
        let of_name = self.pod.map(|it| format!("metadata.name={it}"));
        let fields: Vec<String> = of_node.into_iter().chain(of_name).collect();
        let fields = fields.join(",");
        let listing = Listing {
            namespace: Some(self.namespace),
            labels: Some(self.labels),
            fields: Some(fields.as_str()).filter(|it| !it.is_empty()),
            ..Listing::of_all(cluster, &resource)
        };
        let (pods, is_cut) = list(&listing).await.map_err(|it| listing.failed(&it))?;
        if pods.is_empty()
            && let Some(problem) = missing_namespace(cluster, Some(self.namespace)).await
        {
            return Err(problem);
        }
        let mut selected = Selected { pods, notes: Vec::new() };
        selected.pods.truncate(MOST_PODS);
        if is_cut {
            selected.notes.push(format!("only the first {MOST_PODS} pods: narrow with node"));
        }
        Ok(selected)
    }
}
