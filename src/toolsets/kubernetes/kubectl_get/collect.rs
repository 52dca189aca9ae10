//! Page after page of one list until there is enough: bounded in rows, in memory and in time.

use std::{sync::Arc, time::Instant};

use super::{
    cursor::{Place, Spot},
    projection::{Line, Projection, need},
    query::Query,
};
use crate::{
    tool::ToolError,
    toolsets::kubernetes::{
        error::ApiError,
        late::is_late,
        listing::{Listing, Need, Page},
    },
};

/// Rows asked for at once when more are looked at than shown.
const SCAN_PAGE: usize = 500;
/// The same with whole objects, which are a hundred times as big as rows.
const OBJECT_PAGE: usize = 200;
/// The most that the API server is asked for at once.
const LARGEST_PAGE: usize = 1_000;
/// The most rows that one call looks at.
const MOST_ROWS: usize = 50_000;

/// What was found in one list, or in several that were joined.
#[derive(Default)]
pub(super) struct Collected {
    pub(super) headers: Vec<String>,
    /// See [`Projection::is_usual`].
    pub(super) is_usual: bool,
    pub(super) lines: Vec<Line>,
    /// How many rows were looked at in this call.
    pub(super) looked_at: usize,
    /// How many of them fit; while sorting, only the first of these are kept.
    pub(super) matched: usize,
    /// How many there are, as far as is known.
    pub(super) total: Option<usize>,
    /// Where the list goes on.
    pub(super) next: Option<Place>,
    /// Time or rows ran out before the end was seen.
    pub(super) cut_short: bool,
}

/// Why nothing was found.
pub(super) enum Problem {
    Api(ApiError),
    Tool(ToolError),
}

impl From<ApiError> for Problem {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

impl From<ToolError> for Problem {
    fn from(error: ToolError) -> Self {
        Self::Tool(error)
    }
}

impl Problem {
    pub(super) fn told(self, listing: &Listing<'_>) -> ToolError {
        match self {
            Self::Api(error) => listing.failed(&error),
            Self::Tool(error) => error,
        }
    }
}

/// How to go through one list.
pub(super) struct Walk<'a> {
    pub(super) listing: Listing<'a>,
    pub(super) query: &'a Query,
    pub(super) from: Place,
    /// The most lines to give.
    pub(super) most: usize,
    pub(super) deadline: Option<Instant>,
    /// Whether the answer has lines of several namespaces.
    pub(super) spans_namespaces: bool,
}

impl Walk<'_> {
    pub(super) async fn collect(&self) -> Result<Collected, Problem> {
        let mut found = Collected::default();
        let mut projection = None;
        let mut from = self.from.clone();
        loop {
            let page = self.page(&from, found.lines.len()).await?;
            if projection.is_none() {
                let new = Projection::new(self.query, &page.definitions, self.spans_namespaces)?;
                found.headers.clone_from(&new.headers);
                found.is_usual = new.is_usual;
                projection = Some(new);
            }
            let Some(projection) = &projection else { break };
            let next = self.take(page, &mut from, projection, &mut found);
            match next {
                Some(token) if found.next.is_none() => from.token = Some(token.into()),
                _ => break,
            }
            if self.is_over(&found) {
                found.cut_short = true;
                found.next = self.query.sort.is_none().then(|| from.clone());
                break;
            }
        }
        self.order(&mut found.lines);
        Ok(found)
    }

    async fn page(&self, from: &Place, have: usize) -> Result<Page, ApiError> {
        // Metadata for the namespace is needed only where the list itself does not say it.
        let need = need(self.query, self.spans_namespaces && self.listing.namespace.is_none());
        let room = self.most.saturating_sub(have).clamp(1, LARGEST_PAGE);
        let limit = match need {
            Need::Object | Need::Manifest if self.query.scans() => OBJECT_PAGE,
            Need::Object | Need::Manifest => room.min(OBJECT_PAGE),
            _ if self.query.scans() || self.listing.withholds() => SCAN_PAGE,
            _ => room,
        };
        self.listing.page(need, from.token.as_deref(), limit).await
    }

    /// Takes what fits of a page; gives the token of the next one.
    fn take(
        &self,
        page: Page,
        from: &mut Place,
        projection: &Projection,
        found: &mut Collected,
    ) -> Option<String> {
        let Page { mut rows, next, remaining, .. } = page;
        let length = rows.len();
        if self.query.scans() {
            projection.redact(&mut rows, self.listing.cluster.redactor());
        }
        // With selectors the API server does not count what is left; the end of the list tells.
        let ahead = remaining.or_else(|| next.is_none().then_some(0));
        found.total = ahead.map(|it| from.seen - from.skip.min(from.seen) + length + it);
        for (index, row) in rows.into_iter().enumerate().skip(from.skip) {
            if self.query.sort.is_none() && found.lines.len() >= self.most {
                found.next = Some(Place { skip: index, ..from.clone() });
                return next;
            }
            let mut line = projection.line(row, &self.listing);
            from.seen += 1;
            found.looked_at += 1;
            line.after = self.spot(Place { skip: index + 1, ..from.clone() });
            if self.matches(&line) {
                found.matched += 1;
                found.lines.push(line);
            }
        }
        from.skip = 0;
        self.keep_the_first(&mut found.lines);
        if self.query.sort.is_none() && found.lines.len() >= self.most {
            found.next = next.clone().map(|it| Place { token: Some(it.into()), ..from.clone() });
        }
        next
    }

    /// None where the order is not the API server's, or where there is no list.
    fn spot(&self, place: Place) -> Option<Spot> {
        let is_list = self.query.sort.is_none() && self.listing.name.is_none();
        let namespace = self.listing.namespace.filter(|_| self.spans_namespaces);
        is_list.then(|| Spot { namespace: namespace.map(Arc::from), place })
    }

    /// A pattern sees what the answer would show, and nothing behind it.
    fn matches(&self, line: &Line) -> bool {
        let Some(grep) = &self.query.grep else { return true };
        let row = line.cells.join("\t");
        grep.is_match(&self.listing.cluster.redactor().text(&row))
    }

    /// While sorting, only what can still be shown is kept.
    fn keep_the_first(&self, lines: &mut Vec<Line>) {
        if self.query.sort.is_some() && lines.len() > self.most.saturating_mul(2) + SCAN_PAGE {
            self.order(lines);
            lines.truncate(self.most);
        }
    }

    fn order(&self, lines: &mut [Line]) {
        order(self.query, lines);
    }

    fn is_over(&self, found: &Collected) -> bool {
        self.is_late() || found.looked_at >= MOST_ROWS
    }

    pub(super) fn is_late(&self) -> bool {
        is_late(self.deadline)
    }
}

pub(super) fn order(query: &Query, lines: &mut [Line]) {
    let Some(sort) = &query.sort else { return };
    lines.sort_by(|one, other| match (&one.key, &other.key) {
        (Some(one), Some(other)) => one.compare(other, sort.descending),
        _ => std::cmp::Ordering::Equal,
    });
}
