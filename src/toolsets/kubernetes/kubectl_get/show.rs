//! Going through the kinds that were asked for: by name, by list, or counting only.

use std::{sync::Arc, time::Instant};

use futures::{StreamExt, stream};

use super::{
    answer::{Answer, Part},
    collect::{Collected, Problem, Walk, order},
    cursor::{BAD, Place, Spot},
    query::Query,
    spread::spread,
    summary::Summary,
};
use crate::{
    output::{Document, Keep},
    tool::ToolError,
    toolsets::kubernetes::{
        cluster::Cluster,
        discovery::Resource,
        error::ApiError,
        guard::Refusal,
        listing::Listing,
        missing::{all_of, missing, missing_namespace},
        namespaces::{Nothing, Walked, each},
        targets::{Scope, Target},
        withheld,
    },
};

/// Objects asked for by name at once.
const PARALLEL: usize = 16;

pub(super) struct Show<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) query: &'a Query,
    pub(super) scope: Scope,
    pub(super) deadline: Option<Instant>,
}

impl Show<'_> {
    pub(super) async fn answer(&self, targets: &[Target]) -> Result<Document, ToolError> {
        if let Some(name) = targets.iter().find_map(|it| it.names.first()) {
            self.chooses_nothing_beside(name)?;
        }
        if self.query.summary {
            return self.summary(targets).await;
        }
        let several = targets.len() > 1;
        let start = self.query.cursor.clone().unwrap_or_default();
        let mut answer = Answer::after(start.before, targets);
        if start.kind >= targets.len() {
            return Err(ToolError::invalid(format!("`cursor`: {BAD}")));
        }
        for (kind, target) in targets.iter().enumerate().skip(start.kind) {
            let room = self.query.limit.saturating_sub(answer.shown);
            if room == 0 {
                answer.next = Some((kind, Spot::default()));
                break;
            }
            let from = if kind == start.kind { start.spot.clone() } else { Spot::default() };
            match self.part(target, &from, room).await {
                Ok(part) => answer.add(self, kind, target, part),
                Err(error) if !several => return Err(error),
                Err(error) => answer.errors.push(error),
            }
            if answer.next.is_some() {
                break;
            }
        }
        answer.finish(self)
    }

    /// Only of a list can something be chosen or counted, not of what was asked for by name.
    fn chooses_nothing_beside(&self, name: &str) -> Result<(), ToolError> {
        let Query { labels, fields, summary, .. } = self.query;
        let given = [
            ("label_selector", labels.is_some()),
            ("field_selector", fields.is_some()),
            ("summary", *summary),
        ];
        let given: Vec<String> = given
            .iter()
            .filter(|it| it.1)
            .map(|(it, _)| {
                format!("`{it}` is about a list, and `resource` asks for {name} by name")
            })
            .collect();
        if given.is_empty() { Ok(()) } else { Err(ToolError::InvalidArguments(given)) }
    }

    async fn part(&self, target: &Target, from: &Spot, most: usize) -> Result<Part, ToolError> {
        if target.names.is_empty() {
            self.list(&target.resource, from, most).await
        } else {
            self.named(target).await
        }
    }

    async fn list(&self, resource: &Resource, from: &Spot, most: usize) -> Result<Part, ToolError> {
        let listing = self.listing(resource, None);
        let walk = self.walk(listing, from.place.clone(), most);
        if from.namespace.is_some() {
            let reason = ApiError::Refused(Refusal::AllNamespaces(resource.full_name()));
            let spread = spread(&walk, from.namespace.as_deref(), &reason).await?;
            return Ok(Part::from(spread));
        }
        match walk.collect().await {
            Ok(found) => self.listed(&walk, found).await,
            Err(Problem::Api(error)) if error.is_about_scope() && walk.spans_namespaces => {
                Ok(Part::from(spread(&walk, None, &error).await?))
            }
            Err(problem) => Err(problem.told(&listing)),
        }
    }

    async fn listed(&self, walk: &Walk<'_>, found: Collected) -> Result<Part, ToolError> {
        let listing = &walk.listing;
        // Nothing behind a cursor is the end of the list.
        let nothing =
            found.lines.is_empty() && found.next.is_none() && walk.from == Place::default();
        if nothing {
            let namespace = self.scope.namespace().filter(|_| listing.resource.namespaced);
            if let Some(problem) = missing_namespace(self.cluster, namespace).await {
                return Err(problem);
            }
        }
        let next = found.next.clone().map(|place| Spot { namespace: None, place });
        Ok(Part { found, next, nothing, notes: bound(listing).into_iter().collect() })
    }

    /// `no pods in namespace default (the context's own); all_namespaces looks everywhere`
    pub(super) fn nothing(&self, kinds: &[Arc<Resource>]) -> String {
        let what = kinds.iter().map(|it| it.full_name()).collect::<Vec<_>>().join(", ");
        let fitting = match &self.query.grep {
            Some(grep) => format!(" with a row like /{grep}/"),
            None if self.query.labels.is_some() || self.query.fields.is_some() => {
                " that the selector fits".to_owned()
            }
            None => String::new(),
        };
        match &self.scope {
            _ if kinds.iter().all(|it| !it.namespaced) => format!("no {what}{fitting}"),
            Scope::All => format!("no {what}{fitting} in any namespace"),
            Scope::One { namespace, named: true } => {
                format!("no {what}{fitting} in namespace {namespace}")
            }
            Scope::One { namespace, named: false } => format!(
                "no {what}{fitting} in namespace {namespace} (the context's own); all_namespaces looks everywhere"
            ),
        }
    }

    async fn named(&self, target: &Target) -> Result<Part, ToolError> {
        let walks: Vec<_> = target.names.iter().map(|it| self.one(&target.resource, it)).collect();
        let outcomes: Vec<_> = stream::iter(walks).buffered(PARALLEL).collect().await;
        let mut part = Part::default();
        let mut errors = Vec::new();
        for outcome in outcomes {
            match outcome {
                Ok(found) => {
                    part.found.headers = found.headers;
                    part.found.is_usual = found.is_usual;
                    part.found.lines.extend(found.lines);
                    part.found.matched += found.matched;
                }
                Err(error) => errors.push(error),
            }
        }
        if errors.len() == target.names.len() && !errors.is_empty() {
            return Err(all_of(errors));
        }
        order(self.query, &mut part.found.lines);
        part.found.total = Some(part.found.lines.len());
        part.notes = errors.iter().map(ToString::to_string).collect();
        Ok(part)
    }

    async fn one(&self, resource: &Resource, name: &str) -> Result<Collected, ToolError> {
        let listing = self.listing(resource, Some(name));
        match self.walk(listing, Place::default(), self.query.limit).collect().await {
            Ok(found) if found.lines.is_empty() && self.query.grep.is_none() => {
                Err(missing(&listing, name).await)
            }
            Err(Problem::Api(error)) if error.is_not_found() && !error.is_unknown_kind() => {
                Err(missing(&listing, name).await)
            }
            outcome => outcome.map_err(|it| it.told(&listing)),
        }
    }

    async fn summary(&self, targets: &[Target]) -> Result<Document, ToolError> {
        let (mut document, mut errors) = (Document::new(), Vec::new());
        for target in targets {
            match self.summary_of(&target.resource, document.clone()).await {
                Ok(longer) => document = longer,
                Err(error) => errors.push(error),
            }
        }
        if errors.len() == targets.len() {
            return Err(all_of(errors));
        }
        Ok(errors.iter().map(ToString::to_string).fold(document, Document::note))
    }

    async fn summary_of(
        &self,
        resource: &Resource,
        document: Document,
    ) -> Result<Document, ToolError> {
        let listing = self.listing(resource, None);
        let mut summary = Summary::default();
        let note = match summary.add(&listing, self.deadline).await {
            Ok(()) => None,
            Err(error) if error.is_about_scope() && self.spans_namespaces(resource) => {
                Some(self.summary_of_namespaces(&mut summary, &listing, &error).await?)
            }
            Err(error) => return Err(listing.failed(&error)),
        };
        let name = resource.full_name();
        let notes = bound(&listing).into_iter().chain(note).chain([summary.head(&name)]);
        let document = notes.fold(document, Document::note);
        let counts = summary.counts();
        Ok(if counts.is_empty() {
            document
        } else {
            document.untrusted(&name, counts.join("\n"), Keep::Head)
        })
    }

    /// Counts what may be counted; says what that is.
    async fn summary_of_namespaces(
        &self,
        summary: &mut Summary,
        listing: &Listing<'_>,
        reason: &ApiError,
    ) -> Result<String, ToolError> {
        let everything = *listing;
        let ask = |name: String| async move {
            let listing = Listing { namespace: Some(&name), ..everything };
            let mut summary = Summary::default();
            let added = summary.add(&listing, self.deadline).await;
            added.map_err(|it| Nothing::because(&it, || listing.failed(&it)))?;
            Ok(summary)
        };
        let walked = each(self.cluster, self.deadline, ask, |it| summary.merge(it)).await?;
        let Walked { note, cut_short } = walked.ok_or_else(|| listing.failed(reason))?;
        if cut_short {
            summary.cut();
        }
        Ok(note)
    }

    fn spans_namespaces(&self, resource: &Resource) -> bool {
        resource.namespaced && self.scope.namespace().is_none()
    }

    fn listing<'a>(&'a self, resource: &'a Resource, name: Option<&'a str>) -> Listing<'a> {
        Listing {
            cluster: self.cluster,
            resource,
            namespace: self.scope.namespace(),
            name,
            labels: self.query.labels.as_deref(),
            fields: self.query.fields.as_deref(),
        }
    }

    fn walk<'a>(&'a self, listing: Listing<'a>, from: Place, most: usize) -> Walk<'a> {
        let spans_namespaces = self.spans_namespaces(listing.resource);
        Walk { listing, query: self.query, from, most, deadline: self.deadline, spans_namespaces }
    }
}

fn bound(listing: &Listing<'_>) -> Option<String> {
    listing.withholds().then(|| withheld::SOME.to_owned())
}
