//! Page after page of pods, of the whole cluster or of every namespace that may be looked at; no page is kept.

use std::time::Instant;

use super::count::{Images, Pod};
use crate::{
    tool::ToolError,
    toolsets::kubernetes::{
        cluster::Cluster,
        discovery::Resource,
        error::ApiError,
        late::is_late,
        listing::Listing,
        missing::missing_namespace,
        namespaces::{Nothing, Walked, each},
        table::Table,
        targets::Scope,
    },
};

/// A pod of a page is some ten kilobytes on the wire, and a hundred bytes here.
const PAGE: usize = 500;

pub(super) struct Gathered {
    pub(super) images: Images,
    /// Of the whole, what may not be looked at.
    pub(super) note: Option<String>,
}

pub(super) async fn gather(
    cluster: &Cluster,
    scope: &Scope,
    deadline: Option<Instant>,
) -> Result<Gathered, ToolError> {
    let pods = cluster.resource("pods").await?;
    let listing = Listing { namespace: scope.namespace(), ..Listing::of_all(cluster, &pods) };
    match of_list(&listing, scope.namespace().is_none(), deadline).await {
        Ok(images) => {
            // Nothing in a namespace that is not there is no answer.
            let missing = missing_namespace(cluster, scope.namespace());
            match if images.pods == 0 { missing.await } else { None } {
                Some(problem) => Err(problem),
                None => Ok(Gathered { images, note: None }),
            }
        }
        Err(error) if scope.namespace().is_none() && error.is_about_scope() => {
            by_namespace(cluster, &pods, &error, deadline).await
        }
        Err(error) => Err(listing.failed(&error)),
    }
}

async fn of_list(
    listing: &Listing<'_>,
    with_namespace: bool,
    deadline: Option<Instant>,
) -> Result<Images, ApiError> {
    let mut images = Images::default();
    let mut token: Option<String> = None;
    loop {
        let page: Table<Pod> = listing.raw_table("Object", token.as_deref(), PAGE).await?;
        let found = page.rows.unwrap_or_default().into_iter().filter_map(|it| it.object);
        found.for_each(|pod| images.add(&pod, with_namespace));
        token = page.metadata.map(|it| it.token).filter(|it| !it.is_empty());
        images.cut_short = token.is_some() && is_late(deadline);
        if token.is_none() || images.cut_short {
            return Ok(images);
        }
    }
}

async fn by_namespace(
    cluster: &Cluster,
    pods: &Resource,
    reason: &ApiError,
    deadline: Option<Instant>,
) -> Result<Gathered, ToolError> {
    let everything = Listing::of_all(cluster, pods);
    let ask = |name: String| async move {
        let listing = Listing { namespace: Some(&name), ..everything };
        let found = of_list(&listing, true, deadline).await;
        found.map_err(|it| Nothing::because(&it, || listing.failed(&it)))
    };
    let mut images = Images::default();
    let walked = each(cluster, deadline, ask, |it| images.merge(it)).await?;
    let Walked { note, cut_short } = walked.ok_or_else(|| everything.failed(reason))?;
    images.cut_short |= cut_short;
    Ok(Gathered { images, note: Some(note) })
}
