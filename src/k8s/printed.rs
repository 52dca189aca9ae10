//! Columns that the author of a custom resource chose: their cells are judged by the path that they show, whatever they are
//! called, as far as the table or the definition tells it.

use std::{
    collections::HashMap,
    iter::repeat,
    sync::{Arc, Mutex, PoisonError},
};

use serde::Deserialize;
use serde_json::Value;
use tokio::sync::OnceCell;

use super::{
    cluster::JSON,
    discovery::Resource,
    error::ApiError,
    listing::Listing,
    path::Path,
    table::{Cell, ColumnDefinition, Table},
};

/// Stands for what may be a secret, and of which nobody knows whether it is.
const UNKNOWN: &str = "[not shown]";

/// How the API server describes a column that its author does not.
const TOLD: &str = "Custom resource definition column (in JSONPath format): ";

/// Of a definition only what columns need: the rest can be a megabyte of schema.
#[derive(Deserialize)]
struct Definition {
    spec: Spec,
}

#[derive(Deserialize)]
struct Spec {
    versions: Vec<Version>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    name: String,
    #[serde(default)]
    additional_printer_columns: Vec<Column>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Column {
    name: String,
    json_path: String,
}

/// The definitions that one call has asked for, by resource and version: its pages ask once.
#[derive(Default)]
pub(crate) struct Definitions(Mutex<HashMap<String, Arc<OnceCell<Vec<Column>>>>>);

impl Definitions {
    fn entry(&self, resource: &Resource) -> Arc<OnceCell<Vec<Column>>> {
        let key = format!("{}/{}", resource.full_name(), resource.version);
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(entries.entry(key).or_default())
    }
}

impl Listing<'_> {
    /// A table without what its columns show of secrets.
    pub(crate) async fn without_secrets<T>(
        &self,
        mut table: Table<T>,
        token: Option<&str>,
        limit: usize,
    ) -> Result<Table<T>, ApiError> {
        let Some(paths) = self.paths(&table.column_definitions).await? else { return Ok(table) };
        if paths.iter().any(|it| needs_the_object(it)) {
            let whole = self.included::<Value>("Object", token, limit).await?;
            self.compare(&mut table, &whole, &paths);
        }
        for row in table.rows.iter_mut().flatten() {
            let cells = std::mem::take(&mut row.cells).into_iter().map(|it| it.0);
            let mut rows = [cells.collect::<Vec<_>>()];
            self.cluster.redactor().rows(&paths, &mut rows);
            row.cells = rows.into_iter().flatten().map(Cell).collect();
        }
        Ok(table)
    }

    /// Shows what the object itself would show at the path of a column. Of a cell that is not the same any more nobody knows.
    fn compare<T>(&self, table: &mut Table<T>, whole: &Table<Value>, paths: &[String]) {
        let parsed: Vec<Option<Path>> = paths.iter().map(|it| judged(it)).collect();
        let mut rows = whole.rows.iter().flatten();
        for row in table.rows.iter_mut().flatten() {
            let same = rows.next();
            let object = same.and_then(|it| it.object.as_ref());
            let redacted = object.map(|it| {
                let mut object = self.typed(it.clone());
                self.cluster.redactor().manifest(&mut object);
                object
            });
            let cells = same.iter().flat_map(|it| &it.cells).map(Some).chain(repeat(None));
            for ((cell, path), now) in row.cells.iter_mut().zip(&parsed).zip(cells) {
                let Some(path) = path else { continue };
                let is_same = now.is_some_and(|it| it.0 == cell.0);
                match object.zip(redacted.as_ref()).filter(|_| is_same) {
                    Some((object, redacted)) if path.text(object) == path.text(redacted) => {}
                    Some((_, redacted)) => cell.0 = path.text(redacted),
                    None => UNKNOWN.clone_into(&mut cell.0),
                }
            }
        }
    }

    /// Of each column, empty where it is not known; `None` if no column has one.
    async fn paths(
        &self,
        definitions: &[ColumnDefinition],
    ) -> Result<Option<Vec<String>>, ApiError> {
        let mut paths: Vec<_> = definitions.iter().map(ColumnDefinition::told).collect();
        let mut columns = definitions.iter().zip(&paths);
        let is_untold = columns.any(|(one, path)| path.is_none() && one.may_be_any_field());
        if is_untold && !self.resource.is_built_in() {
            let defined = self.cluster.printed().entry(self.resource);
            let defined = defined.get_or_try_init(|| self.columns()).await?;
            fill(&mut paths, definitions, defined);
        }
        let is_known = paths.iter().any(Option::is_some);
        Ok(is_known.then(|| paths.into_iter().map(Option::unwrap_or_default).collect()))
    }

    /// None where there is no definition, and where it may not be read, as most users may not: names and looks still count. Any
    /// other failure is one of the list, or what the columns show would depend on how busy the server is.
    async fn columns(&self) -> Result<Vec<Column>, ApiError> {
        let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        let path = format!("{definitions}/{}", self.resource.full_name());
        let definition: Definition = match self.cluster.get_json(&path, JSON).await {
            Err(error) if error.is_forbidden() || error.is_not_found() => return Ok(Vec::new()),
            other => other?,
        };
        let mut versions = definition.spec.versions.into_iter();
        let version = versions.find(|it| it.name == self.resource.version);
        Ok(version.map_or_else(Vec::new, |it| it.additional_printer_columns))
    }
}

/// Whether it depends on what is around the field: the name beside a value, or the kind of an object within the object.
fn needs_the_object(path: &str) -> bool {
    let last = path.rsplit(['.', '[', ']', '\'', '"', '}']).find(|it| !it.is_empty());
    let within =
        |field: &str| path.contains(&format!(".{field}")) || path.contains(&format!("'{field}'"));
    let is_value = last.is_some_and(|it| matches!(it, "value" | "val" | "*"));
    is_value || ["data", "stringData", "binaryData"].into_iter().any(within)
}

fn judged(path: &str) -> Option<Path> {
    needs_the_object(path).then(|| Path::parse(path).ok()).flatten()
}

/// Several columns may have one name: they are in the table in the order of their definition.
fn fill(paths: &mut [Option<String>], definitions: &[ColumnDefinition], defined: &[Column]) {
    let mut left: Vec<&Column> = defined.iter().collect();
    for (path, one) in paths.iter_mut().zip(definitions).filter(|it| !it.1.is_name()) {
        if let Some(place) = left.iter().position(|it| it.name == one.name) {
            let column = left.remove(place);
            path.get_or_insert_with(|| column.json_path.clone());
        }
    }
}

impl ColumnDefinition {
    fn told(&self) -> Option<String> {
        self.description.strip_prefix(TOLD).map(str::to_owned)
    }

    /// The one that the server puts first; no author may give a column this format.
    fn is_name(&self) -> bool {
        self.format == "name"
    }

    fn may_be_any_field(&self) -> bool {
        !self.is_name() && matches!(self.kind.as_str(), "string" | "integer" | "number")
    }
}
