//! What would happen, for whoever decides.

use serde_json::Value;

use super::{
    Plan,
    step::{Attempt, Step},
};
use crate::{
    output::{Redactor, diff},
    tool::{Affected, Effect, Preview},
    toolsets::kubernetes::changed::warned,
};

impl Plan {
    pub(in super::super) fn preview(&self) -> Preview {
        let redactor = self.cluster.redactor();
        let affected = self.steps.iter().filter_map(|it| self.affected(it));
        let doomed = self.doomed.iter().map(super::prune::Doomed::affected);
        let blocks = self.steps.iter().map(|it| self.block(it, redactor));
        let gone = self.doomed.iter().map(|it| format!("{it} deleted (pruned)"));
        let notes = self.notes.iter().cloned();
        Preview {
            summary: self.summary(),
            details: blocks.chain(gone).chain(notes).collect::<Vec<_>>().join("\n"),
            affected: affected.chain(doomed).collect(),
        }
    }

    /// `in context prod, 2 would be created, 1 configured, 3 unchanged`
    fn summary(&self) -> String {
        let count = |done: &str| self.steps.iter().filter(|it| self.done(it) == done).count();
        let counts = ["created", "configured", "unchanged"].map(|it| (count(it), it));
        let deleted = (self.doomed.len(), "deleted");
        let told = counts.into_iter().chain([deleted]).filter(|it| it.0 > 0);
        let told: Vec<String> = told.map(|(count, done)| format!("{count} {done}")).collect();
        let context = &self.cluster.identity.context;
        format!("in context {context}, objects would be: {}", told.join(", "))
    }

    /// What is said of the set when others are gone, if it is the object that stands for it.
    fn narrowed(&self, step: &Step) -> Option<&Value> {
        self.narrowed.as_ref().filter(|_| step.intent.who.is_set())
    }

    fn affected(&self, step: &Step) -> Option<Affected> {
        let narrowed = || {
            self.narrowed(step)?;
            Some(step.intent.address.affected(Effect::Apply, step.attempt.before()))
        };
        step.affected().or_else(narrowed)
    }

    fn done(&self, step: &Step) -> &'static str {
        match step.done() {
            "unchanged" if self.narrowed(step).is_some() => "configured",
            done => done,
        }
    }

    fn block(&self, step: &Step, redactor: &Redactor) -> String {
        let body = Some(&step.intent.body);
        let narrowed = self.narrowed(step).map(|it| diff::changes(body, Some(it), redactor));
        let narrowed = narrowed.map(|it| indented(it.lines())).unwrap_or_default();
        block(step, self.done(step), narrowed, redactor)
    }
}

/// One object, with what is to be said of it below.
fn block(step: &Step, done: &str, narrowed: Vec<String>, redactor: &Redactor) -> String {
    let mut lines = vec![format!("{} {done}", step.intent)];
    let body = &step.intent.body;
    match &step.attempt {
        Attempt::Create { .. } => lines.extend(new(body, redactor)),
        Attempt::Awaits(other) => {
            lines
                .push(format!("  checked when there is {other}, before anything later is applied"));
            lines.extend(new(body, redactor));
        }
        Attempt::Update(update) => lines.extend(indented(&update.diff)),
        Attempt::Unchanged { .. } => {}
    }
    lines.extend(narrowed);
    let (notes, warnings) = step.notes();
    lines.extend(notes.iter().map(|it| format!("  {it}")));
    lines.extend(warnings.iter().map(|it| format!("  {}", warned(it))));
    lines.join("\n")
}

/// As it is written; defaults are known to whoever reads it.
fn new(body: &Value, redactor: &Redactor) -> Vec<String> {
    indented(diff::changes(None, Some(body), redactor).lines())
}

fn indented(lines: &[String]) -> Vec<String> {
    lines.iter().map(|it| format!("  {it}")).collect()
}
