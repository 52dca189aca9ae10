//! The pods that labels choose in all namespaces, or in those that may be looked at.

use std::time::Instant;

use super::{
    KubectlLogs,
    pods::Pod,
    selected::{Selected, is_kind, list},
};
use crate::{
    tool::ToolError,
    toolsets::kubernetes::{
        cluster::Cluster,
        error::ApiError,
        listing::Listing,
        namespaces::{Nothing, Walked, each},
    },
};

pub(super) async fn selected(
    cluster: &Cluster,
    call: &KubectlLogs,
    deadline: Option<Instant>,
) -> Result<Selected, ToolError> {
    let labels = call.label_selector.as_deref();
    if labels.is_none() || call.resource.as_deref().is_some_and(|it| !is_kind(it)) {
        return Err(ToolError::invalid(
            "`namespace`: one of them, unless label_selector alone chooses the pods",
        ));
    }
    let pods = cluster.resource("pods.v1.").await?;
    let listing = Listing { labels, ..Listing::of_all(cluster, &pods) };
    let mut selected = Selected::default();
    match list(&listing).await {
        Ok(found) => selected.take(found),
        Err(error) if error.is_about_scope() => {
            by_namespace(&listing, deadline, &error, &mut selected).await?;
        }
        Err(error) => return Err(listing.failed(&error)),
    }
    if selected.pods.is_empty() {
        selected
            .notes
            .push(format!("no pods with {} in any namespace", labels.unwrap_or_default()));
    }
    selected.bound();
    Ok(selected)
}

async fn by_namespace(
    listing: &Listing<'_>,
    deadline: Option<Instant>,
    reason: &ApiError,
    selected: &mut Selected,
) -> Result<(), ToolError> {
    let ask = |name: String| async move {
        let listing = Listing { namespace: Some(&name), ..*listing };
        let found = list(&listing).await;
        found.map_err(|it| Nothing::because(&it, || listing.failed(&it)))
    };
    let walked = each(listing.cluster, deadline, ask, |it| selected.take(it)).await?;
    let Walked { note, cut_short } = walked.ok_or_else(|| listing.failed(reason))?;
    selected.notes.insert(0, note);
    if cut_short {
        selected.notes.push("not all namespaces: time ran out".to_owned());
    }
    Ok(())
}

impl Selected {
    fn take(&mut self, (pods, is_cut): (Vec<Pod>, bool)) {
        self.pods.extend(pods.into_iter().map(Pod::among_namespaces));
        if is_cut {
            self.cut();
        }
    }
}
