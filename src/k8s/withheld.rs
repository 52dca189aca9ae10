//! The operator's namespaces bound the list of namespaces too: one that is not allowed is neither shown nor counted.

use serde_json::Value;

use super::{
    listing::Listing,
    table::{Objects, Row, Table, name_column},
};

/// Whoever sees only some must not take them for all.
pub(crate) const SOME: &str = "only namespaces that are allowed by policy (policy.namespaces)";

impl Listing<'_> {
    /// Whether it is of namespaces, of which only some are allowed. A single one has passed the guard.
    pub(crate) fn withholds(&self) -> bool {
        let is_namespaces = self.resource.group.is_empty() && self.resource.plural == "namespaces";
        is_namespaces && self.cluster.guard().restricts_namespaces()
    }

    pub(crate) fn without_others<T>(&self, mut table: Table<T>) -> Table<T> {
        if !self.withholds() {
            return table;
        }
        let column = name_column(&table.column_definitions);
        let is_allowed = |row: &Row<T>| row.cells.get(column).is_some_and(|it| self.allows(&it.0));
        table.rows.iter_mut().for_each(|it| it.retain(is_allowed));
        table.items.iter_mut().for_each(|it| it.retain(|it| self.allows(&it.metadata.name)));
        table.metadata.iter_mut().for_each(|it| it.remaining_item_count = None);
        table
    }

    pub(crate) fn without_other_objects(&self, mut list: Objects) -> Objects {
        if !self.withholds() {
            return list;
        }
        let name =
            |it: &Value| it.pointer("/metadata/name").and_then(Value::as_str).map(str::to_owned);
        let is_allowed = |it: &Value| name(it).is_some_and(|it| self.allows(&it));
        list.items.iter_mut().for_each(|it| it.retain(is_allowed));
        list.metadata.remaining_item_count = None;
        list
    }

    fn allows(&self, namespace: &str) -> bool {
        self.cluster.guard().allows_namespace(namespace)
    }
}
