//! What belongs to an object: the pods of a workload, the endpoints of a Service, the backends of an Ingress, the volume
//! of a claim, the target of an autoscaler, the pods of a node.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Described, allocation};
use crate::{
    output::{Document, Keep, Table},
    tool::ToolError,
    toolsets::kubernetes::{
        listing::{Listing, Need, Page, RawRow},
        pod_selector::{may_have_pods, pod_selector},
        side_by_side::side_by_side,
    },
};

/// Rows of one relation that are shown.
const MOST_ROWS: usize = 10;
/// Objects that are looked at to choose them.
const LOOKED_AT: usize = 500;
/// Backends of an Ingress that are looked at.
const MOST_BACKENDS: usize = 20;

/// One relation: which objects, and what they are to the one that is described.
struct Relation {
    title: String,
    kind: &'static str,
    name: Option<String>,
    labels: Option<String>,
    fields: Option<String>,
    need: Need,
}

impl Relation {
    fn named(title: &str, kind: &'static str, name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..Self::all(title, kind) }
    }

    fn all(title: &str, kind: &'static str) -> Self {
        Self {
            title: title.to_owned(),
            kind,
            name: None,
            labels: None,
            fields: None,
            need: Need::Cells,
        }
    }

    /// The title, but for a selector: what is said behind it would be read as a part of its last value.
    fn role(&self) -> &str {
        if self.kind == "pods" && self.labels.is_some() { "its pods" } else { &self.title }
    }
}

pub(super) async fn of(described: &Described<'_>) -> Document {
    let (relations, problem) = relations(described).await;
    let reads: Vec<_> = relations.iter().map(|it| read(described, it)).collect();
    let parts: Vec<Result<Document, String>> = side_by_side(reads).await;
    // What could not be had comes last, so that the rest stays in one fence.
    let (mut document, mut problems) = (Document::new(), Vec::new());
    for part in parts {
        match part {
            Ok(part) => document = document.and(part),
            Err(told) => problems.push(told),
        }
    }
    problems.into_iter().chain(problem).fold(document, Document::note)
}

/// What to look at, and why that may not be all.
async fn relations(described: &Described<'_>) -> (Vec<Relation>, Option<String>) {
    let Described { cluster, resource, name, namespace, object } = *described;
    let mut relations = Vec::new();
    let mut problem = None;
    if may_have_pods(resource)
        && let Some(namespace) = namespace
    {
        match pod_selector(cluster, resource, namespace, object).await {
            Ok(Some(labels)) => {
                let title = format!("pods with {labels}");
                relations.push(Relation { labels: Some(labels), ..Relation::all(&title, "pods") });
            }
            Ok(None) => {}
            Err(error) => problem = Some(format!("its pods: {error}")),
        }
    }
    match (resource.group.as_str(), resource.kind.as_str()) {
        ("", "Service") => relations.push(Relation {
            labels: Some(format!("kubernetes.io/service-name={name}")),
            ..Relation::all("endpoints", "endpointslices.discovery.k8s.io")
        }),
        ("networking.k8s.io", "Ingress") => relations.extend(
            backends(object)
                .into_iter()
                .map(|it| Relation::named(&format!("backend {it}"), "services", &it)),
        ),
        ("", "PersistentVolumeClaim") => {
            let volume = described.text("/spec/volumeName");
            let class = described.text("/spec/storageClassName");
            let known =
                |kind, name: &str| (!name.is_empty()).then(|| Relation::named(kind, kind, name));
            relations.extend(known("persistentvolumes", volume));
            relations.extend(known("storageclasses", class));
        }
        ("autoscaling", "HorizontalPodAutoscaler") => {
            let target = described.text("/spec/scaleTargetRef/name");
            let kind = match described.text("/spec/scaleTargetRef/kind") {
                "Deployment" => Some("deployments.apps"),
                "StatefulSet" => Some("statefulsets.apps"),
                "ReplicaSet" => Some("replicasets.apps"),
                _ => None,
            };
            relations.extend(kind.map(|kind| Relation::named("target", kind, target)));
        }
        ("", "Node") => relations.push(Relation {
            fields: Some(format!("spec.nodeName={name}")),
            need: Need::Object,
            ..Relation::all("pods on it", "pods")
        }),
        ("", "Namespace") => relations.push(Relation::all("quotas", "resourcequotas")),
        _ => {}
    }
    (relations, problem)
}

