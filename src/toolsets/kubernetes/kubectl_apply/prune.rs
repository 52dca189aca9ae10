//! Members of an apply set that its manifest does not name any more.

use std::{collections::HashSet, fmt};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    rank,
    set::{ApplySet, PART_OF, group_kind},
    side_by_side,
    step::Step,
};
use crate::{
    tool::{Affected, Effect, Session, ToolError},
    toolsets::kubernetes::{
        address::Address,
        changed::Changed,
        cluster::Cluster,
        discovery::Resource,
        field::text,
        listing::Listing,
        write::{Write, Written},
    },
};

const PAGE: usize = 500;

/// A member that is to go, as it was seen.
pub(super) struct Doomed {
    address: Address,
    seen: Value,
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
    let catalog = cluster.discovery().catalog(cluster).await?;
    let kept: HashSet<_> = steps.iter().map(|it| identity(&it.intent.address)).collect();
    let (mut doomed, mut notes) = (Vec::new(), Vec::new());
    for kind in &set.members.kinds {
        let mut served = catalog.resources.iter().filter(|it| it.preferred);
        let Some(resource) = served.find(|it| group_kind(it) == *kind) else {
            notes.push(format!("the cluster has no {kind} any more: none was looked for"));
            continue;
        };
        for namespace in namespaces(set, resource) {
            let members = members(cluster, set, resource, namespace).await?;
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
    tried.into_iter().find_map(Result::err).map_or(Ok((doomed, notes)), Err)
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
) -> Result<Vec<Value>, ToolError> {
    let label = format!("{PART_OF}={}", set.id);
    let labels = Some(label.as_str());
    let listing = Listing { namespace, labels, ..Listing::of_all(cluster, resource) };
    let (mut all, mut token) = (Vec::new(), None::<String>);
    loop {
        let list = listing.objects::<List>(token.as_deref(), PAGE).await;
        let list = list.map_err(|it| listing.failed(&it))?;
        all.extend(list.items.unwrap_or_default());
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
    pub(super) fn affected(&self) -> Affected {
        self.address.affected(Effect::Delete, Some(&self.seen))
    }

    pub(super) async fn delete(
        &self,
        cluster: &Cluster,
        session: &Session,
    ) -> Result<Changed, ToolError> {
        cluster.before(session.deadline(), self.write(cluster, false)).await?;
        session.changed();
        Ok(Changed::new(&self.address, "deleted (pruned)", &Value::Null))
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
            let write = Write::delete(&self.address.path(), &options);
            if dry_run { write.dry_run() } else { write }
        };
        self.address.write_as_seen(cluster, "delete", &self.seen, write).await
    }
}

impl fmt::Display for Doomed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(out)
    }
}
