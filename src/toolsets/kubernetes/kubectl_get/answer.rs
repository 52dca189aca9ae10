//! What the call answers: the parts of every kind, how much of the whole they are, and how to go on.

use std::sync::Arc;

use serde_json::Value;

use super::{
    collect::Collected,
    cursor::{Cursor, Place},
    manifests::Trimmed,
    projection::Line,
    query::{Column, Shape, What},
    show::Show,
    spread::Spread,
};
use crate::{
    output::{Document, Page, Table, manifest},
    tool::ToolError,
    toolsets::kubernetes::{discovery::Resource, targets::Target},
};

/// What was found of one kind, and what has to be said about it.
#[derive(Default)]
pub(super) struct Part {
    pub(super) found: Collected,
    pub(super) notes: Vec<String>,
    /// Where to go on in this kind.
    pub(super) next: Option<(Option<String>, Place)>,
    /// There is nothing, which is said of all such kinds at once.
    pub(super) nothing: bool,
}

/// All parts so far.
#[derive(Default)]
pub(super) struct Answer {
    document: Document,
    manifests: Vec<Value>,
    /// Of each field that was asked for, whether any object has it.
    found: Vec<bool>,
    names: Vec<String>,
    pub(super) shown: usize,
    total: Option<usize>,
    pub(super) cursor: Option<Cursor>,
    /// Kinds of which there is nothing.
    nothing: Vec<Arc<Resource>>,
    /// Kinds that could not be had.
    pub(super) errors: Vec<ToolError>,
    has_parts: bool,
}

impl Part {
    /// Where the whole answer goes on when this is the part of that kind.
    pub(super) fn cursor(&self, kind: usize) -> Option<Cursor> {
        let (namespace, place) = self.next.clone()?;
        Some(Cursor { kind, namespace, place })
    }
}

impl From<Spread> for Part {
    fn from(spread: Spread) -> Self {
        let Spread { found, next_namespace, note } = spread;
        let nothing = found.lines.is_empty() && next_namespace.is_none();
        let next = next_namespace.map(|it| (Some(it), found.next.clone().unwrap_or_default()));
        Self { found, notes: vec![note], next, nothing }
    }
}

impl Answer {
    pub(super) fn add(&mut self, show: &Show<'_>, target: &Target, part: Part, several: bool) {
        let query = show.query;
        let Part { found, notes, next, nothing } = part;
        self.has_parts = true;
        if nothing {
            self.nothing.push(Arc::clone(&target.resource));
        }
        let Collected { headers, mut lines, looked_at, matched, total, cut_short, .. } = found;
        // While sorting, more is kept than is shown.
        lines.truncate(query.limit.saturating_sub(self.shown));
        let is_end = next.is_none() && !cut_short;
        let total = if is_end { Some(matched) } else { total.filter(|_| query.grep.is_none()) };
        self.total = total.map(|it| self.shown + it);
        self.shown += lines.len();
        let document = std::mem::take(&mut self.document);
        let mut document = notes.into_iter().fold(document, Document::note);
        if several && !lines.is_empty() && matches!(query.shape, Shape::Table { .. }) {
            document = document.note(target.resource.full_name());
        }
        if query.grep.is_some() && (cut_short || !lines.is_empty()) {
            document = document.note(format!("{matched} of {looked_at} rows match"));
        }
        if cut_short {
            document = document.note(format!(
                "only the first {looked_at} {} were looked at: narrow with label_selector or namespace",
                target.resource.plural
            ));
        }
        self.document = document;
        self.show(show, &target.resource, headers, lines);
    }

    fn show(
        &mut self,
        show: &Show<'_>,
        resource: &Resource,
        headers: Vec<String>,
        lines: Vec<Line>,
    ) {
        match &show.query.shape {
            _ if lines.is_empty() => {}
            Shape::Names => {
                let prefix = resource.full_name().replacen(&resource.plural, &resource.singular, 1);
                // A name says little without its namespace where there are several.
                let names = lines.into_iter().map(|it| it.cells.join(" -n "));
                self.names.extend(names.map(|it| format!("{prefix}/{it}")));
            }
            Shape::Manifests { .. } => {
                for Trimmed { object, found } in lines.into_iter().filter_map(|it| it.manifest) {
                    self.found.resize(found.len(), false);
                    self.found.iter_mut().zip(found).for_each(|(any, this)| *any |= this);
                    self.manifests.push(object);
                }
            }
            Shape::Table { .. } | Shape::Summary => {
                let rows: Vec<Vec<String>> = lines.into_iter().map(|it| it.cells).collect();
                let empty = nowhere(&headers, &rows);
                let table = Table::new(headers, rows);
                let document = std::mem::take(&mut self.document);
                let document = if quotes_others(&show.query.shape, resource) {
                    document.untrusted_table(&resource.full_name(), table)
                } else {
                    document.table(table)
                };
                self.document = match empty {
                    Some(empty) if show.query.columns().next().is_some() => document.note(empty),
                    _ => document,
                };
            }
        }
    }

    /// The document; the first error when there is nothing else.
    pub(super) fn finish(self, show: &Show<'_>) -> Result<Document, ToolError> {
        let Self {
            mut document,
            manifests,
            found,
            names,
            shown,
            total,
            cursor,
            nothing,
            mut errors,
            has_parts,
        } = self;
        if !has_parts && !errors.is_empty() {
            return Err(errors.swap_remove(0));
        }
        if let (Shape::Manifests { format, trim }, false) =
            (&show.query.shape, manifests.is_empty())
        {
            document = document.manifests(manifests, *format);
            if trim.cleans() {
                document = document.note(manifest::LEFT_OUT);
            }
            let missing = trim.fields.iter().zip(found).filter(|it| !it.1).map(|it| it.0);
            let missing: Vec<&str> = missing.map(|it| it.text.as_str()).collect();
            if !missing.is_empty() {
                document = document.note(format!("in no object: {}", missing.join(", ")));
            }
        }
        if !names.is_empty() {
            document = document.lines(names);
        }
        document = errors.iter().map(ToString::to_string).fold(document, Document::note);
        if !nothing.is_empty() {
            document = document.note(show.nothing(&nothing));
        }
        let is_whole = cursor.is_none() && total.is_none_or(|it| it <= shown);
        if is_whole {
            return Ok(document);
        }
        let cursor = cursor.map(|it| it.to_string());
        let narrow = "label_selector, namespace or grep";
        Ok(document.page(Page { shown, total, cursor, narrow }))
    }
}

/// Whether cells can hold sentences. The API server's own columns of its own kinds hold names, numbers and states; the
/// others show what anybody wrote who may write such an object.
fn quotes_others(shape: &Shape, resource: &Resource) -> bool {
    let free = |it: &Column| {
        matches!(it.what, What::Images | What::Label(_) | What::Labels | What::Path(_))
    };
    let chosen = match shape {
        Shape::Table { wide, columns } => *wide || columns.iter().any(free),
        _ => false,
    };
    chosen || !resource.is_built_in() || resource.plural == "events"
}

/// A column that was asked for and is empty in every row is more likely a slip than an answer.
fn nowhere(headers: &[String], rows: &[Vec<String>]) -> Option<String> {
    let is_empty = |index: usize| rows.iter().all(|it| it.get(index).is_none_or(String::is_empty));
    let empty = headers.iter().enumerate().filter(|it| is_empty(it.0));
    let empty: Vec<&str> = empty.map(|it| it.1.as_str()).collect();
    (!empty.is_empty()).then(|| format!("empty in every row: {}", empty.join(", ")))
}
