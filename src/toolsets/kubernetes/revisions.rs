//! The revisions of a workload: the `ReplicaSets` of a `Deployment`, the `ControllerRevisions` of the others.

use serde::Deserialize;
use serde_json::Value;

use super::{
    address::Address, cluster::Cluster, field::text, listing::Listing, pod_selector::pod_selector,
    table::ListMeta,
};
use crate::tool::ToolError;

pub(super) const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";
/// Where the controller of Deployments counts.
const NUMBER: &str = "/metadata/annotations/deployment.kubernetes.io~1revision";

const PAGE: usize = 500;

/// What the pods of a workload were to be once, or are to be now.
#[derive(Debug, Clone)]
pub(super) struct Revision {
    pub(super) number: i64,
    /// What its pods have in the label [`hash_label`].
    pub(super) hash: String,
    /// As it would stand in the workload.
    pub(super) template: Value,
    /// Whatever somebody wrote there; empty if nobody did.
    pub(super) cause: String,
    pub(super) created: String,
    /// How many pods it has; only Deployments count by revision.
    pub(super) pods: Option<i64>,
}

#[derive(Deserialize)]
struct List {
    #[serde(default)]
    metadata: ListMeta,
    items: Option<Vec<Value>>,
}

/// All of them, the oldest first.
pub(super) async fn revisions(
    cluster: &Cluster,
    workload: &Address,
    object: &Value,
) -> Result<Vec<Revision>, ToolError> {
    let is_deployment = workload.resource.kind == "Deployment";
    let kind = if is_deployment { "replicasets.apps" } else { "controllerrevisions.apps" };
    let resource = cluster.resource(kind).await?;
    let namespace = workload.namespace.as_deref();
    let labels =
        pod_selector(cluster, &workload.resource, namespace.unwrap_or_default(), object).await?;
    let listing =
        Listing { namespace, labels: labels.as_deref(), ..Listing::of_all(cluster, &resource) };
    let (mut revisions, mut token) = (Vec::new(), String::new());
    loop {
        let next = Some(token.as_str()).filter(|it| !it.is_empty());
        let page: List = listing.objects(next, PAGE).await.map_err(|it| listing.failed(&it))?;
        let own = page.items.unwrap_or_default().into_iter();
        let own = own.filter(|it| is_owned(it, text(object, "/metadata/uid")));
        revisions.extend(own.map(|it| read(&it, &workload.resource.kind)));
        token = page.metadata.token;
        if token.is_empty() {
            break;
        }
    }
    revisions.sort_by_key(|it| it.number);
    Ok(revisions)
}

/// The label that says of a pod which revision it is of.
pub(super) fn hash_label(workload: &Address) -> &'static str {
    if workload.resource.kind == "Deployment" {
        "pod-template-hash"
    } else {
        "controller-revision-hash"
    }
}

fn is_owned(object: &Value, uid: &str) -> bool {
    let owners = object.pointer("/metadata/ownerReferences").and_then(Value::as_array);
    let mut owners = owners.into_iter().flatten();
    owners.any(|it| text(it, "/uid") == uid && it.get("controller") == Some(&Value::Bool(true)))
}

fn read(object: &Value, kind: &str) -> Revision {
    let (number, template, pods) = if kind == "Deployment" {
        let number = text(object, NUMBER).parse().unwrap_or_default();
        let pods = object.pointer("/status/replicas").and_then(Value::as_i64);
        (number, object.pointer("/spec/template"), Some(pods.unwrap_or_default()))
    } else {
        let number = object.get("revision").and_then(Value::as_i64).unwrap_or_default();
        (number, object.pointer("/data/spec/template"), None)
    };
    let hash = match kind {
        "Deployment" => text(object, "/metadata/labels/pod-template-hash"),
        "StatefulSet" => text(object, "/metadata/name"),
        _ => text(object, "/metadata/labels/controller-revision-hash"),
    };
    Revision {
        number,
        hash: hash.to_owned(),
        template: template.cloned().map(as_wanted).unwrap_or_default(),
        cause: text(object, "/metadata/annotations/kubernetes.io~1change-cause").to_owned(),
        created: text(object, "/metadata/creationTimestamp").to_owned(),
        pods,
    }
}

/// Without what controllers add to a template.
fn as_wanted(mut template: Value) -> Value {
    if let Some(fields) = template.as_object_mut() {
        fields.shift_remove("$patch");
    }
    let labels = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut);
    labels.map(|it| it.shift_remove("pod-template-hash"));
    template
}
