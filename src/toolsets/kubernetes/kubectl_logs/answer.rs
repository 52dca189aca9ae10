//! What the call answers: the lines, and whose they are.

use std::collections::BTreeSet;

use super::{
    beginning::cut_beginning,
    merged::{self, Entry},
    notes::{Notes, lost_node},
    plan::{Plan, Stream},
    pods::Meta,
    query::Query,
    read::{End, Read},
    selected::Selected,
    tags::Tags,
    written::{self, Style},
};
use crate::{
    output::{Document, Keep},
    tool::ToolError,
    toolsets::kubernetes::{
        cluster::Cluster,
        error::{ApiError, Asked},
    },
};

pub(super) struct Answer<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) query: &'a Query,
    pub(super) selected: &'a Selected,
    pub(super) plan: &'a Plan<'a>,
}

impl Answer<'_> {
    pub(super) fn document(&self, mut reads: Vec<Read>) -> Result<Document, ToolError> {
        self.check(&reads)?;
        let lines = reads.iter_mut().map(|it| std::mem::take(&mut it.sifted.lines)).collect();
        let mut entries = merged::merge(lines);
        if self.query.wanted.dedupe {
            entries = merged::fold(entries);
        }
        let tags = Tags::of(&self.pods(&entries));
        let times = self.times(&entries);
        let Self { query, selected, plan, .. } = *self;
        let notes = Notes { query, selected, plan, reads: &reads }.all(&entries, &tags, times);
        let document = notes.into_iter().fold(Document::new(), Document::note);
        if entries.is_empty() {
            return Ok(document);
        }
        let source = self.source(&tags, cut_beginning(&mut entries));
        let gaps = self.query.wanted.around > 0 && self.plan.streams.len() == 1;
        let style = Style { tags: self.stream_tags(&entries, &tags), times, gaps };
        let text = written::write(&entries, &style).join("\n");
        Ok(document
            .untrusted(&source, text, Keep::Tail)
            .narrow("tail, since, level, grep or dedupe"))
    }

    /// Where no log at all could be read, the reason is the answer.
    fn check(&self, reads: &[Read]) -> Result<(), ToolError> {
        let failed = |it: &Read| match &it.end {
            End::Failed(error) if it.sifted.looked_at == 0 => Some(error.clone()),
            _ => None,
        };
        let errors: Option<Vec<ApiError>> = reads.iter().map(failed).collect();
        let errors = errors.filter(|_| self.plan.silent.is_empty()).unwrap_or_default();
        let (Some(error), Some(stream)) = (errors.first(), self.plan.streams.first()) else {
            return Ok(());
        };
        let is_gone =
            reads.len() == 1 && error.is_not_found() && lost_node(*stream, error).is_none();
        if !(error.is_forbidden() || error.is_fatal() || is_gone) {
            return Ok(());
        }
        let Meta { namespace, name } = &stream.pod.metadata;
        let resource = if error.is_not_found() { "pods" } else { "pods/log" };
        let asked = Asked { verb: "get", resource, name: Some(name), namespace: Some(namespace) };
        Err(self.cluster.explain(error, &asked))
    }

    /// The pods that have lines, in the order of the streams.
    fn pods(&self, entries: &[Entry]) -> Vec<&str> {
        let streams: BTreeSet<usize> = entries.iter().map(|it| it.stream).collect();
        let mut pods: Vec<&str> =
            streams.iter().filter_map(|it| self.stream(*it)).map(|it| it.pod.name()).collect();
        pods.dedup();
        pods
    }

    fn stream(&self, number: usize) -> Option<Stream<'_>> {
        self.plan.streams.get(number).copied()
    }

    /// Where lines of several logs are mixed, they have a time, unless they tell it themselves.
    fn times(&self, entries: &[Entry]) -> bool {
        let mixed =
            entries.first().is_some_and(|first| entries.iter().any(|it| it.stream != first.stream));
        self.query.timestamps.unwrap_or_else(|| mixed && !written::tell_their_time(entries))
    }

    /// The pod's tag where there are several pods, and the container where there are several of them.
    fn stream_tags(&self, entries: &[Entry], tags: &Tags) -> Vec<String> {
        let pods = self.pods(entries);
        let shown: BTreeSet<usize> = entries.iter().map(|it| it.stream).collect();
        let containers: BTreeSet<&str> =
            shown.iter().filter_map(|it| self.stream(*it)).map(|it| it.container).collect();
        let tag = |stream: &Stream<'_>| {
            let pod = pods.iter().position(|it| *it == stream.pod.name());
            let pod = pod.and_then(|it| tags.tags.get(it)).filter(|_| pods.len() > 1);
            let container = (containers.len() > 1).then_some(stream.container);
            let parts = pod.map(String::as_str).into_iter().chain(container);
            parts.collect::<Vec<_>>().join("/")
        };
        let tags: Vec<String> = self.plan.streams.iter().map(tag).collect();
        if pods.len() > 1 || containers.len() > 1 { tags } else { Vec::new() }
    }

    fn source(&self, tags: &Tags, beginning: Option<String>) -> String {
        let run = if self.query.previous { "previous logs of" } else { "logs of" };
        let whose = match self.plan.streams.as_slice() {
            [stream] => format!("pod {}", stream.name()),
            _ if tags.tags.len() > 1 => "pods".to_owned(),
            _ => format!("pod {}", tags.legend),
        };
        let beginning = beginning.map(|it| format!(", each line after {it:?}"));
        format!("{run} {whose}{}", beginning.unwrap_or_default())
    }
}
