//! Members of an apply set that its manifest does not name any more.

use std::{collections::HashSet, fmt, sync::Arc};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    rank,
    set::{ApplySet, PART_OF, group_kind},
    step::Step,
};
use crate::{
    tool::{Affected, Effect, Session, ToolError},
    toolsets::kubernetes::{
        address::Address,
        changed::Changed,
        cluster::Cluster,
        discovery::{Catalog, Resource},
        field::text,
        listing::Listing,
        side_by_side::side_by_side,
        write::{Write, Written},
    },
};

const PAGE: usize = 500;
/// What is more than one manifest can have is pruned by nobody who has read what goes.
const MOST: usize = 1_000;

/// A member that is to go, as it was seen.
pub(super) struct Doomed {
    pub(super) address: Address,
    pub(super) seen: Value,
}

#[derive(Deserialize)]
struct List {
    #[serde(default)]
    metadata: ListMeta,
    #[serde(default)]
    items: Option<Vec<Value>>,
}

#[derive(Default, Deserialize)]
struct ListMeta {
    #[serde(rename = "continue", default)]
    token: String,
}

/// Those that would be deleted, what others need last; and the kinds that could not be looked for.
pub(super) async fn doomed(
    cluster: &Cluster,
    set: &ApplySet,
    steps: &[Step],
) -> Result<(Vec<Doomed>, Vec<String>), ToolError> {
    let kept: HashSet<_> = steps.iter().map(|it| identity(&it.intent.address)).collect();
    let (mut doomed, mut notes) = (Vec::new(), Vec::new());
    let mut left = MOST;
    for kind in &set.members.kinds {
        let Some(resource) = served(cluster, kind).await? else {
            notes.push(format!("the cluster has no {kind} any more: none was looked for"));
            continue;
        };
        let resource = &resource;
        for namespace in namespaces(set, resource) {
            let members = members(cluster, set, resource, namespace, left).await?;
            left -= members.len();
            let members = members.into_iter().map(|seen| {
                let seen = Listing::of_all(cluster, resource).typed(seen);
                Doomed { address: Address::of(resource, &seen), seen }
            });
            doomed.extend(members.filter(|it| !kept.contains(&identity(&it.address))));
        }
    }
    doomed.retain(|it| it.seen.pointer("/metadata/deletionTimestamp").is_none());
    doomed.sort_by_key(|it| {
        std::cmp::Reverse(rank::of(&it.address.resource.group, &it.address.resource.kind))
    });
    let tried = side_by_side(doomed.iter().map(|it| it.write(cluster, true)).collect()).await;
    let mut still = Vec::with_capacity(doomed.len());
    for (doomed, outcome) in doomed.into_iter().zip(tried) {
        match outcome {
            Ok(_) => still.push(doomed),
            // It went while it was looked at.
            Err(ToolError::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok((still, notes))
}

/// None if the cluster has no such kind; an error if the server that would know is down.
async fn served(cluster: &Cluster, kind: &str) -> Result<Option<Arc<Resource>>, ToolError> {
    let find = |catalog: &Catalog| {
        let mut served = catalog.resources.iter().filter(|it| it.preferred);
        served.find(|it| group_kind(it) == kind).map(Arc::clone)
    };
    let catalog = match cluster.discovery().find(cluster, find).await? {
        Ok(resource) => return Ok(Some(resource)),
        Err(catalog) => catalog,
    };
    let group = kind.split_once('.').map_or("", |it| it.1);
    let is_its = |it: &str| it.rsplit_once('/').map_or("", |it| it.0) == group;
    let down = catalog.failed.iter().find(|it| is_its(&it.group_version));
    down.map_or(Ok(None), |it| {
        Err(ToolError::Unavailable(format!(
            "what serves {} is down, and the set may have members of kind {kind}: nothing was changed; try again when it is back, or without `prune`",
            it.group_version
        )))
    })
}

/// Where members of that kind can be.
fn namespaces<'a>(set: &'a ApplySet, resource: &Resource) -> Vec<Option<&'a str>> {
    if !resource.namespaced {
        return vec![None];
    }
    let own = set.address.namespace.as_deref();
    own.into_iter().chain(set.members.namespaces.iter().map(String::as_str)).map(Some).collect()
}

async fn members(
    cluster: &Cluster,
    set: &ApplySet,
    resource: &Resource,
    namespace: Option<&str>,
    most: usize,
) -> Result<Vec<Value>, ToolError> {
    let label = format!("{PART_OF}={}", set.id);
    let labels = Some(label.as_str());
    let listing = Listing { namespace, labels, ..Listing::of_all(cluster, resource) };
    let (mut all, mut token) = (Vec::new(), None::<String>);
    loop {
        let list = listing.objects::<List>(token.as_deref(), PAGE).await;
        let list = list.map_err(|it| listing.failed(&it))?;
        all.extend(list.items.unwrap_or_default());
        if all.len() > most {
            return Err(ToolError::invalid(format!(
                "`prune`: the set has more than {MOST} members, and no more are looked through: delete some before (kubectl_delete, selector {label})"
            )));
        }
        if list.metadata.token.is_empty() {
            return Ok(all);
        }
        token = Some(list.metadata.token);
    }
}

/// Whatever the version.
fn identity(address: &Address) -> (String, Option<String>, String) {
    (group_kind(&address.resource), address.namespace.clone(), address.name.clone())
}

impl Doomed {
    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    pub(super) fn affected(&self) -> Affected {
        self.address.affected(Effect::Delete, Some(&self.seen))
    }

    pub(super) async fn delete(
        &self,
        cluster: &Cluster,
        session: &Session,
    ) -> Result<Changed, ToolError> {
        let written = match cluster.before(session.deadline(), self.write(cluster, false)).await {
            Ok(written) => written,
            Err(ToolError::NotFound(_)) => {
                return Ok(Changed::new(&self.address, "gone already", &Value::Null).left());
            }
            Err(error) => return Err(error),
        };
        session.changed();
        let held = finalizers(&written.object);
        if held.is_empty() {
            return Ok(Changed::new(&self.address, "deleted (pruned)", &Value::Null));
        }
        let done =
            format!("marked for deletion (pruned), there until its finalizers are removed: {held}");
        Ok(Changed::new(&self.address, &done, &Value::Null))
    }

    async fn write(&self, cluster: &Cluster, dry_run: bool) -> Result<Written, ToolError> {
        let uid = text(&self.seen, "/metadata/uid");
        let write = |version: &str| {
            let options = json!({
                "apiVersion": "v1",
                "kind": "DeleteOptions",
                "propagationPolicy": "Background",
                "preconditions": { "uid": uid, "resourceVersion": version },
            });
            Write::delete(&self.address.path(), &options).tried(dry_run)
        };
        self.address.write_as_seen(cluster, "delete", &self.seen, write).await
    }
}

fn finalizers(object: &Value) -> String {
    let held = object.pointer("/metadata/finalizers").and_then(Value::as_array);
    held.into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Doomed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(out)
    }
}
