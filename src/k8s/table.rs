//! The Table and List forms in which the API server answers, read straight into what is needed of them.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, IgnoredAny, Visitor},
};
use serde_json::Value;

pub(crate) const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ListMeta {
    #[serde(rename = "continue")]
    pub(crate) token: String,
    pub(crate) remaining_item_count: Option<usize>,
    /// Of a single object, from a server that prints no tables.
    pub(crate) name: String,
    pub(crate) creation_timestamp: Option<String>,
}

/// A Table; or, from a server that knows no Tables, the objects themselves.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound = "T: DeserializeOwned")]
pub(crate) struct Table<T> {
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) metadata: Option<ListMeta>,
    #[serde(default)]
    pub(crate) column_definitions: Vec<ColumnDefinition>,
    #[serde(default)]
    pub(crate) rows: Option<Vec<Row<T>>>,
    #[serde(default)]
    pub(crate) items: Option<Vec<Described>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct ColumnDefinition {
    pub(crate) name: String,
    #[serde(default, rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) format: String,
    #[serde(default)]
    pub(crate) description: String,
    /// Columns above 0 are for wide output.
    #[serde(default)]
    pub(crate) priority: i32,
}

/// Where the name stands: in nearly all tables first, in that of events not.
pub(crate) fn name_column(definitions: &[ColumnDefinition]) -> usize {
    definitions.iter().position(|it| it.name == "Name").unwrap_or(0)
}

#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
pub(crate) struct Row<T> {
    pub(crate) cells: Vec<Cell>,
    #[serde(default = "nothing")]
    pub(crate) object: Option<T>,
}

fn nothing<T>() -> Option<T> {
    None
}

/// A cell as text, whatever it was.
pub(crate) struct Cell(pub(crate) String);

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CellVisitor)
    }
}

struct CellVisitor;

impl<'de> Visitor<'de> for CellVisitor {
    type Value = Cell;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a cell of a table")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Cell, E> {
        Ok(Cell(text.to_owned()))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Cell, E> {
        Ok(Cell(value.to_string()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Cell, E> {
        Ok(Cell(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Cell, E> {
        Ok(Cell(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Cell, E> {
        Ok(Cell(value.to_string()))
    }

    fn visit_unit<E: Error>(self) -> Result<Cell, E> {
        Ok(Cell(String::new()))
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<Cell, A::Error> {
        let mut texts = Vec::new();
        while let Some(value) = list.next_element::<Value>()? {
            texts.push(value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
        Ok(Cell(texts.join(",")))
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Cell, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Cell("{…}".to_owned()))
    }
}

/// An object of which only the metadata counts.
#[derive(Debug, Deserialize)]
pub(crate) struct Described {
    #[serde(default)]
    pub(crate) metadata: Meta,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Meta {
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) owner_references: Vec<Owner>,
    pub(crate) creation_timestamp: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Owner {
    pub(crate) kind: String,
    pub(crate) name: String,
}

impl Meta {
    /// `ReplicaSet/web-5d4`, or the Deployment behind it when the pod's own hash shows which one.
    pub(crate) fn owner(&self) -> String {
        let Some(Owner { kind, name }) = self.owner_references.first() else {
            return String::new();
        };
        let hash = self.labels.get("pod-template-hash");
        let deployment = hash.and_then(|it| name.strip_suffix(it)?.strip_suffix('-'));
        match deployment.filter(|_| kind == "ReplicaSet") {
            Some(deployment) => format!("Deployment/{deployment}"),
            None => format!("{kind}/{name}"),
        }
    }
}

/// A List of whole objects.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Objects {
    #[serde(default)]
    pub(crate) metadata: ListMeta,
    #[serde(default)]
    pub(crate) items: Option<Vec<Value>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table<Described> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn cells_of_every_type_become_text() {
        let table = table(
            r#"{"kind": "Table", "columnDefinitions": [], "rows": [{"cells": ["a", 1, -2, 1.5, true, null, ["x", 2], {"y": 1}], "object": null}]}"#,
        );
        let cells: Vec<String> =
            table.rows.unwrap().into_iter().flat_map(|it| it.cells).map(|it| it.0).collect();
        assert_eq!(cells, ["a", "1", "-2", "1.5", "true", "", "x,2", "{…}"]);
    }

    #[test]
    fn the_name_is_found_where_it_does_not_stand_first() {
        let table = table(
            r#"{"kind": "Table", "columnDefinitions": [{"name": "Last Seen", "priority": 0}, {"name": "Name", "priority": 1}], "rows": null}"#,
        );
        assert_eq!(name_column(&table.column_definitions), 1);
        assert_eq!(name_column(&[]), 0);
    }

    #[test]
    fn a_server_without_tables_gives_its_objects() {
        let list = table(
            r#"{"kind": "PodMetricsList", "metadata": {}, "items": [{"metadata": {"name": "web"}}]}"#,
        );
        assert_eq!(list.items.unwrap()[0].metadata.name, "web");
        let single = table(r#"{"kind": "PodMetrics", "metadata": {"name": "web", "labels": {}}}"#);
        assert_eq!(single.metadata.unwrap().name, "web");
    }

    #[test]
    fn the_owner_of_a_pod_is_the_deployment_when_its_hash_says_so() {
        let owner = |labels: &str| {
            let text = format!(
                r#"{{"labels": {labels}, "ownerReferences": [{{"kind": "ReplicaSet", "name": "web-5d4"}}]}}"#
            );
            serde_json::from_str::<Meta>(&text).unwrap().owner()
        };
        assert_eq!(owner(r#"{"pod-template-hash": "5d4"}"#), "Deployment/web");
        assert_eq!(owner("{}"), "ReplicaSet/web-5d4");
        assert_eq!(Meta::default().owner(), "");
    }
}
