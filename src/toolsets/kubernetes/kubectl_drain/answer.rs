//! What a drain has done, and what is left.

use serde_json::json;

use super::{
    named,
    pods::{Fate, Pod},
    preview::by_reason,
    rounds::Outcome,
};
use crate::{
    output::{Document, Keep},
    tool::ToolError,
    toolsets::kubernetes::few::many,
};

/// The operator's limit for calls is shorter than what was asked for.
const CUT_SHORT: &str =
    ", which is as long as a call may take here (policy.timeouts: kubectl_drain)";

pub(super) struct Told<'a> {
    pub(super) node: &'a str,
    /// That the call named.
    pub(super) context: Option<&'a str>,
    pub(super) was_cordoned: bool,
    /// All of the node that were looked at.
    pub(super) pods: &'a [Pod],
    /// Which those were.
    pub(super) labels: Option<&'a str>,
    pub(super) seconds: u64,
    pub(super) is_cut: bool,
}

impl Told<'_> {
    /// An error if something stopped it, with how far it came.
    pub(super) fn answer(&self, mut outcome: Outcome) -> Result<Document, ToolError> {
        let Some(error) = outcome.stopped.take() else { return Ok(self.document(&outcome)) };
        let Outcome { evicted, left, .. } = outcome;
        let cordoned = if self.was_cordoned { "was cordoned before" } else { "cordoned" };
        let told = format!(
            "node/{} {cordoned}; not drained: {} evicted, {} left: {}; {}",
            self.node,
            many(evicted, "pod"),
            left.len(),
            by_reason(left.iter().map(|(pod, why)| (pod, why.clone())))
                .collect::<Vec<_>>()
                .join("; "),
            self.next(false, false)
        );
        Err(error.rewritten(|it| format!("{it}; {told}")))
    }

    fn document(&self, outcome: &Outcome) -> Document {
        let Outcome { evicted, left, came, is_hopeless, .. } = outcome;
        let node = self.node;
        let cordoned = if self.was_cordoned { "was cordoned before" } else { "cordoned" };
        let evicted = many(*evicted, "pod");
        let mut document = Document::new().lines(vec![format!("node/{node} {cordoned}")]);
        document = if left.is_empty() {
            let only = self.labels.map(|it| format!("; only pods with {it} were looked at"));
            let staying = self.staying() + &only.unwrap_or_default();
            document.note(format!("drained after {} s: {evicted} evicted{staying}", self.seconds))
        } else {
            let cut = if self.is_cut && !is_hopeless { CUT_SHORT } else { "" };
            let more = if *is_hopeless { "; waiting longer would not help" } else { "" };
            document.note(format!(
                "not drained after {} s{cut}: {evicted} evicted, {} left{more}",
                self.seconds,
                left.len()
            ))
        };
        if !came.is_empty() {
            document = document.note(format!(
                "came meanwhile, and are there still: {}; call again for them",
                named(came.iter())
            ));
        }
        if !left.is_empty() {
            let lines = by_reason(left.iter().map(|(pod, why)| (pod, why.clone())));
            let lines = lines.collect::<Vec<_>>().join("\n");
            document = document.untrusted("pods that are left", lines, Keep::Head);
        }
        document.note(self.next(left.is_empty(), *is_hopeless))
    }

    /// `; 2 pods of daemonsets and 1 static pod stay`
    fn staying(&self) -> String {
        let count = |fate: Fate| self.pods.iter().filter(|it| it.fate() == fate).count();
        match (count(Fate::OfDaemonSet), count(Fate::Static)) {
            (0, 0) => String::new(),
            (daemons, 0) => format!("; {} of daemonsets stay", many(daemons, "pod")),
            (0, fixed) => format!("; {} stay", many(fixed, "static pod")),
            (daemons, fixed) => format!(
                "; {} of daemonsets and {} stay",
                many(daemons, "pod"),
                many(fixed, "static pod")
            ),
        }
    }

    fn next(&self, is_drained: bool, is_hopeless: bool) -> String {
        let mut arguments = json!({ "node": self.node, "uncordon": true });
        if let (Some(context), Some(fields)) = (self.context, arguments.as_object_mut()) {
            fields.insert("context".to_owned(), context.into());
        }
        if is_drained {
            return format!("next: kubectl_cordon {arguments}, when it is to take pods again");
        }
        let again = if is_hopeless {
            "change what holds them and call again"
        } else {
            "call again to go on"
        };
        format!(
            "the node stays cordoned; next: {again}, or kubectl_cordon {arguments} to let it take pods again"
        )
    }
}
