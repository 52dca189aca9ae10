//! `obi_k8s_status`: whether the OBI in a cluster does what it is for, where it is not, and why.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    objects::objects,
    record::Record,
    seen::{Asked, Drift, Fleet, Foreign, Judged, Pod, drift, labels},
};
use crate::{
    output::{Document, Keep, Table},
    tool::{Session, Tool, ToolError},
    toolsets::kubernetes::{
        clients::Clients,
        cluster::Cluster,
        few::{few, many},
        kubectl_top::used,
        problems::Problems,
        resources::Amount,
    },
};

/// Nodes that are named for a reason, images and namespaces.
const MOST_NAMED: usize = 5;
/// Reasons for which nodes are not covered.
const MOST_REASONS: usize = 12;
/// Last words that are quoted.
const MOST_SAID: usize = 3;
/// Of a hash, as many letters as tell it from others.
const HASH: usize = 12;

/// How OBI in a cluster is: verdict with reasons, pods, versions, drift, nodes without it and why.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::toolsets::kubernetes) struct ObiK8sStatus {
    /// Default: observability, or where the only one is
    namespace: Option<String>,
    /// Kubeconfig context
    context: Option<String>,
    /// Every node
    verbose: Option<bool>,
}

impl Tool for ObiK8sStatus {
    const NAME: &'static str = "obi_k8s_status";
    const TITLE: &'static str = "OBI in a cluster";

    type Context = Clients;
    type Output = Document;

    async fn call(self, clients: &Clients, session: &Session) -> Result<Document, ToolError> {
        let mut problems = Problems::default();
        problems.one_namespace(self.namespace.as_deref());
        problems.names(self.namespace.as_deref(), None);
        problems.none()?;
        let cluster = clients.cluster(self.context.as_deref(), session).await?;
        let looking = Box::pin(async {
            let fleet = Fleet::of(&cluster, self.namespace.as_deref()).await?;
            let labels = labels();
            let (asked, used, drift) = futures::join!(
                fleet.ask(&cluster),
                used(&cluster, &fleet.namespace, &labels),
                drifted(&cluster, &fleet.namespace)
            );
            let judged = fleet.judged(&asked);
            let status =
                Status { cluster: &cluster, fleet: &fleet, asked: &asked, judged, used, drift };
            Ok(status.document(self.verbose.unwrap_or(false)))
        });
        cluster.before(session.deadline(), looking).await
    }
}

/// Everything that was seen.
struct Status<'a> {
    cluster: &'a Cluster,
    fleet: &'a Fleet,
    asked: &'a [Asked],
    judged: Judged,
    /// CPU and memory by the names of pods.
    used: Option<HashMap<String, Amount>>,
    /// What is otherwise than it was deployed.
    drift: Vec<Drift>,
}

/// Nothing where nobody has written down what was deployed.
async fn drifted(cluster: &Cluster, namespace: &str) -> Vec<Drift> {
    let Ok(Some(record)) = Record::read(cluster, namespace).await else { return Vec::new() };
    let Some(plan) = record.wanted.plan() else { return Vec::new() };
    drift(cluster, &objects(&record.wanted, &plan)).await
}

