//! What goes with a namespace or with the definition of a kind: all that is in it.

use std::sync::Arc;

use crate::{
    tool::ToolError,
    toolsets::kubernetes::{
        cluster::Cluster,
        discovery::Resource,
        error::ApiError,
        field::text,
        listing::{Listing, Need},
        selection::Seen,
        side_by_side::side_by_side,
    },
};

/// Events come and go by themselves, and a yes would never be to the same number of them.
const FLEETING: &str = "events";

/// Objects by kind.
#[derive(Debug, Default)]
pub(in super::super) struct Inside {
    pub(in super::super) counts: Vec<(String, usize)>,
    /// Kinds, and why nobody counts them.
    pub(in super::super) unseen: Vec<String>,
}

impl Inside {
    pub(super) fn count(&self) -> usize {
        self.counts.iter().map(|it| it.1).sum()
    }

    /// `with all that is in it: pods 3, services 1; not counted: secrets (forbidden)`
    pub(super) fn told(&self) -> String {
        let counts = self.counts.iter().map(|(kind, count)| format!("{kind} {count}"));
        let counts: Vec<String> = counts.collect();
        let counts = if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") };
        let unseen = if self.unseen.is_empty() {
            String::new()
        } else {
            format!("; not counted: {}", self.unseen.join(", "))
        };
        format!("with all that is in it: {counts}{unseen}")
    }
}

/// Whether something may be in it.
pub(super) fn holds(seen: &Seen) -> bool {
    let resource = &seen.address.resource;
    let (group, plural) = (resource.group.as_str(), resource.plural.as_str());
    matches!(
        (group, plural),
        ("", "namespaces") | ("apiextensions.k8s.io", "customresourcedefinitions")
    )
}

/// None of what has nothing in it.
pub(super) async fn inside(cluster: &Cluster, seen: &Seen) -> Result<Option<Inside>, ToolError> {
    let resource = &seen.address.resource;
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "namespaces") => in_namespace(cluster, &seen.address.name).await.map(Some),
        ("apiextensions.k8s.io", "customresourcedefinitions") => {
            Ok(Some(of_definition(cluster, seen).await))
        }
        _ => Ok(None),
    }
}

pub(in super::super) async fn in_namespace(
    cluster: &Cluster,
    namespace: &str,
) -> Result<Inside, ToolError> {
    let catalog = cluster.discovery().catalog(cluster).await?;
    let holds = |it: &&Arc<Resource>| {
        it.namespaced
            && it.preferred
            && it.supports("list")
            && it.supports("delete")
            && it.plural != FLEETING
    };
    let kinds = catalog.resources.iter().filter(holds).cloned();
    let counts: Vec<_> = kinds.map(|it| count(cluster, it, Some(namespace))).collect();
    let counts = side_by_side(counts).await;
    let mut inside = Inside::of(counts);
    inside.unseen.extend(catalog.down().map(|it| format!("{it} (their server is down)")));
    Ok(inside)
}

async fn of_definition(cluster: &Cluster, seen: &Seen) -> Inside {
    let kind = text(&seen.object, "/metadata/name");
    match cluster.resource(kind).await {
        Ok(resource) => Inside::of(vec![count(cluster, resource, None).await]),
        Err(_) => Inside { unseen: vec![format!("{kind} (not served)")], ..Inside::default() },
    }
}

impl Inside {
    fn of(counts: Vec<Result<(String, usize), String>>) -> Self {
        let mut inside = Self::default();
        for count in counts {
            match count {
                Ok((_, 0)) => {}
                Ok(count) => inside.counts.push(count),
                Err(unseen) => inside.unseen.push(unseen),
            }
        }
        inside
    }
}

/// From a page of one and the number of those behind it.
async fn count(
    cluster: &Cluster,
    resource: Arc<Resource>,
    namespace: Option<&str>,
) -> Result<(String, usize), String> {
    let listing = Listing { namespace, ..Listing::of_all(cluster, &resource) };
    let page = listing.page(Need::Cells, None, 1).await;
    let kind = resource.full_name();
    match page {
        Ok(page) => Ok((kind, page.rows.len() + page.remaining.unwrap_or_default())),
        Err(ApiError::Refused(_)) => Err(format!("{kind} (denied by policy)")),
        Err(error) if error.is_forbidden() => Err(format!("{kind} (forbidden)")),
        Err(_) => Err(format!("{kind} (no answer)")),
    }
}
