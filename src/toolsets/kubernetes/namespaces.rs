//! When the whole cluster may not be listed: the namespaces that may be, one by one.

use std::time::Instant;

use futures::{StreamExt, stream};

use super::{
    cluster::Cluster,
    discovery::Resource,
    error::{ApiError, Asked},
    few::few,
    late::is_late,
    listing::{Listing, Need},
};
use crate::tool::ToolError;

const NAMES_PAGE: usize = 500;
/// Namespaces asked for at once.
pub(super) const PARALLEL: usize = 8;

/// The most namespaces that a note names.
const MOST_NAMED: usize = 10;

/// Which namespaces there are, as far as we may know.
pub(super) struct Candidates {
    pub(super) names: Vec<String>,
    /// The namespaces could not be listed either: others may exist.
    pub(super) guessed: bool,
}

/// The namespaces that the policy allows.
pub(super) async fn candidates(cluster: &Cluster) -> Result<Candidates, ToolError> {
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

/// How far a walk over the namespaces came.
pub(super) struct Walked {
    /// Which part of the cluster the answer is about.
    pub(super) note: String,
    /// Time ran out before the last of them.
    pub(super) cut_short: bool,
}

/// Why one namespace gives nothing.
pub(super) enum Nothing {
    Forbidden,
    /// Deleted since the namespaces were listed.
    Gone,
    Failed(ToolError),
}

impl Nothing {
    pub(super) fn because(error: &ApiError, told: impl FnOnce() -> ToolError) -> Self {
        match error {
            it if it.is_forbidden() => Self::Forbidden,
            it if it.is_not_found() => Self::Gone,
            _ => Self::Failed(told()),
        }
    }
}

/// Asks every namespace that may be looked at, several at once, and hands on what each gives, in the order of their names.
/// None when not one gave anything: then it stands that the whole is refused.
pub(super) async fn each<T, F: Future<Output = Result<T, Nothing>>>(
    cluster: &Cluster,
    deadline: Option<Instant>,
    ask: impl Fn(String) -> F,
    mut take: impl FnMut(T),
) -> Result<Option<Walked>, ToolError> {
    let Candidates { names, guessed } = candidates(cluster).await?;
    let answers: Vec<F> = names.iter().cloned().map(ask).collect();
    let mut answers = stream::iter(answers).buffered(PARALLEL);
    let (mut shown, mut forbidden) = (Vec::new(), Vec::new());
    let mut left = names.iter().map(String::as_str);
    while let (Some(answer), Some(name)) = (answers.next().await, left.next()) {
        match answer {
            Ok(found) => {
                shown.push(name);
                take(found);
            }
            Err(Nothing::Forbidden) => forbidden.push(name),
            Err(Nothing::Gone) => {}
            Err(Nothing::Failed(error)) => return Err(error),
        }
        if is_late(deadline) {
            break;
        }
    }
    let cut_short = left.next().is_some();
    let walked = Walked { note: note(&shown, &forbidden, guessed), cut_short };
    Ok((!shown.is_empty()).then_some(walked))
}

/// Which part of the cluster an answer is about.
pub(super) fn note(shown: &[&str], forbidden: &[&str], guessed: bool) -> String {
    let mut note = format!(
        "Not the whole cluster, which may not be listed: only namespace {}",
        few(shown, MOST_NAMED)
    );
    if !forbidden.is_empty() {
        note = format!("{note}; forbidden: {}", few(forbidden, MOST_NAMED));
    }
    if guessed {
        note = format!("{note}; which other namespaces exist may not be listed either");
    }
    format!("{note}.")
}
