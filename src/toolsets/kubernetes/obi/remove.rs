//! What was made goes, and nothing else.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{AGENT, COMPONENT, NAME, bring::MADE_FOR, objects};
use crate::{
    output::Document,
    tool::{Affected, Effect, Preview, Session, ToolError},
    toolsets::kubernetes::{
        address::Address,
        cluster::Cluster,
        few::few,
        field::text,
        kubectl_apply::Unmaking,
        kubectl_delete::inside::in_namespace,
        late,
        listing::{Listing, Need},
        write::Write,
    },
};

/// How often it is looked whether the pods are gone.
const PAUSE: Duration = Duration::from_millis(500);
/// Kept of the time of a call for what follows the waiting.
const RESERVE: Duration = Duration::from_secs(4);
/// Kinds that one error names.
const MOST_NAMED: usize = 5;

/// What comes and goes with what was made, or with the namespace itself.
const FOLLOWING: [&str; 7] = [
    "pods",
    "replicasets.apps",
    "controllerrevisions.apps",
    "endpoints",
    "endpointslices.discovery.k8s.io",
    "leases.coordination.k8s.io",
    "pods.metrics.k8s.io",
];
/// Every namespace has one of each.
const OWN: [&str; 2] = ["configmaps", "serviceaccounts"];

/// What would go.
pub(in super::super) struct Removing {
    cluster: Arc<Cluster>,
    namespace: String,
    unmaking: Unmaking,
    /// As it was seen, if it goes too.
    made_namespace: Option<(Address, Value)>,
}

/// What stays although it was made.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stays {
    pub(super) config: bool,
    pub(super) namespace: bool,
}

impl Removing {
    /// None where nothing of ours is there.
    pub(super) async fn plan(
        cluster: &Arc<Cluster>,
        namespace: &str,
        stays: Stays,
    ) -> Result<Option<Self>, ToolError> {
        let is_kept = |it: &Address| {
            stays.config && it.resource.plural == "configmaps" && it.name == objects::CONFIG
        };
        let unmaking = Box::pin(Unmaking::plan(cluster, NAME, namespace, is_kept)).await?;
        let Some(unmaking) = unmaking else { return Ok(None) };
        let made_namespace = if stays.namespace {
            None
        } else {
            Some(made_namespace(cluster, namespace, &unmaking).await?)
        };
        let (cluster, namespace) = (Arc::clone(cluster), namespace.to_owned());
        Ok(Some(Self { cluster, namespace, unmaking, made_namespace }))
    }

    pub(super) fn preview(&self) -> Preview {
        let mut affected: Vec<Affected> = self.unmaking.affected();
        let mut lines: Vec<String> =
            self.unmaking.addresses().map(|it| format!("{it} would be deleted")).collect();
        if let Some((address, seen)) = &self.made_namespace {
            affected.push(address.affected(Effect::Delete, Some(seen)));
            lines.push(format!("{address} would be deleted: it was made for OBI"));
        }
        lines.extend(self.unmaking.notes().iter().cloned());
        let context = &self.cluster.identity.context;
        let summary = format!(
            "OBI would be removed from namespace {} in context {context}: {} objects",
            self.namespace,
            affected.len()
        );
        Preview { summary, details: lines.join("\n"), affected }
    }

    pub(super) async fn carry_out(
        &self,
        session: &Session,
        seconds: u64,
    ) -> Result<Document, ToolError> {
        let document = Box::pin(self.unmaking.carry_out(session)).await?;
        let left = self.pods_left(session, seconds).await?;
        let document = if left == 0 {
            document.note("no pod of it is left")
        } else {
            document.note(format!("{left} pods are still ending"))
        };
        let Some((address, seen)) = &self.made_namespace else { return Ok(document) };
        if left > 0 {
            return Ok(document.note(format!("{address} stays: call again when they are gone")));
        }
        require_empty(&self.cluster, &self.namespace, &BTreeMap::new()).await?;
        let uid = text(seen, "/metadata/uid");
        let write = |version: &str| {
            let preconditions = json!({ "uid": uid, "resourceVersion": version });
            Write::delete(
                &address.path(),
                &json!({
                    "apiVersion": "v1",
                    "kind": "DeleteOptions",
                    "preconditions": preconditions,
                }),
            )
        };
        address.write_as_seen(&self.cluster, "delete", seen, write).await?;
        session.changed();
        Ok(document.note(format!("{address} is being deleted")))
    }

