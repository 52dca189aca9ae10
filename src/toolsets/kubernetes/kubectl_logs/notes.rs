//! What has to be said of the lines: how many of how many they are, and who gave none and why.

use std::collections::BTreeMap;

use super::{
    merged::Entry,
    plan::{Plan, Stream},
    pods::Meta,
    query::Query,
    read::{End, Read},
    selected::Selected,
    tags::Tags,
    written,
};
use crate::{
    output::clip,
    toolsets::kubernetes::{error::ApiError, few::few},
};

/// The most names behind one reason.
const MOST_NAMES: usize = 5;
/// The most reasons.
const MOST_REASONS: usize = 8;
/// The most characters of a reason that a server gave.
const REASON: usize = 160;

pub(super) struct Notes<'a> {
    pub(super) query: &'a Query,
    pub(super) selected: &'a Selected,
    pub(super) plan: &'a Plan<'a>,
    pub(super) reads: &'a [Read],
}

impl Notes<'_> {
    /// None for the whole log of one container.
    pub(super) fn all(&self, entries: &[Entry], tags: &Tags, times: bool) -> Vec<String> {
        let mut summary = self.counts(entries, tags);
        summary.extend(self.left_out());
        if times {
            let day = written::day(entries).map(|it| format!(", {it}"));
            summary.push(format!("times UTC{}", day.unwrap_or_default()));
        }
        let summary = (!summary.is_empty()).then(|| summary.join("; "));
        let silent = self.plan.silent.iter().cloned();
        let silent = silent.chain(self.read(|stream, read| self.silence(stream, read)));
        let broken = self.read(break_of);
        let notes = self.selected.notes.iter().cloned().chain(summary);
        notes.chain(told("nothing from", silent)).chain(told("not whole:", broken)).collect()
    }

    fn counts(&self, entries: &[Entry], tags: &Tags) -> Vec<String> {
        let sum = |count: fn(&Read) -> u64| self.reads.iter().map(count).sum::<u64>();
        let (looked_at, pods) = (sum(|it| it.sifted.looked_at), tags.tags.len());
        let without_level = sum(|it| it.sifted.without_level);
        let wanted = &self.query.wanted;
        let mut counts = Vec::new();
        if pods > 1 {
            counts.push(format!("{} lines of {pods} pods: {}", entries.len(), tags.legend));
        }
        if wanted.picks() && looked_at > 0 {
            counts.push(format!("{} of {looked_at} lines fit", sum(|it| it.sifted.fitting)));
        } else if wanted.dedupe && looked_at > 0 {
            counts.push(format!("{looked_at} lines folded into {}", entries.len()));
        }
        if without_level > 0 {
            counts.push(format!("{without_level} name no level"));
        }
        counts
    }

    /// What there is and is not shown.
    fn left_out(&self) -> Vec<String> {
        let mut parts = Vec::new();
        parts.extend(self.searched().filter(|_| self.query.wanted.scans()));
        parts.extend(older(self.reads));
        let late = self.reads.iter().filter(|it| matches!(it.end, End::Late)).count();
        if late > 0 {
            let of = self.reads.len();
            parts.push(format!("time ran out: {late} of {of} logs are not complete"));
        }
        parts
    }

    /// That some logs are longer than what was looked at.
    fn searched(&self) -> Option<String> {
        let is_full =
            |it: &&Read| it.asked.is_some_and(|asked| it.sifted.looked_at >= asked as u64);
        let lines = self.reads.iter().find(is_full)?.asked?;
        Some(format!("only the last {lines} lines of each log were looked at: narrow with since"))
    }

    /// Each container of which there is something to say.
    fn read(
        &self,
        reason: impl Fn(Stream<'_>, &Read) -> Option<String>,
    ) -> impl Iterator<Item = (String, String)> {
        let all = self.plan.streams.iter().zip(self.reads);
        all.filter_map(move |(stream, read)| Some((stream.name(), reason(*stream, read)?)))
    }

    /// Why a container gave nothing.
    fn silence(&self, stream: Stream<'_>, read: &Read) -> Option<String> {
        if read.sifted.looked_at > 0 {
            return None;
        }
        let wanted = &self.query.wanted;
        let bounded = wanted.since.is_some() || wanted.until.is_some();
        Some(match &read.end {
            End::Failed(error) => reason(stream, error),
            End::Silent => "its node does not answer".to_owned(),
            End::Late => "not read in time".to_owned(),
            End::Whole if bounded => "no lines in that time".to_owned(),
            End::Whole if !self.query.previous && stream.pod.is_crashing(stream.container) => {
                "empty since it restarted; previous: true has the run before".to_owned()
            }
            End::Whole => "empty".to_owned(),
        })
    }
}

