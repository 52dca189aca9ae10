//! Columns that the author of a custom resource chose: their cells are judged by the path that they show, whatever they are
//! called.

use serde::Deserialize;

use super::{
    cluster::JSON,
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

impl Listing<'_> {
    /// A table without what its columns show of secrets.
    pub(super) async fn without_secrets<T>(&self, mut table: Table<T>) -> Table<T> {
        let Some(paths) = self.paths(&table.column_definitions).await else { return table };
        for row in table.rows.iter_mut().flatten() {
            let cells = std::mem::take(&mut row.cells).into_iter().map(|it| it.0);
            let mut rows = [cells.collect::<Vec<_>>()];
            self.cluster.redactor().rows(&paths, &mut rows);
            row.cells = rows.into_iter().flatten().map(Cell).collect();
        }
        table
    }

    /// Of each column, empty where it is not known; `None` if no column has one.
    async fn paths(&self, definitions: &[ColumnDefinition]) -> Option<Vec<String>> {
        let told = |it: &ColumnDefinition| it.description.strip_prefix(TOLD).map(str::to_owned);
        let told: Vec<Option<String>> = definitions.iter().map(told).collect();
        let is_untold = |(one, path): (&ColumnDefinition, &Option<String>)| {
            path.is_none() && one.may_be_any_field()
        };
        let columns =
            if self.resource.is_built_in() || !definitions.iter().zip(&told).any(is_untold) {
                Vec::new()
            } else {
                self.columns().await.unwrap_or_default()
            };
        if columns.is_empty() && told.iter().all(Option::is_none) {
            return None;
        }
        let defined = |name: &str| columns.iter().find(|it| it.name == name);
        let paths = told.into_iter().zip(definitions).map(|(told, one)| {
            told.or_else(|| defined(&one.name).map(|it| it.json_path.clone())).unwrap_or_default()
        });
        Some(paths.collect())
    }

    /// `None` where the definition may not be read: names and looks still count.
    async fn columns(&self) -> Option<Vec<Column>> {
        let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        let path = format!("{definitions}/{}", self.resource.full_name());
        let definition: Definition = self.cluster.get_json(&path, JSON).await.ok()?;
        let mut versions = definition.spec.versions.into_iter();
        versions.find(|it| it.name == self.resource.version).map(|it| it.additional_printer_columns)
    }
}

impl ColumnDefinition {
    fn may_be_any_field(&self) -> bool {
        self.format != "name" && matches!(self.kind.as_str(), "string" | "integer" | "number")
    }
}
