//! Lists that may be long, page after page: of none more is kept than whoever looks takes.

use std::time::Instant;

use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    tool::ToolError,
    toolsets::kubernetes::{cluster::Cluster, late::is_late, listing::Listing, table::ListMeta},
};

const PAGE: usize = 500;

/// Pods that have ended have no ports and no programs.
pub(super) const RUNNING: &str = "status.phase!=Succeeded,status.phase!=Failed";

/// Where to look, and for which.
#[derive(Clone, Copy, Default)]
pub(super) struct Place<'a> {
    /// All of them when none is named.
    pub(super) namespace: Option<&'a str>,
    pub(super) labels: Option<&'a str>,
    pub(super) fields: Option<&'a str>,
}

/// Whole objects, of which little is read.
#[derive(Deserialize)]
struct Page<T> {
    #[serde(default)]
    metadata: ListMeta,
    #[serde(default = "Vec::new")]
    items: Vec<T>,
}

/// Whether all were seen before time ran out.
pub(super) async fn each<T: DeserializeOwned>(
    cluster: &Cluster,
    kind: &str,
    place: Place<'_>,
    deadline: Option<Instant>,
    mut visit: impl FnMut(T),
) -> Result<bool, ToolError> {
    let resource = cluster.resource(kind).await?;
    let Place { namespace, labels, fields } = place;
    let listing = Listing { namespace, labels, fields, ..Listing::of_all(cluster, &resource) };
    let mut token: Option<String> = None;
    loop {
        let page = listing.objects::<Page<T>>(token.as_deref(), PAGE).await;
        let page = page.map_err(|it| listing.failed(&it))?;
        page.items.into_iter().for_each(&mut visit);
        token = Some(page.metadata.token).filter(|it| !it.is_empty());
        if token.is_none() || is_late(deadline) {
            return Ok(token.is_none());
        }
    }
}