    /// Once they are gone, or time is up.
    async fn pods_left(&self, session: &Session, seconds: u64) -> Result<usize, ToolError> {
        let end = Instant::now() + Duration::from_secs(seconds);
        let end = late::end(session, end, RESERVE);
        loop {
            let left = pods(&self.cluster, &self.namespace).await?;
            if left == 0 || Instant::now() + PAUSE > end {
                return Ok(left);
            }
            sleep(PAUSE).await;
        }
    }
}

/// Everything, at once: what a call has made that failed. The namespace stays.
pub(super) async fn all(
    cluster: &Arc<Cluster>,
    session: &Session,
    namespace: &str,
) -> Result<(), ToolError> {
    let stays = Stays { namespace: true, ..Stays::default() };
    match Removing::plan(cluster, namespace, stays).await? {
        Some(removing) => Box::pin(removing.unmaking.carry_out(session)).await.map(drop),
        None => Ok(()),
    }
}

async fn pods(cluster: &Cluster, namespace: &str) -> Result<usize, ToolError> {
    let resource = cluster.resource("v1/Pod").await?;
    let labels = format!("app.kubernetes.io/name={NAME},{COMPONENT}={AGENT}");
    let listing = Listing {
        namespace: Some(namespace),
        labels: Some(&labels),
        ..Listing::of_all(cluster, &resource)
    };
    let page = listing.page(Need::Cells, None, 1).await.map_err(|it| listing.failed(&it))?;
    Ok(page.rows.len() + page.remaining.unwrap_or_default())
}

/// The namespace, if it was made for OBI, and nothing else is in it.
async fn made_namespace(
    cluster: &Cluster,
    name: &str,
    unmaking: &Unmaking,
) -> Result<(Address, Value), ToolError> {
    let resource = cluster.resource("v1/Namespace").await?;
    let address = Address::new(&resource, None, name);
    let seen = address.now(cluster).await?;
    let made_for = seen.pointer("/metadata/annotations").and_then(|it| it.get(MADE_FOR)?.as_str());
    if made_for != Some(NAME) {
        return Err(ToolError::Refused(format!(
            "{address} was not made by obi_k8s_deploy, and stays: leave delete_namespace out"
        )));
    }
    let mut ours: BTreeMap<String, usize> = BTreeMap::new();
    for it in unmaking.addresses() {
        *ours.entry(it.resource.full_name()).or_default() += 1;
    }
    require_empty(cluster, name, &ours).await?;
    Ok((address, seen))
}

/// But for `ours`, by kind.
async fn require_empty(
    cluster: &Cluster,
    namespace: &str,
    ours: &BTreeMap<String, usize>,
) -> Result<(), ToolError> {
    let inside = in_namespace(cluster, namespace).await?;
    let others = inside.counts.iter().filter_map(|(kind, count)| {
        let own = usize::from(OWN.contains(&kind.as_str()));
        let known = own + ours.get(kind).copied().unwrap_or_default();
        let is_other = !FOLLOWING.contains(&kind.as_str()) && *count > known;
        is_other.then(|| format!("{kind} {}", count - known))
    });
    let others: Vec<String> = others.chain(inside.unseen.iter().cloned()).collect();
    if others.is_empty() {
        return Ok(());
    }
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    Err(ToolError::Refused(format!(
        "namespace {namespace} holds more than OBI, and stays ({}): leave delete_namespace out",
        few(&others, MOST_NAMED)
    )))
}
