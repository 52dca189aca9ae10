//! What the call answers: the parts of every kind, how much of the whole they are, and how to go on.

use std::sync::Arc;

use serde_json::Value;

use super::{
    collect::Collected,
    cursor::{Cursor, Spot},
    manifests::Trimmed,
    projection::Line,
    query::Shape,
    show::Show,
    sort::Key,
    spread::Spread,
};
use crate::{
    output::{Document, Page, Resume, Table, manifest},
    tool::ToolError,
    toolsets::kubernetes::{discovery::Resource, targets::Target},
};

/// What was found of one kind, and what has to be said about it.
#[derive(Default)]
pub(super) struct Part {
    pub(super) found: Collected,
    pub(super) notes: Vec<String>,
    /// Where to go on in this kind.
    pub(super) next: Option<Spot>,
    /// There is nothing, which is said of all such kinds at once.
    pub(super) nothing: bool,
}

/// All parts so far.
#[derive(Default)]
pub(super) struct Answer {
    /// How many objects were shown by the calls that this one goes on with.
    before: usize,
    several: bool,
    /// Objects were asked for by name.
    named: bool,
    document: Document,
    manifests: Vec<Value>,
    /// Of each field that was asked for, whether any object has it.
    found: Vec<bool>,
    /// How many of them have what they are sorted by.
    keyed: usize,
    names: Vec<String>,
    pub(super) shown: usize,
    /// Behind each that is shown: the kind, and where its list goes on.
    after: Vec<Option<(usize, Spot)>>,
    /// How many fit, of which not all may be shown.
    matched: usize,
    total: Option<usize>,
    /// The kind to go on with, and where.
    pub(super) next: Option<(usize, Spot)>,
    /// Kinds of which there is nothing.
    nothing: Vec<Arc<Resource>>,
    /// Kinds that could not be had.
    pub(super) errors: Vec<ToolError>,
    has_parts: bool,
}

impl From<Spread> for Part {
    fn from(spread: Spread) -> Self {
        let Spread { found, next_namespace, note } = spread;
        let nothing = found.lines.is_empty() && next_namespace.is_none();
        let next = next_namespace.map(|it| Spot {
            namespace: Some(it.into()),
            place: found.next.clone().unwrap_or_default(),
        });
        Self { found, notes: vec![note], next, nothing }
    }
}

impl Answer {
    /// Goes on behind so many objects with these targets.
    pub(super) fn after(before: usize, targets: &[Target]) -> Self {
        let named = targets.iter().any(|it| !it.names.is_empty());
        Self { before, several: targets.len() > 1, named, ..Self::default() }
    }

    pub(super) fn add(&mut self, show: &Show<'_>, kind: usize, target: &Target, part: Part) {
        let query = show.query;
        let Part { found, notes, next, nothing } = part;
        self.has_parts = true;
        if nothing {
            self.nothing.push(Arc::clone(&target.resource));
        }
        let Collected {
            headers, is_usual, mut lines, looked_at, matched, total, cut_short, ..
        } = found;
        // What has no key comes last: when the first of them have none, none has.
        let has_key = |it: &&Line| it.key.as_ref().is_some_and(|it| *it != Key::Missing);
        self.keyed += lines.iter().filter(has_key).count();
        // While sorting, more is kept than is shown.
        lines.truncate(query.limit.saturating_sub(self.shown));
        let is_end = next.is_none() && !cut_short;
        self.matched += matched;
        // What the API server counts knows nothing of patterns and of other kinds.
        let counted = total.filter(|_| query.grep.is_none() && !self.several);
        self.total = if is_end { Some(self.before + self.matched) } else { counted };
        self.shown += lines.len();
        self.after.extend(lines.iter().map(|it| Some((kind, it.after.clone()?))));
        let document = std::mem::take(&mut self.document);
        let mut document = notes.into_iter().fold(document, Document::note);
        if self.several && !lines.is_empty() && matches!(query.shape, Shape::Table { .. }) {
            document = document.note(target.resource.full_name());
        }
        if query.grep.is_some() && (cut_short || !lines.is_empty()) {
            document = document.note(if next.is_some() && !cut_short {
                format!("the first {matched} matches, in the first {looked_at} rows")
            } else {
                format!("{matched} of {looked_at} rows match")
            });
        }
        if cut_short {
            document = document.note(format!(
                "only the first {looked_at} {} were looked at: narrow with label_selector or namespace",
                target.resource.plural
            ));
        }
        self.document = document;
        self.next = next.map(|it| (kind, it));
        self.show(show, &target.resource, (headers, is_usual), lines);
    }

