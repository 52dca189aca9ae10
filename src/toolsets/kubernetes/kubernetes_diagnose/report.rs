//! The answer: our own sentences first, then, in one fence, what others wrote.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    finding::{Call, Finding},
    rank::{Ranked, Ranking},
    snapshot::{Gap, Snapshot},
    subject::{Kind, Subject},
};
use crate::{
    output::{Document, Keep, Redactor, clip},
    toolsets::kubernetes::one_line::one_line,
};

/// Findings told in full; the rest is named.
const TOLD: usize = 8;
/// Findings named that have nothing to do with the question.
const ELSEWHERE: usize = 3;
/// Consequences named under a cause.
const THEREFORE: usize = 4;

/// How much of a message or a log line is shown, in characters.
const LONGEST: usize = 300;

pub(super) struct Report<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) asked: &'a Subject,
    pub(super) ranking: Ranking,
    pub(super) gaps: Vec<Gap>,
    pub(super) requests: usize,
    pub(super) redactor: &'a Redactor,
    /// What the next calls have to name as well.
    pub(super) context: Option<&'a str>,
}

impl Report<'_> {
    pub(super) fn document(self) -> Document {
        let told = self.ranking.ranked.iter().zip(1..).take(TOLD);
        let mut lines = vec![self.head()];
        let mut evidence = Vec::new();
        for (ranked, number) in told {
            lines.extend(self.told(ranked, number));
            let lines = ranked.finding.evidence.iter().map(|it| self.clipped(it));
            evidence.extend(lines.map(|it| format!("[{number}] {it}")));
        }
        lines.extend(self.rest());
        lines.extend(self.unseen());
        let document = Document::new().lines(lines);
        if evidence.is_empty() {
            return document;
        }
        document.untrusted("evidence by number", evidence.join("\n"), Keep::Head)
    }

    /// `deploy/web in shop: 2 findings (41 objects, 17 requests)`
    fn head(&self) -> String {
        let looked_at = format!("{} objects, {} requests", self.snapshot.objects(), self.requests);
        let scope = self.scope();
        match self.ranking.ranked.len() {
            0 => format!(
                "{scope}: looked at {looked_at}; no rule found anything wrong in what was seen, which is no proof that all is well"
            ),
            1 => format!("{scope}: 1 finding ({looked_at})"),
            count => format!("{scope}: {count} findings ({looked_at})"),
        }
    }

    fn scope(&self) -> String {
        let asked = self.asked;
        match asked.kind {
            Kind::Namespace => format!("namespace {}", asked.name),
            Kind::Node => format!("node {}", asked.name),
            _ => {
                let told_as = self.snapshot.told_as(asked);
                let of = if told_as == *asked { String::new() } else { format!(" of {told_as}") };
                format!("{asked}{of} in {}", self.snapshot.namespace)
            }
        }
    }

    fn told(&self, ranked: &Ranked, number: usize) -> Vec<String> {
        let Ranked { finding, therefore } = ranked;
        let Finding { subject, problem, certainty, .. } = finding;
        let mut lines = vec![format!("{number}. [{}] {subject}: {problem}", certainty.word())];
        if !therefore.is_empty() {
            let mut told: Vec<&str> =
                therefore.iter().take(THEREFORE).map(String::as_str).collect();
            let more = format!("{} more", therefore.len().saturating_sub(THEREFORE));
            told.extend((therefore.len() > THEREFORE).then_some(more.as_str()));
            lines.push(format!("   therefore: {}", told.join("; ")));
        }
        lines.extend(finding.next.as_ref().map(|it| format!("   next: {}", self.call(it))));
        lines
    }

    fn call(&self, call: &Call) -> String {
        let mut arguments = call.arguments.clone();
        if let Value::Object(fields) = &mut arguments {
            let names_one =
                ["namespace", "all_namespaces"].iter().any(|it| fields.contains_key(*it));
            let needs_one = !self.snapshot.namespace.is_empty() && !call.is_cluster_wide();
            if needs_one && !names_one {
                fields.insert("namespace".to_owned(), self.snapshot.namespace.clone().into());
            }
            if let Some(context) = self.context {
                fields.insert("context".to_owned(), context.into());
            }
        }
        format!("{} {arguments}", call.tool)
    }

    /// The beginning of what somebody wrote: redacted before it is cut, because half a secret is not known for one, and
    /// without hidden characters before that, because they could split it.
    fn clipped(&self, line: &str) -> String {
        let mut line = self.redactor.text(&one_line(line)).into_owned();
        clip(&mut line, LONGEST);
        line
    }

    /// Findings that are only named.
    fn rest(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let rest = self.ranking.ranked.iter().skip(TOLD);
        let rest: Vec<String> = rest.map(named).collect();
        if !rest.is_empty() {
            lines.push(format!("and {} more:", rest.len()));
            lines.extend(rest);
        }
        let elsewhere = &self.ranking.elsewhere;
        if !elsewhere.is_empty() {
            lines.push("not known to have to do with it, and wrong as well:".to_owned());
            lines.extend(elsewhere.iter().take(ELSEWHERE).map(named));
            let more = elsewhere.len().saturating_sub(ELSEWHERE);
            lines.extend((more > 0).then(|| format!("- {more} more: ask about the namespace")));
        }
        lines
    }

    /// `not looked at: configmaps, secrets (forbidden); nodes (no answer in time)`
    fn unseen(&self) -> Option<String> {
        let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for Gap { what, why } in &self.gaps {
            by_reason.entry(why).or_default().push(what);
        }
        let gaps = by_reason.into_iter().map(|(why, what)| format!("{} ({why})", what.join(", ")));
        let gaps: Vec<String> = gaps.collect();
        (!gaps.is_empty()).then(|| format!("not looked at: {}", gaps.join("; ")))
    }
}

fn named(Ranked { finding, .. }: &Ranked) -> String {
    format!("- [{}] {}: {}", finding.certainty.word(), finding.subject, finding.problem)
}
