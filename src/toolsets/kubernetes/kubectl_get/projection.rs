//! From what the API server gave of an object to the line that shows it.

use serde_json::Value;

use super::{
    cursor::Spot,
    manifests::{Trim, Trimmed},
    query::{Column, Query, Shape, What},
    sort::Key,
};
use crate::{
    nearest::nearest,
    output::{Redactor, hinted},
    tool::ToolError,
    toolsets::kubernetes::{
        few::briefly,
        listing::{Listing, Need, RawRow, Thing},
        path::Path,
        table::{Cell, ColumnDefinition, Meta, name_column},
    },
};

/// Where the containers of pods and of workloads are.
const IMAGES: [&str; 3] = [
    ".spec.containers[*].image",
    ".spec.template.spec.containers[*].image",
    ".spec.jobTemplate.spec.template.spec.containers[*].image",
];

/// One object, ready to be shown.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) cells: Vec<String>,
    pub(super) key: Option<Key>,
    /// With manifests only.
    pub(super) manifest: Option<Trimmed>,
    /// Where the list goes on behind it.
    pub(super) after: Option<Spot>,
}

pub(super) struct Projection {
    pub(super) headers: Vec<String>,
    /// Every cell is of a column that the API server shows without being asked.
    pub(super) is_usual: bool,
    /// The names of all columns that the API server gives.
    printed: Vec<String>,
    picks: Vec<Pick>,
    sort: Option<Pick>,
    /// The label that rows are sorted by.
    sorts_by: Option<String>,
    /// Rows are looked at before they are shown.
    scans: bool,
    /// With manifests only.
    trim: Option<Trim>,
}

enum Pick {
    Cell(usize),
    Images(Vec<Path>),
    Owner,
    Namespace,
    Labels,
    Label(String),
    Path(Path),
}

/// How much of each object a query needs.
pub(super) fn need(query: &Query, spans_namespaces: bool) -> Need {
    let base = match query.shape {
        Shape::Manifests { .. } => return Need::Manifest,
        Shape::Table { .. } | Shape::Names if spans_namespaces => Need::Metadata,
        _ => Need::Cells,
    };
    let of_column = |column: &Column| match &column.what {
        What::Printed => Need::Cells,
        What::Owner | What::Namespace | What::Labels | What::Label(_) => Need::Metadata,
        What::Path(path) if path.is_below("metadata") => Need::RawMetadata,
        What::Images | What::Path(_) => Need::Object,
    };
    query.columns().map(of_column).fold(base, Ord::max)
}

impl Projection {
    /// `spans_namespaces`: each line says where its object is.
    pub(super) fn new(
        query: &Query,
        definitions: &[ColumnDefinition],
        spans_namespaces: bool,
    ) -> Result<Self, ToolError> {
        let sort =
            query.sort.as_ref().map(|it| pick("sort_by", &it.by, definitions)).transpose()?;
        let (picks, headers) = match &query.shape {
            Shape::Table { wide, columns } if columns.is_empty() => printed(definitions, *wide),
            Shape::Table { columns, .. } => chosen(definitions, columns)?,
            Shape::Names => name(definitions),
            Shape::Manifests { .. } => (Vec::new(), Vec::new()),
        };
        let (mut picks, mut headers) = (picks, headers);
        if spans_namespaces && matches!(query.shape, Shape::Names) {
            picks.push(Pick::Namespace);
        }
        let table = matches!(query.shape, Shape::Table { .. });
        if spans_namespaces && table && !headers.iter().any(|it| it == "NAMESPACE") {
            picks.insert(0, Pick::Namespace);
            headers.insert(0, "NAMESPACE".to_owned());
        }
        let trim = match &query.shape {
            Shape::Manifests { trim, .. } => Some(trim.clone()),
            _ => None,
        };
        let printed = definitions.iter().map(|it| it.name.clone()).collect();
        let by_label = query.sort.as_ref().filter(|it| matches!(it.by.what, What::Label(_)));
        let sorts_by = by_label.map(|it| it.by.text.clone());
        let is_usual = picks.iter().all(|it| match it {
            Pick::Cell(index) => definitions.get(*index).is_some_and(|it| it.priority == 0),
            Pick::Namespace => true,
            _ => false,
        });
        Ok(Self { headers, is_usual, printed, picks, sort, sorts_by, scans: query.scans(), trim })
    }

