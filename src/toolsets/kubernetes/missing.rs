//! What is not there: the names that are near, and the namespaces that have it.

use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::{
    cluster::Cluster,
    discovery::Resource,
    error::ApiError,
    listing::{Listing, Need},
    table::Described,
};
use crate::{
    nearest::{nearest, several},
    tool::ToolError,
};

/// How many names are looked at for a likeness.
const MOST_NAMES: usize = 500;
/// A hint is worth this much time.
const HINT_LIMIT: Duration = Duration::from_secs(2);

/// The names in one list; of the first [`MOST_NAMES`].
async fn names(
    cluster: &Cluster,
    resource: &Resource,
    namespace: Option<&str>,
) -> Result<Vec<String>, ApiError> {
    let listing = Listing { namespace, ..Listing::of_all(cluster, resource) };
    let page = listing.page(Need::Cells, None, MOST_NAMES).await?;
    Ok(page.into_names().collect())
}

/// The object of a listing of one, or what is near when it is not there.
pub(super) async fn found<T: DeserializeOwned>(listing: &Listing<'_>) -> Result<T, ToolError> {
    match listing.objects(None, 1).await {
        Err(error) if error.is_not_found() && !error.is_unknown_kind() => {
            Err(missing(listing, listing.name.unwrap_or_default()).await)
        }
        outcome => outcome.map_err(|it| listing.failed(&it)),
    }
}

/// Says that an object is missing, and what is near.
pub(super) async fn missing(listing: &Listing<'_>, name: &str) -> ToolError {
    let Listing { cluster, resource, namespace, .. } = *listing;
    let namespace = namespace.filter(|_| resource.namespaced);
    let hints = async {
        futures::join!(
            names(cluster, resource, namespace),
            elsewhere(listing, name),
            missing_namespace(cluster, namespace),
        )
    };
    let (near, elsewhere, problem) = match timeout(HINT_LIMIT, hints).await {
        Ok((near, elsewhere, problem)) => (near.unwrap_or_default(), elsewhere, problem),
        Err(_) => (Vec::new(), Vec::new(), None),
    };
    if let Some(problem) = problem {
        return problem;
    }
    let place = namespace.map(|it| format!(" in namespace {it}")).unwrap_or_default();
    let hint = if elsewhere.is_empty() {
        let near = nearest_names(name, &near);
        (!near.is_empty()).then(|| format!("; near: {}", near.join(", ")))
    } else {
        Some(format!("; there is one in namespace {}", elsewhere.join(", ")))
    };
    let text = format!("no {} {name}{place}{}", resource.full_name(), hint.unwrap_or_default());
    ToolError::NotFound(text)
}

/// All that is missing in one error; or the first of other problems, which is likely that of all.
pub(super) fn all_of(mut errors: Vec<ToolError>) -> ToolError {
    let missing = errors.iter().map(|it| match it {
        ToolError::NotFound(text) => Some(text.as_str()),
        _ => None,
    });
    match missing.collect::<Option<Vec<_>>>() {
        Some(mut missing) => {
            // A namespace that is not there is the same problem for each name.
            missing.dedup();
            ToolError::NotFound(missing.join("\n"))
        }
        None => errors.swap_remove(0),
    }
}

/// Names that go on where this one ends, as those of a workload's pods do, or else those that are like it.
fn nearest_names<'a>(name: &str, names: &'a [String]) -> Vec<&'a str> {
    let names = || names.iter().map(String::as_str);
    let mut near: Vec<&str> = names().filter(|it| it.starts_with(name)).take(3).collect();
    if near.is_empty() {
        near = several(name, names(), 3);
    }
    // Generated names are long, and the first is nearly always the one that was meant.
    near.truncate(if near.iter().any(|it| it.len() > 16) { 2 } else { 3 });
    near
}

/// Other namespaces with an object of that name; none when they may not be listed.
async fn elsewhere(listing: &Listing<'_>, name: &str) -> Vec<String> {
    if !listing.resource.namespaced || listing.namespace.is_none() {
        return Vec::new();
    }
    let everywhere = Listing { namespace: None, name: Some(name), ..*listing };
    let found = everywhere.raw_table::<Described>("Metadata", None, 3).await;
    let rows = found.ok().and_then(|it| it.rows).unwrap_or_default();
    rows.into_iter().filter_map(|it| it.object?.metadata.namespace).collect()
}

/// The error that a namespace does not exist, if it is known not to.
pub(super) async fn missing_namespace(
    cluster: &Cluster,
    namespace: Option<&str>,
) -> Option<ToolError> {
    let namespace = namespace?;
    let namespaces = cluster.resource("namespaces").await.ok()?;
    let listing = Listing { name: Some(namespace), ..Listing::of_all(cluster, &namespaces) };
    let error = listing.page(Need::Cells, None, 1).await.err()?;
    if !error.is_not_found() {
        return None;
    }
    let known = names(cluster, &namespaces, None).await.unwrap_or_default();
    let known = known.iter().map(String::as_str);
    let hint = nearest(namespace, known).map(|it| format!("; did you mean {it}?"));
    Some(ToolError::NotFound(format!("no namespace {namespace}{}", hint.unwrap_or_default())))
}
