//! Columns that the author of a custom resource chose: their cells are judged by the path that they show, whatever they are
//! called, as far as the table or the definition tells it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use serde::Deserialize;
use tokio::sync::OnceCell;

use super::{
    cluster::JSON,
    discovery::Resource,
    error::ApiError,
    listing::Listing,
    table::{Cell, ColumnDefinition, Table},
};

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
pub(super) struct Definitions(Mutex<HashMap<String, Arc<OnceCell<Vec<Column>>>>>);

impl Definitions {
    fn entry(&self, resource: &Resource) -> Arc<OnceCell<Vec<Column>>> {
        let key = format!("{}/{}", resource.full_name(), resource.version);
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(entries.entry(key).or_default())
    }
}

impl Listing<'_> {
    /// A table without what its columns show of secrets.
    pub(super) async fn without_secrets<T>(
        &self,
        mut table: Table<T>,
    ) -> Result<Table<T>, ApiError> {
        let Some(paths) = self.paths(&table.column_definitions).await? else { return Ok(table) };
        for row in table.rows.iter_mut().flatten() {
            let cells = std::mem::take(&mut row.cells).into_iter().map(|it| it.0);
            let mut rows = [cells.collect::<Vec<_>>()];
            self.cluster.redactor().rows(&paths, &mut rows);
            row.cells = rows.into_iter().flatten().map(Cell).collect();
        }
        Ok(table)
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