    pub(super) fn line(&self, row: RawRow, listing: &Listing<'_>) -> Line {
        let RawRow { cells, thing } = row;
        let cells: Vec<String> = cells.into_iter().map(|it| it.0).collect();
        let thing = self.redacted(thing, listing);
        let redactor = listing.cluster.redactor();
        let key = self.sort.as_ref().map(|it| match &self.sorts_by {
            // What is asked for by a label's name is as secret as that name.
            Some(name) => Key::of_cell(&seen(name, it.text(&cells, &thing, listing), redactor)),
            None => it.key(&cells, &thing, listing),
        });
        let mut shown: Vec<String> =
            self.picks.iter().map(|it| it.text(&cells, &thing, listing)).collect();
        if self.scans {
            redactor.rows(&self.headers, std::slice::from_mut(&mut shown));
        }
        let manifest = match (thing, &self.trim) {
            (Thing::Whole(object), Some(trim)) => Some(trim.of(object, redactor)),
            _ => None,
        };
        Line { cells: shown, key, manifest, after: None }
    }

    /// A pattern or an order sees no more of a cell than the answer would show.
    pub(super) fn redact(&self, rows: &mut [RawRow], redactor: &Redactor) {
        let take = |it: &mut RawRow| std::mem::take(&mut it.cells).into_iter().map(|it| it.0);
        let mut cells: Vec<Vec<String>> = rows.iter_mut().map(|it| take(it).collect()).collect();
        redactor.rows(&self.printed, &mut cells);
        for (row, cells) in rows.iter_mut().zip(cells) {
            row.cells = cells.into_iter().map(Cell).collect();
        }
    }

    /// A path reaches no further than what a manifest would show. Manifests themselves are redacted when they are rendered.
    fn redacted(&self, thing: Thing, listing: &Listing<'_>) -> Thing {
        let by_path = |it: &Pick| matches!(it, Pick::Path(_));
        match thing {
            Thing::Whole(object) if self.picks.iter().chain(&self.sort).any(by_path) => {
                let mut object = listing.typed(object);
                listing.cluster.redactor().manifest(&mut object);
                Thing::Whole(object)
            }
            other => other,
        }
    }
}

/// A cell under that name, as an answer would show it.
fn seen(name: &str, text: String, redactor: &Redactor) -> String {
    let mut row = vec![vec![text]];
    redactor.rows(&[name.to_owned()], &mut row);
    row.into_iter().flatten().collect()
}

impl Pick {
    fn text(&self, cells: &[String], thing: &Thing, listing: &Listing<'_>) -> String {
        match (self, thing) {
            (Self::Cell(index), _) => cells.get(*index).cloned().unwrap_or_default(),
            (Self::Path(path), Thing::Whole(object)) => path.text(object),
            (Self::Images(paths), Thing::Whole(object)) => {
                let mut found = paths.iter().map(|it| it.text(object));
                found.find(|it| !it.is_empty()).unwrap_or_default()
            }
            (_, Thing::Whole(object)) => self.of_meta(&meta(object), listing),
            (_, Thing::Described(meta)) => self.of_meta(meta, listing),
            (_, Thing::Unknown) => self.of_meta(&Meta::default(), listing),
        }
    }

    fn of_meta(&self, meta: &Meta, listing: &Listing<'_>) -> String {
        match self {
            Self::Namespace => {
                let namespace = meta.namespace.as_deref().or(listing.namespace);
                namespace.unwrap_or_default().to_owned()
            }
            Self::Owner => meta.owner(),
            Self::Label(key) => meta.labels.get(key).cloned().unwrap_or_default(),
            Self::Labels => {
                let pairs: Vec<String> =
                    meta.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
                pairs.join(",")
            }
            Self::Cell(_) | Self::Images(_) | Self::Path(_) => String::new(),
        }
    }