/// The Services that an Ingress leads to.
fn backends(object: &Value) -> BTreeSet<String> {
    let service = |it: &Value| Some(it.pointer("/service/name")?.as_str()?.to_owned());
    let default = object.pointer("/spec/defaultBackend").and_then(service);
    let rules = object.pointer("/spec/rules").and_then(Value::as_array).into_iter().flatten();
    let paths = rules.filter_map(|it| it.pointer("/http/paths")?.as_array()).flatten();
    let named = paths.filter_map(|it| service(it.get("backend")?));
    default.into_iter().chain(named).take(MOST_BACKENDS).collect()
}

/// One relation, or a line that says that there is nothing or why it could not be read.
async fn read(described: &Described<'_>, relation: &Relation) -> Result<Document, String> {
    let Described { cluster, .. } = *described;
    let failed = |error: ToolError| format!("{}: {error}", relation.role());
    let resource = cluster.resource(relation.kind).await.map_err(failed)?;
    let of_namespace = (described.resource.kind == "Namespace").then_some(described.name);
    let namespace = described.namespace.or(of_namespace).filter(|_| resource.namespaced);
    let listing = Listing {
        cluster,
        resource: &resource,
        namespace,
        name: relation.name.as_deref(),
        labels: relation.labels.as_deref(),
        fields: relation.fields.as_deref(),
    };
    let page = listing.page(relation.need, None, LOOKED_AT).await;
    let page = page.map_err(|error| failed(listing.failed(&error)))?;
    let allocated = (described.resource.kind == "Node" && relation.need == Need::Object)
        .then(|| allocation::of(described.object, &page));
    let document = told(relation, page)?;
    Ok(match allocated {
        Some((title, lines)) => Document::new().untrusted(&title, lines, Keep::Head).and(document),
        None => document,
    })
}

fn told(relation: &Relation, page: Page) -> Result<Document, String> {
    let Page { definitions, rows, next, .. } = page;
    let is_default = |it: &usize| definitions.get(*it).is_some_and(|it| it.priority == 0);
    let columns: Vec<usize> = (0..definitions.len()).filter(is_default).collect();
    let headers: Vec<String> =
        columns.iter().filter_map(|it| Some(definitions.get(*it)?.name.to_uppercase())).collect();
    let cells = |it: &RawRow| -> Vec<String> {
        columns
            .iter()
            .map(|at| it.cells.get(*at).map_or_else(String::new, |it| it.0.clone()))
            .collect()
    };
    let mut rows: Vec<Vec<String>> = rows.iter().map(cells).collect();
    if rows.is_empty() {
        return Err(format!("no {}", relation.title));
    }
    let total = rows.len();
    let more = if next.is_some() { format!("more than {total}") } else { total.to_string() };
    let counts = if total > MOST_ROWS { counted(&headers, &rows) } else { String::new() };
    // Those that are not well come first; in the API server's order otherwise.
    rows.sort_by_key(|it| !is_ill(&headers, it));
    rows.truncate(MOST_ROWS);
    let shown = rows.len();
    let title = if shown < total {
        format!("{}, {shown} of {more}{counts}", relation.title)
    } else {
        relation.title.clone()
    };
    Ok(Document::new().untrusted_table(&title, Table::new(headers, rows)))
}

/// Whether a row of a table of pods, or of what has a state, asks for a look.
fn is_ill(headers: &[String], row: &[String]) -> bool {
    let cell = |name: &str| {
        headers.iter().position(|it| it == name).and_then(|it| row.get(it)).map(String::as_str)
    };
    let is_partly_ready =
        cell("READY").and_then(|it| it.split_once('/')).is_some_and(|it| it.0 != it.1);
    let is_odd = cell("STATUS").is_some_and(|it| {
        !matches!(it, "Running" | "Completed" | "Succeeded" | "Bound" | "Active" | "Ready")
    });
    (is_partly_ready && cell("STATUS") != Some("Completed")) || is_odd
}

/// ` (480 Running, 20 Pending)`
fn counted(headers: &[String], rows: &[Vec<String>]) -> String {
    let Some(status) = headers.iter().position(|it| it == "STATUS") else { return String::new() };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        *counts.entry(row.get(status).map_or("", String::as_str)).or_default() += 1;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
    let told: Vec<String> =
        counts.iter().map(|(status, count)| format!("{count} {status}")).collect();
    format!(" ({})", told.join(", "))
}