/// `nothing from web-1, web-2 (gone); web-3 (forbidden)`
fn told(title: &str, silent: impl Iterator<Item = (String, String)>) -> Option<String> {
    let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, reason) in silent {
        reasons.entry(reason).or_default().push(name);
    }
    let told = reasons.iter().map(|(reason, names)| {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        format!("{} ({reason})", few(&names, MOST_NAMES))
    });
    let mut told: Vec<String> = told.collect();
    let others = told.split_off(told.len().min(MOST_REASONS)).len();
    told.extend((others > 0).then(|| format!("others for {others} more reasons")));
    (!told.is_empty()).then(|| format!("{title} {}", told.join("; ")))
}

/// Why a log that began to come did not come to its end.
fn break_of(stream: Stream<'_>, read: &Read) -> Option<String> {
    match &read.end {
        End::Failed(error) if read.sifted.looked_at > 0 => Some(reason(stream, error)),
        _ => None,
    }
}

/// That there are older lines than those that were kept.
fn older(reads: &[Read]) -> Option<String> {
    let mut cut = reads.iter().filter(|it| it.sifted.older > 0).peekable();
    let room = cut.peek()?.room;
    let each = if reads.len() > 1 { " of each container" } else { "" };
    // Long lines fill the room before it has its number of lines.
    let lines = if cut.all(|it| it.kept == room) { format!("{room} ") } else { String::new() };
    Some(format!("only the last {lines}lines{each}; tail shows more"))
}

fn reason(stream: Stream<'_>, error: &ApiError) -> String {
    match error {
        error if let Some(node) = lost_node(stream, error) => {
            format!("its node {node} does not exist (any more)")
        }
        ApiError::Status(status) if status.code == 404 => "gone".to_owned(),
        error if error.is_forbidden() => "forbidden".to_owned(),
        ApiError::Status(status) => of_message(stream, &status.message),
        ApiError::Unreachable(reason) => reason.clone(),
        _ => "the API server did not answer".to_owned(),
    }
}

/// The node that has the log, where that is missing and not the pod: `pods "node-1" not found`, says the API server then.
pub(super) fn lost_node<'a>(stream: Stream<'_>, error: &'a ApiError) -> Option<&'a str> {
    let ApiError::Status(status) = error else { return None };
    let named = status.details.as_ref().map_or("", |it| it.name.as_str());
    let is_other = !named.is_empty() && named != stream.pod.metadata.name;
    (status.code == 404 && is_other).then_some(named)
}

/// The API server's sentence, without what is known already.
fn of_message(stream: Stream<'_>, message: &str) -> String {
    if message.starts_with("previous terminated container") {
        return "no previous run".to_owned();
    }
    if let Some((_, reason)) = message.split_once(" is waiting to start: ") {
        return format!("waiting: {reason}");
    }
    // What is the same for many must not differ by their names.
    let reason = message.lines().next().unwrap_or_default();
    let Meta { namespace, name } = &stream.pod.metadata;
    let reason = reason.replace(&format!(" in pod \"{namespace}/{name}\""), "");
    let mut reason = reason.replace(&format!(" \"{}\"", stream.container), "");
    clip(&mut reason, REASON);
    reason
}
