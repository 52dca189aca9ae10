//! Who gets what OBI makes: readers of metrics, processors of traces, and the exporters in them.

use super::super::{
    super::{
        finding::{Finding, Severity::Error},
        kind::{scalar, whole},
    },
    Subject,
    subject::steps,
};
use crate::tree::{Content, Node, Step};

const OTLP: [&str; 2] = ["otlp_http", "otlp_grpc"];
const PROMETHEUS: &str = "prometheus/development";
/// Where Prometheus asks if nothing else is written.
const PORT: i64 = 9464;

/// Those that OBI would have.
#[derive(Debug, Default)]
pub(in crate::obi) struct Exporters {
    /// Of metrics, sent to an endpoint.
    pub(in crate::obi) periodic: bool,
    pub(in crate::obi) traces: bool,
    /// The port at which Prometheus asks.
    pub(in crate::obi) prometheus: Option<i64>,
}

impl Exporters {
    pub(in crate::obi) fn of(subject: &Subject<'_>) -> Self {
        let readers = || list(subject, "meter_provider.readers").map(|(_, it)| it);
        let mut processors = list(subject, "tracer_provider.processors").map(|(_, it)| it);
        let sends = |it: &Node| OTLP.iter().any(|name| it.get(name).is_some_and(has_endpoint));
        Self {
            periodic: readers().filter_map(|it| exporter(it, "periodic")).any(sends),
            traces: processors.any(|it| exporter(it, "batch").is_some_and(sends)),
            prometheus: readers()
                .filter_map(|it| exporter(it, "pull")?.get(PROMETHEUS))
                .find_map(asked),
        }
    }

    pub(in crate::obi) fn has_metrics(&self) -> bool {
        self.periodic || self.prometheus.is_some()
    }

    pub(in crate::obi) fn has_traces(&self) -> bool {
        self.traces
    }
}

fn exporter<'a>(of: &'a Node, key: &str) -> Option<&'a Node> {
    of.get(key)?.get("exporter")
}

/// One that is written as nothing is the usual one; an empty text is none.
fn has_endpoint(exporter: &Node) -> bool {
    exporter
        .get("endpoint")
        .is_some_and(|it| it.is_null() || scalar(it).is_some_and(|it| !it.is_empty()))
}

/// Port 0 is none.
fn asked(exporter: &Node) -> Option<i64> {
    let port = match exporter.get("port").map(|it| &it.content) {
        Some(Content::Number(port)) => whole(port)?,
        None | Some(Content::Null) => PORT,
        Some(_) => return None,
    };
    (!exporter.is_null() && port > 0).then_some(port)
}

/// What is written as nothing is left out.
fn list<'a>(
    subject: &Subject<'a>,
    path: &str,
) -> impl Iterator<Item = (usize, &'a Node)> + use<'a> {
    let items = subject.node(path).map(Node::items).unwrap_or_default();
    items.iter().enumerate().filter(|(_, it)| !it.is_null())
}

/// A list, while what is wrong with it is told.
struct List<'a, 'b> {
    subject: &'a Subject<'b>,
    path: &'static str,
    findings: Vec<Finding>,
}

impl List<'_, '_> {
    fn refuse(&mut self, place: Option<usize>, rule: &'static str, problem: &str, fix: &str) {
        let mut at = steps(self.path);
        at.extend(place.map(Step::Index));
        let problem = format!("{problem}, and OBI does not start");
        self.findings.push(self.subject.about(&at, (Error, rule), problem, fix));
    }
}

pub(super) fn readers(subject: &Subject<'_>) -> Vec<Finding> {
    let path = "meter_provider.readers";
    let mut list_of = List { subject, path, findings: Vec::new() };
    let mut seen = Vec::new();
    for (index, reader) in list(subject, path) {
        let kinds = ["periodic", "pull"].map(|it| (it, reader.get(it).filter(|it| !it.is_null())));
        let [(kind, inside)] = kinds.iter().filter(|(_, it)| it.is_some()).collect::<Vec<_>>()[..]
        else {
            let fix = "write {periodic: {exporter: ...}} or {pull: {exporter: ...}}";
            list_of.refuse(Some(index), "excluding", "a reader is either periodic or asked", fix);
            continue;
        };
        if seen.contains(kind) {
            let problem = "OBI takes one reader that is periodic and one that is asked";
            list_of.refuse(Some(index), "excluding", problem, "leave it out");
        }
        seen.push(*kind);
        let exporter = inside.and_then(|it| it.get("exporter"));
        if *kind == "periodic" {
            list_of.otlp(index, exporter);
        } else if !exporter
            .is_some_and(|it| has(it, &[PROMETHEUS]) == 1 || has_others(it, &[PROMETHEUS]))
        {
            let fix = "write {pull: {exporter: {prometheus/development: {port: 9464}}}}";
            list_of.refuse(Some(index), "missing-key", "what is asked needs its exporter", fix);
        }
    }
    list_of.findings
}

pub(super) fn processors(subject: &Subject<'_>) -> Vec<Finding> {
    let path = "tracer_provider.processors";
    let mut list_of = List { subject, path, findings: Vec::new() };
    if list(subject, path).count() > 1 {
        list_of.refuse(None, "excluding", "OBI takes one processor", "leave one");
    }
    for (index, processor) in list(subject, path) {
        let batch = processor.get("batch").filter(|it| !it.is_null());
        match batch {
            Some(batch) => {
                list_of.otlp(index, batch.get("exporter"));
                list_of.queue(index, batch);
            }
            // The table tells of others.
            None if has_others(processor, &["batch"]) => {}
            None => {
                let fix = "write {batch: {exporter: {otlp_http: {endpoint: ...}}}}";
                list_of.refuse(Some(index), "missing-key", "a processor is a batch", fix);
            }
        }
    }
    list_of.findings
}

impl List<'_, '_> {
    fn otlp(&mut self, place: usize, exporter: Option<&Node>) {
        let is_told = exporter.is_some_and(|it| has_others(it, &OTLP));
        if !is_told && exporter.map_or(0, |it| has(it, &OTLP)) != 1 {
            let problem = "it needs exactly one exporter, otlp_http or otlp_grpc";
            self.refuse(
                Some(place),
                "missing-key",
                problem,
                "write {exporter: {otlp_http: {endpoint: ...}}}",
            );
        }
    }

    fn queue(&mut self, place: usize, batch: &Node) {
        let number = |key: &str| match &batch.get(key)?.content {
            Content::Number(number) => whole(number),
            _ => None,
        };
        let (Some(size), Some(most)) = (number("max_queue_size"), number("max_export_batch_size"))
        else {
            return;
        };
        let least = most.saturating_mul(2);
        if size > 0 && size < least {
            let problem = format!("a queue of {size} does not hold two batches of {most}");
            let fix = format!("write a max_queue_size of {least} or more");
            self.refuse(Some(place), "small-queue", &problem, &fix);
        }
    }
}

/// How many of those are there.
fn has(exporter: &Node, names: &[&str]) -> usize {
    names.iter().filter(|it| exporter.get(it).is_some_and(|it| !it.is_null())).count()
}

/// Whether there are any that the table does not have, and so tells of.
fn has_others(node: &Node, names: &[&str]) -> bool {
    node.entries().iter().any(|(key, _)| !names.contains(&key.name.as_str()))
}
