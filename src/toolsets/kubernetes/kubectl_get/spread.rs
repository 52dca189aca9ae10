//! When the whole cluster may not be listed: every namespace that may be, and which ones may not.

use futures::{StreamExt, stream};

use super::{
    collect::{Collected, Problem, Walk, order},
    cursor::Place,
};
use crate::{
    k8s::namespaces::{Candidates, candidates},
    tool::ToolError,
    toolsets::kubernetes::{
        error::ApiError,
        listing::Listing,
        namespaces::{PARALLEL, note},
    },
};

/// The most namespaces that are asked for in one call.
const MOST_NAMESPACES: usize = 500;

/// What was found, where it goes on, and what to say about it.
pub(super) struct Spread {
    pub(super) found: Collected,
    /// The namespace in which the list goes on.
    pub(super) next_namespace: Option<String>,
    pub(super) note: String,
}

/// Lists namespace by namespace, beginning with `resume`; `reason` is why the cluster-wide list was refused.
pub(super) async fn spread(
    walk: &Walk<'_>,
    resume: Option<&str>,
    reason: &ApiError,
) -> Result<Spread, ToolError> {
    let Candidates { names, guessed } = candidates(walk.listing.cluster).await?;
    // The one to go on with may be gone by now; the next one is then.
    let from = resume.map_or(0, |it| names.partition_point(|name| name.as_str() < it));
    let rest = names.get(from..).unwrap_or_default();
    let lists: Vec<_> =
        rest.iter().take(MOST_NAMESPACES).map(|it| in_namespace(walk, it, resume)).collect();
    let mut lists = stream::iter(lists).buffered(PARALLEL);
    let mut joined = Joined::default();
    while let Some((name, outcome)) = lists.next().await {
        joined.take(walk, name, outcome)?;
        if joined.next.is_some() {
            break;
        }
    }
    if joined.next.is_none() {
        joined.next = rest.get(MOST_NAMESPACES).cloned();
    }
    if joined.shown.is_empty() && joined.next.is_none() {
        return Err(walk.listing.failed(reason));
    }
    Ok(joined.finish(walk, guessed))
}

/// The lists of several namespaces, one after the other.
#[derive(Default)]
struct Joined<'a> {
    all: Collected,
    shown: Vec<&'a str>,
    forbidden: Vec<&'a str>,
    /// The namespace in which to go on.
    next: Option<String>,
}

impl<'a> Joined<'a> {
    fn take(
        &mut self,
        walk: &Walk<'_>,
        name: &'a str,
        outcome: Result<Collected, Problem>,
    ) -> Result<(), ToolError> {
        match outcome {
            _ if walk.is_late() => {
                self.all.cut_short = true;
                self.stop_before(name);
            }
            Ok(found) => self.append(walk, name, found),
            Err(Problem::Api(error)) if error.is_forbidden() => self.forbidden.push(name),
            // Deleted since the namespaces were listed.
            Err(Problem::Api(error)) if error.is_not_found() => {}
            Err(problem) => return Err(problem.told(&walk.listing)),
        }
        Ok(())
    }

    fn append(&mut self, walk: &Walk<'_>, name: &'a str, found: Collected) {
        let Collected { headers, is_usual, lines, looked_at, matched, next, cut_short, .. } = found;
        let room = walk.most.saturating_sub(self.all.lines.len());
        let fits = walk.query.sort.is_some() || lines.len() <= room && (room > 0 || looked_at == 0);
        if !fits {
            return self.stop_before(name);
        }
        self.shown.push(name);
        self.all.headers = headers;
        self.all.is_usual = is_usual;
        self.all.looked_at += looked_at;
        self.all.matched += matched;
        self.all.cut_short |= cut_short;
        self.all.lines.extend(lines);
        if walk.query.sort.is_none() && next.is_some() {
            self.all.next = next;
            self.next = Some(name.to_owned());
        }
    }

    /// It was asked for beside the others, and there is no room: the next call asks again.
    fn stop_before(&mut self, name: &str) {
        self.all.next = Some(Place::default());
        self.next = Some(name.to_owned());
    }

    fn finish(mut self, walk: &Walk<'_>, guessed: bool) -> Spread {
        order(walk.query, &mut self.all.lines);
        self.all.total = walk.query.sort.as_ref().map(|_| self.all.looked_at);
        let note = note(&self.shown, &self.forbidden, guessed);
        Spread { note, found: self.all, next_namespace: self.next }
    }
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
