//! What the call answers: a row for what happened, and how much of all that is.

use jiff::Timestamp;

use super::{
    collect::Found,
    folded::{Folded, fold},
    query::Query,
    subjects::{Owner, Subjects},
};
use crate::{
    output::{Document, Page, Table},
    tool::ToolError,
    toolsets::kubernetes::{
        cluster::Cluster,
        listing::{Listing, Need},
        missing::{missing, missing_namespace},
        targets::Scope,
    },
};

const NARROW: &str = "type, reason, since or grep";

pub(super) struct Answer<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) query: &'a Query,
    pub(super) subjects: &'a Subjects,
    pub(super) now: Timestamp,
}

impl Answer<'_> {
    pub(super) async fn document(&self, found: Found) -> Result<Document, ToolError> {
        let Found { events, looked_at, is_cut, note } = found;
        let mut document = note.into_iter().fold(Document::new(), Document::note);
        if is_cut {
            document = document.note(format!(
                "only {looked_at} events were looked at, not all of the newest: narrow with namespace, resource or type"
            ));
        }
        if events.is_empty() {
            self.check().await?;
            return Ok(document.note(self.nothing(looked_at)));
        }
        let matched = events.len();
        let mut rows = fold(events);
        let total = rows.len();
        rows.truncate(self.query.limit);
        if let Some(owned) = self.owned() {
            document = document.note(owned);
        }
        if self.query.picks() && matched < looked_at {
            document = document.note(format!("{matched} of {looked_at} events fit"));
        }
        let shown = rows.len();
        let table = self.table(&rows);
        document = document.untrusted_table("events", table);
        if shown < total {
            let page = Page { shown, total: Some(total), narrow: NARROW, ..Page::default() };
            return Ok(document.page(page));
        }
        Ok(document.narrow(NARROW))
    }

    /// The namespace is told only where there can be several.
    fn table(&self, rows: &[Folded]) -> Table {
        let spans_namespaces = self.subjects.scope.namespace().is_none();
        let cells = |it: &Folded| it.cells(self.now, spans_namespaces);
        Table::new(Folded::headers(spans_namespaces), rows.iter().map(cells).collect())
    }

    /// An object or a namespace that does not exist is more likely a slip than a quiet one.
    async fn check(&self) -> Result<(), ToolError> {
        let namespace = self.subjects.scope.namespace();
        if let Some(problem) = missing_namespace(self.cluster, namespace).await {
            return Err(problem);
        }
        for Owner { resource, name } in &self.subjects.of {
            let Some(name) = name.as_deref() else { continue };
            let listing =
                Listing { namespace, name: Some(name), ..Listing::of_all(self.cluster, resource) };
            match listing.page(Need::Cells, None, 1).await {
                Err(error) if error.is_not_found() => return Err(missing(&listing, name).await),
                _ => {}
            }
        }
        Ok(())
    }

    /// `no events of pods web-1 in namespace shop`
    fn nothing(&self, looked_at: usize) -> String {
        let of = match self.subjects.told() {
            told if told.is_empty() => told,
            told => format!(" of {told}"),
        };
        let place = match &self.subjects.scope {
            Scope::All => " in any namespace".to_owned(),
            Scope::One { namespace, named: true } => format!(" in namespace {namespace}"),
            Scope::One { namespace, named: false } => {
                format!(
                    " in namespace {namespace} (the context's own); all_namespaces looks everywhere"
                )
            }
        };
        let fitting = if self.query.picks() { " that fit" } else { "" };
        let seen = if looked_at > 0 {
            format!("; {looked_at} others were looked at")
        } else {
            String::new()
        };
        format!("no events{of}{fitting}{place}{seen} (clusters keep them for about an hour)")
    }

    /// That more than the object's own events are shown.
    fn owned(&self) -> Option<String> {
        let owners = self.subjects.of.iter().filter(|it| it.owns());
        let names: Vec<&str> = owners.filter_map(|it| it.name.as_deref()).collect();
        (!names.is_empty()).then(|| format!("with those of what {} owns", names.join(", ")))
    }
}
