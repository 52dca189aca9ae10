//! Who made an object, and who made its maker.

use serde_json::Value;

use super::Described;
use crate::toolsets::kubernetes::{
    listing::{Listing, Need, Thing},
    table::{Meta, Owner},
};

/// Nobody owns through more hands.
const MOST: usize = 6;

/// `[ReplicaSet/web-5d4, Deployment/web]`. Where a link may not be read, the chain ends with its name.
pub(super) async fn chain(described: &Described<'_>) -> Vec<String> {
    let mut chain = Vec::new();
    let mut owner = first_owner(described.object);
    while let Some(Owner { kind, name }) = owner.filter(|_| chain.len() < MOST) {
        chain.push(format!("{kind}/{name}"));
        owner = above(described, &kind, &name).await;
    }
    chain
}

fn first_owner(object: &Value) -> Option<Owner> {
    let metadata = object.get("metadata")?.clone();
    serde_json::from_value::<Meta>(metadata).ok()?.owner_references.into_iter().next()
}

async fn above(described: &Described<'_>, kind: &str, name: &str) -> Option<Owner> {
    let Described { cluster, namespace, .. } = *described;
    let resource = cluster.resource(kind).await.ok()?;
    let namespace = namespace.filter(|_| resource.namespaced);
    let listing = Listing { namespace, name: Some(name), ..Listing::of_all(cluster, &resource) };
    let page = listing.page(Need::Metadata, None, 1).await.ok()?;
    match page.rows.into_iter().next()?.thing {
        Thing::Described(meta) => meta.owner_references.into_iter().next(),
        Thing::Whole(_) | Thing::Unknown => None,
    }
}