    fn show(
        &mut self,
        show: &Show<'_>,
        resource: &Resource,
        (headers, is_usual): (Vec<String>, bool),
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
            Shape::Table { .. } => {
                let rows: Vec<Vec<String>> = lines.into_iter().map(|it| it.cells).collect();
                let table = Table::new(headers, rows);
                let document = std::mem::take(&mut self.document);
                let name = resource.full_name();
                self.document = if is_usual && PLAIN.contains(&name.as_str()) {
                    document.table(table)
                } else {
                    document.untrusted_table(&name, table)
                };
            }
        }
    }

    /// The document; the first error when there is nothing else.
    pub(super) fn finish(mut self, show: &Show<'_>) -> Result<Document, ToolError> {
        if !self.has_parts && !self.errors.is_empty() {
            return Err(self.errors.swap_remove(0));
        }
        let page = self.page(show);
        let Self { mut document, manifests, found, keyed, names, shown, nothing, errors, .. } =
            self;
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
        if let Some(text) = show.query.sorts_by_path().filter(|_| shown > 0 && keyed == 0) {
            document = document.note(format!("not sorted, since no object has {text}"));
        }
        document = errors.iter().map(ToString::to_string).fold(document, Document::note);
        if !nothing.is_empty() {
            document = document.note(show.nothing(&nothing));
        }
        Ok(document.page(page))
    }

    fn page(&mut self, show: &Show<'_>) -> Page {
        let Self { before, shown, .. } = *self;
        let question = show.query.question;
        let cursor = move |shown: usize, (kind, spot): (usize, Spot)| {
            Cursor { question, before: before + shown, kind, spot }.to_string()
        };
        let next = self.next.take();
        let is_end = next.is_none();
        let total = self.total.filter(|_| is_end || !self.several);
        let after = std::mem::take(&mut self.after);
        // Tables of several kinds are cut side by side, so that no one place is where they go on.
        let is_row = !(self.several && matches!(show.query.shape, Shape::Table { .. }));
        let resume = Resume::new(move |shown| {
            let last = after.get(shown.checked_sub(1)?).filter(|_| is_row)?;
            Some(cursor(shown, last.clone()?))
        });
        let goes_on = next.is_some();
        // Neither an order of one's own nor a list of names can be gone on with.
        let next = next.filter(|_| show.query.sort.is_none() && !self.named);
        let cursor = next.map(|it| cursor(shown, it));
        Page { before, shown, total, cursor, goes_on, resume, narrow: narrow(show), is_plain: true }
    }
}

/// The arguments that would leave less to show.
fn narrow(show: &Show<'_>) -> &'static str {
    match (&show.query.shape, show.scope.namespace()) {
        (Shape::Manifests { .. }, _) => "fields or label_selector",
        (Shape::Table { .. }, None) => "label_selector, namespace or grep",
        (Shape::Table { .. }, Some(_)) => "label_selector or grep",
        _ => "label_selector",
    }
}

/// Kinds whose own columns hold names, numbers and states, each checked by the API server. Anything else may be a sentence
/// that somebody wrote who may write such an object: the holder of a Lease, the message of an event, a column of a CRD.
const PLAIN: [&str; 24] = [
    "configmaps",
    "cronjobs.batch",
    "daemonsets.apps",
    "deployments.apps",
    "endpoints",
    "endpointslices.discovery.k8s.io",
    "horizontalpodautoscalers.autoscaling",
    "ingresses.networking.k8s.io",
    "jobs.batch",
    "limitranges",
    "namespaces",
    "networkpolicies.networking.k8s.io",
    "nodes",
    "persistentvolumeclaims",
    "persistentvolumes",
    "poddisruptionbudgets.policy",
    "pods",
    "replicasets.apps",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "serviceaccounts",
    "services",
    "statefulsets.apps",
];
