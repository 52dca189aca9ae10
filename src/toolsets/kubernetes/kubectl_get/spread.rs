//! When the whole cluster may not be listed: every namespace that may be, and which ones may not.

use futures::{StreamExt, stream};

use super::{
    collect::{Collected, Problem, Walk, order},
    cursor::Place,
    listing::Listing,
};
use crate::{
    tool::ToolError,
    toolsets::kubernetes::{cluster::Cluster, error::ApiError},
};

/// Namespaces asked for at once.
const PARALLEL: usize = 8;
/// The most namespaces that are asked for in one call.
const MOST_NAMESPACES: usize = 500;

/// What was found, where it goes on, and what to say about it.
pub(super) struct Spread {
    pub(super) found: Collected,
    /// The namespace in which the list goes on.
    pub(super) next_namespace: Option<String>,
    pub(super) note: String,
}

/// Which namespaces there are, as far as we may know.
pub(super) struct Candidates {
    pub(super) names: Vec<String>,
    /// The namespaces could not be listed either: others may exist.
    pub(super) guessed: bool,
}

/// Lists namespace by namespace, beginning with `resume`; `reason` is why the cluster-wide list was refused.
pub(super) async fn spread(
    walk: &Walk<'_>,
    resume: Option<&str>,
    reason: &ApiError,
) -> Result<Spread, ToolError> {
    let Candidates { names, guessed } = candidates(walk.listing.cluster).await?;
    let from = resume.and_then(|it| names.iter().position(|name| name == it)).unwrap_or(0);
    let rest = names.get(from..).unwrap_or_default();
    let lists: Vec<_> =
        rest.iter().take(MOST_NAMESPACES).map(|it| in_namespace(walk, it, resume)).collect();
    let mut lists = stream::iter(lists).buffered(PARALLEL);
    let (mut all, mut shown, mut forbidden) = (Collected::default(), Vec::new(), Vec::new());
    let mut next_namespace = None;
    while let Some((name, outcome)) = lists.next().await {
        if walk.is_late() {
            all.cut_short = true;
            all.next = Some(Place::default());
            next_namespace = Some(name.to_owned());
            break;
        }
        match outcome {
            Ok(found) => {
                let before = all.lines.len() + all.looked_at;
                let is_empty = found.lines.is_empty();
                next_namespace = append(&mut all, found, walk, name);
                if is_empty || all.lines.len() + all.looked_at > before {
                    shown.push(name);
                }
            }
            Err(Problem::Api(error)) if error.is_forbidden() => forbidden.push(name),
            // Deleted since the namespaces were listed.
            Err(Problem::Api(error)) if error.is_not_found() => {}
            Err(problem) => return Err(problem.told(&walk.listing)),
        }
        if next_namespace.is_some() {
            break;
        }
    }
    if shown.is_empty() {
        return Err(walk.listing.failed(reason));
    }
    order(walk.query, &mut all.lines);
    all.total = walk.query.sort.as_ref().map(|_| all.looked_at);
    Ok(Spread { note: note(&shown, &forbidden, guessed), found: all, next_namespace })
}

async fn in_namespace<'a>(
    walk: &Walk<'_>,
    name: &'a str,
    resume: Option<&str>,
) -> (&'a str, Result<Collected, Problem>) {
    let from = if resume == Some(name) { walk.from.clone() } else { Place::default() };
    let listing = Listing { namespace: Some(name), ..walk.listing };
    (name, Walk { listing, from, ..*walk }.collect().await)
}

/// Adds one namespace's lines; gives the namespace in which to go on when there is no room left.
fn append(all: &mut Collected, found: Collected, walk: &Walk<'_>, name: &str) -> Option<String> {
    let Collected { headers, lines, looked_at, next, cut_short, .. } = found;
    all.headers = headers;
    all.looked_at += looked_at;
    all.cut_short |= cut_short;
    if walk.query.sort.is_some() {
        all.lines.extend(lines);
        return None;
    }
    let room = walk.most.saturating_sub(all.lines.len());
    if lines.len() > room || (room == 0 && looked_at > 0) {
        // Asked for beside the others, and not shown: the next call asks again.
        all.looked_at -= looked_at;
        all.next = Some(Place::default());
        return Some(name.to_owned());
    }
    all.lines.extend(lines);
    all.next = next;
    all.next.is_some().then(|| name.to_owned())
}

pub(super) async fn candidates(cluster: &Cluster) -> Result<Candidates, ToolError> {
    let allowed = |it: &String| cluster.guard().allows_namespace(it);
    let namespaces = cluster.resource("namespaces").await?;
    match super::missing::names(cluster, &namespaces, None).await {
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
            let asked = crate::toolsets::kubernetes::error::Asked {
                verb: "list",
                resource: "namespaces",
                name: None,
                namespace: None,
            };
            Err(cluster.explain(&error, &asked))
        }
    }
}

pub(super) fn note(shown: &[&str], forbidden: &[&str], guessed: bool) -> String {
    let mut note =
        format!("Not the whole cluster, which may not be listed: only namespace {}", few(shown));
    if !forbidden.is_empty() {
        note = format!("{note}; forbidden: {}", few(forbidden));
    }
    if guessed {
        note = format!("{note}; which other namespaces exist may not be listed either");
    }
    format!("{note}.")
}

/// A few names, and how many more.
pub(super) fn few(names: &[&str]) -> String {
    match names.split_at_checked(10) {
        Some((first, rest)) if !rest.is_empty() => {
            format!("{} and {} more", first.join(", "), rest.len())
        }
        _ => names.join(", "),
    }
}
