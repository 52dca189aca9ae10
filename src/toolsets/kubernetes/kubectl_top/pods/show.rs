//! The table: a row a pod or a container.

use std::collections::BTreeSet;

use super::{Found, Top};
use crate::{
    output::{Document, Page, Table},
    toolsets::kubernetes::{
        few::{few, many},
        kubectl_top::usage::{ContainerUsage, Name, PodUsage},
        quantity::Quantity,
        resources::{Amount, Resources},
    },
};

const MOST_NAMED: usize = 5;

/// One line of the answer.
struct Entry<'a> {
    pod: &'a Name,
    container: Option<&'a str>,
    used: Amount,
    asked: Option<Resources>,
}

impl Top<'_> {
    pub(super) fn document(&self, found: &Found) -> Document {
        let document = found.notes.iter().cloned().fold(Document::new(), Document::note);
        let mut entries: Vec<Entry<'_>> =
            found.usages.iter().flat_map(|it| self.entries(it, found)).collect();
        entries.sort_by(|one, other| {
            let larger = self.by.order(&other.used, &one.used);
            larger.then_with(|| (one.pod, one.container).cmp(&(other.pod, other.container)))
        });
        let total: Amount = entries.iter().map(|it| it.used).sum();
        let unmeasured = self.unmeasured(found);
        if entries.is_empty() && unmeasured.is_none() {
            return document.note(self.nothing());
        }
        let document =
            document.note(format!("{} in {}", total.text(), many(found.usages.len(), "pod")));
        let all = entries.len();
        entries.truncate(self.limit);
        let (columns, rows) = self.table(&entries);
        let page = Page {
            shown: rows.len(),
            total: Some(all),
            narrow: "label_selector",
            is_plain: true,
            ..Page::default()
        };
        let document = document.table(Table::new(columns, rows));
        unmeasured.into_iter().fold(document, Document::note).page(page)
    }

    fn entries<'a>(&self, usage: &'a PodUsage, found: &Found) -> Vec<Entry<'a>> {
        let known = found.pods.get(&usage.metadata);
        if !self.containers {
            let asked = known.map(|it| it.whole);
            return vec![Entry {
                pod: &usage.metadata,
                container: None,
                used: usage.total(),
                asked,
            }];
        }
        let asked = |name: &str| {
            known.and_then(|it| it.containers.iter().find(|it| it.0 == name)).map(|it| it.1)
        };
        let entry = |it: &'a ContainerUsage| Entry {
            pod: &usage.metadata,
            container: Some(&it.name),
            used: it.usage,
            asked: asked(&it.name),
        };
        usage.containers.iter().map(entry).collect()
    }

    /// Pods that run, and nobody has measured them yet.
    fn unmeasured(&self, found: &Found) -> Option<String> {
        let measured: BTreeSet<&Name> = found.usages.iter().map(|it| &it.metadata).collect();
        let without = found
            .pods
            .iter()
            .filter(|(name, pod)| (pod.runs || !self.names.is_empty()) && !measured.contains(name));
        let names: Vec<&str> = without.map(|it| it.0.name.as_str()).collect();
        (!names.is_empty()).then(|| {
            format!(
                "not measured (yet; it takes a minute after the start): {}",
                few(&names, MOST_NAMED)
            )
        })
    }

    fn nothing(&self) -> String {
        let which = if self.labels.is_some() { " that the selector fits" } else { "" };
        let place = self.scope.namespace().map(|it| format!(" in namespace {it}"));
        format!("no running pods{which}{}", place.unwrap_or_default())
    }

    fn table(&self, entries: &[Entry<'_>]) -> (Vec<String>, Vec<Vec<String>>) {
        let spans = self.scope.namespace().is_none();
        let first =
            [spans.then_some("NAMESPACE"), Some("POD"), self.containers.then_some("CONTAINER")];
        let amounts =
            ["CPU", "CPU_REQUEST", "CPU_LIMIT", "MEMORY", "MEMORY_REQUEST", "MEMORY_LIMIT"];
        let columns = first.into_iter().flatten().chain(amounts).map(str::to_owned).collect();
        let row = |it: &Entry<'_>| {
            let first = [
                spans.then_some(it.pod.namespace.as_str()),
                Some(it.pod.name.as_str()),
                it.container,
            ];
            first.into_iter().flatten().map(str::to_owned).chain(it.amounts()).collect()
        };
        (columns, entries.iter().map(row).collect())
    }
}

impl Entry<'_> {
    /// `250m`, `100m 250%`, `-`
    fn amounts(&self) -> [String; 6] {
        let Self { used, asked, .. } = self;
        let beside = |used: Quantity, of: Option<Quantity>, text: fn(Quantity) -> String| {
            let of = of.filter(|it| !it.is_zero());
            let percent = of.and_then(|it| Some((it, used.percent_of(it)?)));
            percent.map_or_else(|| "-".to_owned(), |(of, it)| format!("{} {it}", text(of)))
        };
        let cpu = |of: Option<Quantity>| beside(used.cpu, of, Quantity::cpu);
        let memory = |of: Option<Quantity>| beside(used.memory, of, Quantity::memory);
        [
            used.cpu.cpu(),
            cpu(asked.map(|it| it.requests.cpu)),
            cpu(asked.map(|it| it.limits.cpu)),
            used.memory.memory(),
            memory(asked.map(|it| it.requests.memory)),
            memory(asked.map(|it| it.limits.memory)),
        ]
    }
}
