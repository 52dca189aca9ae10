//! Which namespaces there are, as far as one may know.

use super::{
    cluster::Cluster,
    discovery::Resource,
    error::{ApiError, Asked},
    listing::{Listing, Need},
};
use crate::tool::ToolError;

const NAMES_PAGE: usize = 500;

pub(crate) struct Candidates {
    pub(crate) names: Vec<String>,
    /// The namespaces could not be listed either: others may exist.
    pub(crate) guessed: bool,
}

/// The namespaces that the policy allows.
pub(crate) async fn candidates(cluster: &Cluster) -> Result<Candidates, ToolError> {
    let allowed = |it: &String| cluster.guard().allows_namespace(it);
    let namespaces = cluster.resource("namespaces").await?;
    match all_names(cluster, &namespaces).await {
        Ok(names) => {
            Ok(Candidates { names: names.into_iter().filter(allowed).collect(), guessed: false })
        }
        Err(error) if error.is_forbidden() => {
            let mut names = cluster.guard().literal_namespaces();
            names.push(cluster.identity.namespace.clone());
            names.retain(allowed);
            names.sort();
            names.dedup();
            Ok(Candidates { names, guessed: true })
        }
        Err(error) => {
            let asked = Asked { verb: "list", resource: "namespaces", name: None, namespace: None };
            Err(cluster.explain(&error, &asked))
        }
    }
}

async fn all_names(cluster: &Cluster, resource: &Resource) -> Result<Vec<String>, ApiError> {
    let (mut all, mut token) = (Vec::new(), None::<String>);
    loop {
        let listing = Listing::of_all(cluster, resource);
        let page = listing.page(Need::Cells, token.as_deref(), NAMES_PAGE).await?;
        token.clone_from(&page.next);
        all.extend(page.into_names());
        if token.is_none() {
            return Ok(all);
        }
    }
}