    fn key(&self, cells: &[String], thing: &Thing, listing: &Listing<'_>) -> Key {
        match (self, thing) {
            (Self::Cell(index), _) => cells.get(*index).map_or(Key::Missing, |it| Key::of_cell(it)),
            (Self::Path(path), Thing::Whole(object)) => {
                Key::of_value(path.find(object).first().copied())
            }
            _ => Key::of_cell(&self.text(&[], thing, listing)),
        }
    }
}

fn printed(definitions: &[ColumnDefinition], wide: bool) -> (Vec<Pick>, Vec<String>) {
    let shown = definitions.iter().enumerate().filter(|(_, it)| wide || it.priority == 0);
    shown.map(|(index, it)| (Pick::Cell(index), it.name.to_uppercase())).unzip()
}

fn name(definitions: &[ColumnDefinition]) -> (Vec<Pick>, Vec<String>) {
    (vec![Pick::Cell(name_column(definitions))], vec!["NAME".to_owned()])
}

/// The name, and then what was asked for.
fn chosen(
    definitions: &[ColumnDefinition],
    columns: &[Column],
) -> Result<(Vec<Pick>, Vec<String>), ToolError> {
    let (mut picks, mut headers) = name(definitions);
    for column in columns.iter().filter(|it| !it.text.eq_ignore_ascii_case("name")) {
        picks.push(pick("columns", column, definitions)?);
        headers.push(match column.what {
            // These are read letter by letter.
            What::Path(_) | What::Label(_) => column.text.clone(),
            _ => column.text.to_uppercase(),
        });
    }
    Ok((picks, headers))
}

fn pick(
    argument: &str,
    column: &Column,
    definitions: &[ColumnDefinition],
) -> Result<Pick, ToolError> {
    Ok(match &column.what {
        What::Images => Pick::Images(paths(&IMAGES)),
        What::Owner => Pick::Owner,
        What::Namespace => Pick::Namespace,
        What::Labels => Pick::Labels,
        What::Label(key) => Pick::Label(key.clone()),
        What::Path(path) => Pick::Path(path.clone()),
        What::Printed => printed_column(argument, &column.text, definitions)?,
    })
}

/// Manifests have no columns; these names stand for paths in every object.
fn printed_column(
    argument: &str,
    name: &str,
    definitions: &[ColumnDefinition],
) -> Result<Pick, ToolError> {
    let plain = |it: &str| it.to_ascii_lowercase().replace(['-', '_', ' '], "");
    if let Some(index) = definitions.iter().position(|it| plain(&it.name) == plain(name)) {
        return Ok(Pick::Cell(index));
    }
    let path = match plain(name).as_str() {
        "name" => ".metadata.name",
        "age" | "created" if definitions.is_empty() => ".metadata.creationTimestamp",
        _ => return Err(unknown(argument, name, definitions)),
    };
    paths(&[path]).pop().map(Pick::Path).ok_or_else(|| unknown(argument, name, definitions))
}

fn unknown(argument: &str, name: &str, definitions: &[ColumnDefinition]) -> ToolError {
    let printed: Vec<String> = definitions.iter().map(|it| it.name.to_lowercase()).collect();
    let own = ["image", "owner", "namespace", "labels"];
    let known: Vec<&str> = printed.iter().map(String::as_str).chain(own).collect();
    let hint = nearest(name, known.iter().copied()).map(|it| format!("did you mean `{it}`? "));
    let hint = format!(
        "{}known are {}, labels:KEY and JSONPaths such as .spec.nodeName",
        hint.unwrap_or_default(),
        known.join(", ")
    );
    let wrong = format!("`{argument}`: there is no column {}", briefly(name));
    ToolError::invalid(hinted(&wrong, &hint))
}

fn meta(object: &Value) -> Meta {
    let metadata = object.get("metadata").cloned().unwrap_or_default();
    serde_json::from_value(metadata).unwrap_or_default()
}

fn paths(texts: &[&str]) -> Vec<Path> {
    texts.iter().filter_map(|it| Path::parse(it).ok()).collect()
}