impl Status<'_> {
    fn document(&self, verbose: bool) -> Document {
        let mut document = Document::new().note(self.headline());
        if self.fleet.set.is_some() {
            document = self.reasons(document);
            document = self.facts().into_iter().fold(document, Document::note);
            document = self.drift(document);
            document = self.uncovered(document);
        }
        let notes = self.fleet.notes.iter().chain(&self.judged.notes).cloned();
        document = notes.fold(document, Document::note);
        document = self.others(document);
        if verbose { self.nodes(document) } else { document }
    }

    fn headline(&self) -> String {
        let Fleet { namespace, set, .. } = self.fleet;
        let context = &self.cluster.identity.context;
        let Some(set) = set else {
            return format!(
                "not deployed: no OBI of Tacklebox's is in namespace {namespace} of context {context}; obi_k8s_deploy deploys one"
            );
        };
        let counts = set.status;
        let version = self.judged.versions.join(", ");
        let version = if version.is_empty() { String::new() } else { format!(" {version}") };
        format!(
            "{}: OBI{version} in namespace {namespace} of context {context}: {} of {} pods ready, {} updated, {} available",
            self.judged.state, counts.ready, counts.desired, counts.updated, counts.available
        )
    }

    /// What `obi_k8s_deploy` would make again of what others have changed.
    fn drift(&self, document: Document) -> Document {
        let lacking: Vec<&str> = self.drift.iter().filter_map(|it| it.error.as_deref()).collect();
        let changed = self.drift.iter().filter(|it| it.error.is_none());
        let lines = changed.flat_map(|it| {
            let lines = it.lines.iter().map(|line| format!("  {line}"));
            std::iter::once(it.object.clone()).chain(lines)
        });
        let lines: Vec<String> = lines.collect();
        let document = match lacking.first() {
            Some(why) => {
                document.note(format!("whether it is as it was deployed cannot be told: {why}"))
            }
            None => document,
        };
        if lines.is_empty() {
            return document;
        }
        let words = "changed by others since it was deployed; obi_k8s_deploy makes it as it was:";
        document.note(words).untrusted("drift", lines.join("\n"), Keep::Head)
    }

    /// Words of programs and of nodes can stand in them.
    fn reasons(&self, document: Document) -> Document {
        if self.judged.reasons.is_empty() {
            return document;
        }
        let columns = ["VERDICT", "OF", "WHY", "WHAT TO DO"].map(str::to_owned).to_vec();
        let rows = self.judged.reasons.iter().map(|it| {
            vec![it.state.to_string(), it.of().unwrap_or_default(), it.text.clone(), it.fix.clone()]
        });
        let document = document.untrusted_table("reasons", Table::new(columns, rows.collect()));
        let said = self.said();
        if said.is_empty() { document } else { document.untrusted("last words", said, Keep::Head) }
    }

    /// What is said by pods that do not run, and of those that may not be made.
    fn said(&self) -> String {
        let refused = self.fleet.refused.iter().map(|it| format!("API server: {it}"));
        let groups = self.fleet.groups();
        let words = groups.iter().filter_map(|group| {
            let pod = group.pods.iter().find(|it| !it.said.is_empty())?;
            Some(format!("{} on {}: {}", pod.name, pod.node, pod.said))
        });
        refused.chain(words.take(MOST_SAID)).collect::<Vec<_>>().join("\n")
    }

    fn facts(&self) -> Vec<String> {
        let mut facts: Vec<String> =
            [self.images(), self.config(), self.usage()].into_iter().flatten().collect();
        if let Some(count) = self.judged.instrumented {
            let is_measured = self.asked.iter().any(|it| !it.processes.is_empty());
            let of = if is_measured { " of those asked" } else { "" };
            facts.push(format!("instrumented processes{of}: {count}"));
        }
        facts
    }

    fn images(&self) -> Option<String> {
        let set = self.fleet.set.as_ref()?;
        let images = self.fleet.images();
        Some(match images.len() {
            0 | 1 => format!("image: {}", set.image()),
            _ => {
                let told: Vec<String> = images
                    .iter()
                    .map(|(image, pods)| format!("{image} ({})", many(*pods, "pod")))
                    .collect();
                let told: Vec<&str> = told.iter().map(String::as_str).collect();
                format!("images: {}; wanted: {}", few(&told, MOST_NAMED), set.image())
            }
        })
    }

    fn config(&self) -> Option<String> {
        let wanted = self.fleet.set.as_ref()?.config_hash()?;
        let hashes = self.fleet.hashes();
        let total: usize = hashes.values().sum();
        let own = hashes.get(wanted).copied().unwrap_or_default();
        Some(format!("configuration {}: in {own} of {}", short(wanted), many(total, "pod")))
    }

    /// Of all together, of the one in the middle, and of the one that uses most.
    fn usage(&self) -> Option<String> {
        let used = self.used.as_ref().filter(|it| !it.is_empty())?;
        let total: Amount = used.values().copied().sum();
        let mut by_memory: Vec<(&String, &Amount)> = used.iter().collect();
        by_memory.sort_by(|one, other| one.1.memory.order(other.1.memory).then(one.0.cmp(other.0)));
        let (middle, most) = (by_memory.get(by_memory.len() / 2)?, by_memory.last()?);
        Some(format!(
            "use: {} of {}; usually {}; most {} ({})",
            total.text(),
            many(used.len(), "pod"),
            middle.1.text(),
            most.1.text(),
            most.0
        ))
    }

    fn uncovered(&self, document: Document) -> Document {
        let groups = self.fleet.uncovered();
        let all = self.fleet.nodes.all.len();
        let count: usize = groups.iter().map(|it| it.nodes.len()).sum();
        if count == 0 {
            return if all > 0 {
                document.note(format!("all of {} have it", many(all, "node")))
            } else {
                document
            };
        }
        let columns = ["NODES", "WHY", "WHAT TO DO", "WHICH"].map(str::to_owned).to_vec();
        let rows = groups.iter().take(MOST_REASONS).map(|it| {
            let names = few(&it.nodes, MOST_NAMED);
            vec![it.nodes.len().to_string(), it.why.to_owned(), it.fix.to_owned(), names]
        });
        let more = groups.len().saturating_sub(MOST_REASONS);
        let document = document
            .note(format!("nodes without an OBI that works: {count} of {all}"))
            .untrusted_table("nodes", Table::new(columns, rows.collect()));
        if more > 0 { document.note(format!("and for {more} more reasons")) } else { document }
    }

    fn others(&self, document: Document) -> Document {
        let Fleet { foreign, elsewhere, .. } = self.fleet;
        let mut document = document;
        if !elsewhere.is_empty() {
            let names: Vec<&str> = elsewhere.iter().map(String::as_str).collect();
            let names = few(&names, MOST_NAMED);
            document = document.note(format!("others of Tacklebox's are in namespace {names}"));
        }
        if foreign.is_empty() {
            return document;
        }
        let columns = ["DAEMONSET", "IMAGE", "MANAGED BY"].map(str::to_owned).to_vec();
        let row = |it: &Foreign| {
            let name = format!("{}/{}", it.namespace, it.name);
            vec![name, it.image.clone(), it.manager.clone().unwrap_or_default()]
        };
        document
            .note("OBI or Beyla that others brought, which is never touched; two on a node see everything twice:")
            .untrusted_table("others", Table::new(columns, foreign.iter().map(row).collect()))
    }

    /// A row a node, those in trouble first.
    fn nodes(&self, document: Document) -> Document {
        let columns = ["NODE", "POD", "STATE", "RESTARTS", "CPU", "MEMORY", "CONFIG", "VERDICT"];
        let asked: HashMap<&str, &Asked> =
            self.asked.iter().map(|it| (it.pod.as_str(), it)).collect();
        let mut pods: Vec<&Pod> = self.fleet.pods.iter().collect();
        pods.sort_by(|one, other| (one.phase, &one.node).cmp(&(other.phase, &other.node)));
        let rows = pods.into_iter().map(|pod| {
            let used = self.used.as_ref().and_then(|it| it.get(&pod.name));
            let state = if pod.why.is_empty() {
                pod.phase.to_string()
            } else {
                format!("{}: {}", pod.phase, pod.why)
            };
            vec![
                pod.node.clone(),
                pod.name.clone(),
                state,
                pod.restarts.to_string(),
                used.map(|it| it.cpu.cpu()).unwrap_or_default(),
                used.map(|it| it.memory.memory()).unwrap_or_default(),
                short(&pod.config_hash),
                asked
                    .get(pod.name.as_str())
                    .map(|it| it.verdict.state.to_string())
                    .unwrap_or_default(),
            ]
        });
        let table = Table::new(columns.map(str::to_owned).to_vec(), rows.collect());
        document.untrusted_table("nodes and their pods", table)
    }
}

fn short(hash: &str) -> String {
    hash.chars().take(HASH).collect()
}
