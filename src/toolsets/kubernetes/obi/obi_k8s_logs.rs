//! `obi_k8s_logs`: what the OBI of all nodes says, with what it means first.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;

use super::seen::{CONTAINER, Sets, labels};
use crate::{
    obi::log::{self, Least, Line, Problem},
    output::{Document, Keep, Table, hinted},
    tool::{Session, Tool, ToolError},
    toolsets::kubernetes::{
        clients::Clients,
        cluster::Cluster,
        few::{few, many},
        kubectl_logs::{Gathered, Shown, Wanted},
        problems::Problems,
        time,
    },
};

const DEFAULT_LINES: usize = 100;
/// Nodes that are named for a problem.
const MOST_NAMED: usize = 3;

/// Logs of OBI on all nodes, merged by time; known problems with their fix and nodes first.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::toolsets::kubernetes) struct ObiK8sLogs {
    /// Default: observability, or where the only one is
    namespace: Option<String>,
    /// Kubeconfig context
    context: Option<String>,
    /// Of one node
    node: Option<String>,
    /// Of one pod
    pod_name: Option<String>,
    /// 10m or a time
    since: Option<String>,
    /// Lines in all; default: 100
    #[schemars(range(min = 1, max = 10000))]
    tail: Option<usize>,
    /// And what is worse; a known problem is shown whatever its level. Default: info
    level: Option<Least>,
    /// Regex
    grep: Option<String>,
}

impl Tool for ObiK8sLogs {
    const NAME: &'static str = "obi_k8s_logs";
    const TITLE: &'static str = "OBI's logs in a cluster";

    type Context = Clients;
    type Output = Document;

    async fn call(self, clients: &Clients, session: &Session) -> Result<Document, ToolError> {
        let grep = self.check()?;
        let cluster = clients.cluster(self.context.as_deref(), session).await?;
        let found = Sets::read(&cluster, self.namespace.as_deref());
        let sets = cluster.before(session.deadline(), found).await?;
        if sets.own.is_none() {
            return Err(sets.nothing(&cluster));
        }
        let labels = labels();
        let wanted = Wanted {
            namespace: &sets.namespace,
            labels: &labels,
            node: self.node.as_deref(),
            pod: self.pod_name.as_deref(),
            container: CONTAINER,
            since: self.since.as_deref(),
        };
        let logs = Box::pin(Gathered::read(&cluster, session, &wanted)).await?;
        if logs.pods.is_empty() && logs.notes.is_empty() {
            return Err(self.nobody(&cluster, &sets));
        }
        Ok(self.document(logs, grep.as_ref()))
    }
}

impl ObiK8sLogs {
    fn check(&self) -> Result<Option<Regex>, ToolError> {
        let mut problems = Problems::default();
        problems.one_namespace(self.namespace.as_deref());
        problems.names(self.namespace.as_deref(), self.node.as_deref());
        problems.names(None, self.pod_name.as_deref());
        let since = self.since.as_deref().map(|it| time::past("since", it, Timestamp::now()));
        problems.keep(since.transpose());
        let grep = problems.pattern("grep", self.grep.as_deref());
        problems.none()?;
        Ok(grep)
    }

    /// Why there is no log.
    fn nobody(&self, cluster: &Cluster, sets: &Sets) -> ToolError {
        let namespace = &sets.namespace;
        let context = &cluster.identity.context;
        let place = format!("namespace {namespace} of context {context}");
        let (wrong, hint) = match (&self.node, &self.pod_name) {
            (Some(node), _) => (
                format!("no pod of OBI is on node {node}, as far as is seen in {place}"),
                "obi_k8s_status tells which nodes have none, and why",
            ),
            (_, Some(pod)) => (
                format!("no pod {pod} of OBI is in {place}"),
                "obi_k8s_status with verbose names them",
            ),
            _ => (format!("OBI has no pod yet in {place}"), "obi_k8s_status tells why"),
        };
        ToolError::NotFound(hinted(&wrong, hint))
    }

    fn document(&self, mut logs: Gathered, grep: Option<&Regex>) -> Document {
        let (mut told, mut places, mut total) = (Told::default(), Vec::new(), 0_usize);
        for (pod, text) in logs.lines() {
            total += 1;
            let line = log::read(text.as_bytes()).pop();
            if let Some(problem) = line.as_ref().and_then(|it| it.problem) {
                told.add(problem, logs.node(pod));
            }
            places.push(line.as_ref().is_some_and(|it| self.fits(it, grep)));
        }
        let document = told.table();
        logs.keep(&places, self.tail.unwrap_or(DEFAULT_LINES));
        let notes = std::mem::take(&mut logs.notes);
        let (pods, shown) = (logs.pods.len(), logs.lines().count());
        let document = notes.into_iter().fold(document, Document::note);
        if shown == 0 {
            return document.note(format!(
                "no line fits ({} of {} looked at)",
                many(total, "line"),
                many(pods, "pod")
            ));
        }
        let Shown { text, beginning, legend } = logs.written();
        let beginning = beginning.map(|it| format!(", each line after {it:?}")).unwrap_or_default();
        document
            .note(format!(
                "{shown} of {} of {}; nodes {legend}",
                many(total, "line"),
                many(pods, "pod")
            ))
            .untrusted(&format!("logs of OBI{beginning}"), text, Keep::Tail)
            .narrow("node, since, level, grep or tail")
    }

    fn fits(&self, line: &Line, grep: Option<&Regex>) -> bool {
        let is_loud = line.problem.is_some() || self.level.unwrap_or_default().hears(line.level);
        is_loud && grep.is_none_or(|it| it.is_match(&line.raw))
    }
}

/// Known problems, how often each was said, and where.
#[derive(Default)]
struct Told {
    problems: Vec<&'static Problem>,
    of: BTreeMap<&'static str, (usize, BTreeSet<String>)>,
}

impl Told {
    fn add(&mut self, problem: &'static Problem, node: &str) {
        let (times, nodes) = self.of.entry(&problem.name).or_insert_with(|| {
            self.problems.push(problem);
            (0, BTreeSet::new())
        });
        *times += 1;
        if !nodes.contains(node) {
            nodes.insert(node.to_owned());
        }
    }

    /// The worst first, and of those as bad as each other that of most nodes.
    fn table(mut self) -> Document {
        if self.problems.is_empty() {
            return Document::new();
        }
        let nodes = |it: &Problem| self.of.get(it.name.as_str()).map_or(0, |it| it.1.len());
        self.problems.sort_by_key(|it| (it.severity, std::cmp::Reverse(nodes(it))));
        let columns = ["severity", "problem", "nodes", "times", "meaning", "what to do", "such as"];
        let row = |it: &&'static Problem| {
            let Problem { name, severity, meaning, fix, .. } = it;
            let none = (0, BTreeSet::new());
            let (times, nodes) = self.of.get(name.as_str()).unwrap_or(&none);
            let names: Vec<&str> = nodes.iter().map(String::as_str).collect();
            vec![
                severity.to_string(),
                name.clone(),
                nodes.len().to_string(),
                times.to_string(),
                meaning.clone(),
                fix.clone(),
                few(&names, MOST_NAMED),
            ]
        };
        let rows = self.problems.iter().map(row).collect();
        Document::new().table(Table::new(columns.map(str::to_owned).to_vec(), rows))
    }
}
