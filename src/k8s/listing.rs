//! One list of the API server, page by page, or one object of it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    cluster::{Cluster, JSON},
    discovery::Resource,
    error::{ApiError, Asked},
    guard::Refusal,
    table::{Cell, ColumnDefinition, Described, ListMeta, Meta, Row, TABLE, Table, name_column},
};

/// Where to look, and for which objects.
#[derive(Clone, Copy)]
pub(crate) struct Listing<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) resource: &'a Resource,
    /// All of them when none is named.
    pub(crate) namespace: Option<&'a str>,
    pub(crate) name: Option<&'a str>,
    pub(crate) labels: Option<&'a str>,
    pub(crate) fields: Option<&'a str>,
}

/// How much of each object is needed beside the table's cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    Cells,
    Metadata,
    /// The metadata as it is, for paths into it.
    RawMetadata,
    Object,
    /// No table at all.
    Manifest,
}

pub(crate) struct Page {
    pub(crate) definitions: Vec<ColumnDefinition>,
    pub(crate) rows: Vec<RawRow>,
    /// The API server's token for the next page.
    pub(crate) next: Option<String>,
    pub(crate) remaining: Option<usize>,
}

pub(crate) struct RawRow {
    pub(crate) cells: Vec<Cell>,
    pub(crate) thing: Thing,
}

pub(crate) enum Thing {
    Unknown,
    Described(Meta),
    Whole(Value),
}

impl Page {
    pub(crate) fn into_names(self) -> impl Iterator<Item = String> {
        let column = name_column(&self.definitions);
        self.rows.into_iter().filter_map(move |it| Some(it.cells.into_iter().nth(column)?.0))
    }
}

impl<'a> Listing<'a> {
    /// Everything of one kind, wherever it is.
    pub(crate) fn of_all(cluster: &'a Cluster, resource: &'a Resource) -> Self {
        Self { cluster, resource, namespace: None, name: None, labels: None, fields: None }
    }
}

impl Listing<'_> {
    pub(crate) async fn page(
        &self,
        need: Need,
        token: Option<&str>,
        limit: usize,
    ) -> Result<Page, ApiError> {
        match need {
            Need::Cells => self.table::<Described>("None", token, limit).await,
            Need::Metadata => self.table::<Described>("Metadata", token, limit).await,
            Need::RawMetadata => self.table::<Value>("Metadata", token, limit).await,
            Need::Object => self.table::<Value>("Object", token, limit).await,
            Need::Manifest => self.manifests(token, limit).await,
        }
    }

    /// A table whose objects are read as whatever the caller wants to know of them.
    pub(crate) async fn raw_table<T: DeserializeOwned>(
        &self,
        include: &str,
        token: Option<&str>,
        limit: usize,
    ) -> Result<Table<T>, ApiError> {
        let table = self.included(include, token, limit).await?;
        self.without_secrets(table, token, limit).await
    }

    pub(crate) async fn included<T: DeserializeOwned>(
        &self,
        include: &str,
        token: Option<&str>,
        limit: usize,
    ) -> Result<Table<T>, ApiError> {
        let path = self.path(&format!("includeObject={include}"), token, limit);
        Ok(self.without_others(self.cluster.get_json(&path, TABLE).await?))
    }

    /// One object, or a page of a list, read as whatever the caller wants to know. Not for lists of namespaces, of which some may
    /// have to be left out.
    pub(crate) async fn objects<T: DeserializeOwned>(
        &self,
        token: Option<&str>,
        limit: usize,
    ) -> Result<T, ApiError> {
        if self.withholds() && !self.is_single() {
            return Err(ApiError::Refused(Refusal::AllNamespaces(self.resource.full_name())));
        }
        self.cluster.get_json(&self.path("", token, limit), JSON).await
    }

    async fn table<T: DeserializeOwned + Into<Thing>>(
        &self,
        include: &str,
        token: Option<&str>,
        limit: usize,
    ) -> Result<Page, ApiError> {
        let table: Table<T> = self.raw_table(include, token, limit).await?;
        let metadata = table.metadata.unwrap_or_default();
        let ListMeta { token, remaining_item_count: remaining, name, creation_timestamp } =
            metadata;
        let next = Some(token).filter(|it| !it.is_empty());
        if table.kind != "Table" {
            let itself = Meta { name, creation_timestamp, ..Meta::default() };
            let itself = vec![Described { metadata: itself }];
            let rows = table.items.unwrap_or(itself).into_iter().map(bare_row).collect();
            return Ok(Page { definitions: bare_columns(), rows, next, remaining });
        }
        let rows = table.rows.unwrap_or_default().into_iter().map(RawRow::from).collect();
        Ok(Page { definitions: table.column_definitions, rows, next, remaining })
    }

    async fn manifests(&self, token: Option<&str>, limit: usize) -> Result<Page, ApiError> {
        let path = self.path("", token, limit);
        let (items, metadata) = if self.is_single() {
            (vec![self.cluster.get_json::<Value>(&path, JSON).await?], ListMeta::default())
        } else {
            let list = self.without_other_objects(self.cluster.get_json(&path, JSON).await?);
            (list.items.unwrap_or_default(), list.metadata)
        };
        let row = |object| RawRow { cells: Vec::new(), thing: Thing::Whole(self.typed(object)) };
        Ok(Page {
            definitions: Vec::new(),
            rows: items.into_iter().map(row).collect(),
            next: Some(metadata.token).filter(|it| !it.is_empty()),
            remaining: metadata.remaining_item_count,
        })
    }

    /// Items of a list do not say what they are, and what is redacted depends on it.
    pub(crate) fn typed(&self, mut object: Value) -> Value {
        if let Value::Object(fields) = &mut object {
            fields.shift_remove("apiVersion");
            fields.shift_remove("kind");
            fields.shift_insert(0, "apiVersion".to_owned(), self.resource.api_version().into());
            fields.shift_insert(1, "kind".to_owned(), self.resource.kind.clone().into());
        }
        object
    }

    /// One object by its own address; a name in all namespaces has to be looked for.
    pub(crate) fn is_single(&self) -> bool {
        self.name.is_some() && (self.namespace.is_some() || !self.resource.namespaced)
    }

    pub(crate) fn asked(&self) -> (&'static str, String) {
        (if self.is_single() { "get" } else { "list" }, self.resource.full_name())
    }

    pub(crate) fn failed(&self, error: &ApiError) -> crate::tool::ToolError {
        let (verb, resource) = self.asked();
        let namespace = self.namespace.filter(|_| self.resource.namespaced);
        let asked = Asked { verb, resource: &resource, name: self.name, namespace };
        self.cluster.explain(error, &asked)
    }

    fn path(&self, first: &str, token: Option<&str>, limit: usize) -> String {
        let mut path = self.resource.path(self.namespace);
        let mut parameters = vec![first.to_owned()];
        if self.is_single() {
            path = format!("{path}/{}", self.name.unwrap_or_default());
        } else {
            parameters.push(format!("limit={limit}"));
            let by_name = self.name.map(|it| format!("metadata.name={it}"));
            let pairs = [
                ("labelSelector", self.labels),
                ("fieldSelector", by_name.as_deref().or(self.fields)),
                ("continue", token),
            ];
            let given = pairs.into_iter().filter_map(|(key, value)| Some((key, value?)));
            parameters.extend(given.map(|(key, value)| format!("{key}={}", escaped(value))));
        }
        parameters.retain(|it| !it.is_empty());
        if parameters.is_empty() { path } else { format!("{path}?{}", parameters.join("&")) }
    }
}

impl<T: Into<Thing>> From<Row<T>> for RawRow {
    fn from(row: Row<T>) -> Self {
        Self { cells: row.cells, thing: row.object.map_or(Thing::Unknown, Into::into) }
    }
}

impl From<Described> for Thing {
    fn from(object: Described) -> Self {
        Self::Described(object.metadata)
    }
}

impl From<Value> for Thing {
    fn from(object: Value) -> Self {
        Self::Whole(object)
    }
}

/// What can be shown of objects whose server prints no tables.
fn bare_columns() -> Vec<ColumnDefinition> {
    let column = |name: &str| ColumnDefinition { name: name.to_owned(), ..Default::default() };
    ["Name", "Created At"].map(column).to_vec()
}

fn bare_row(object: Described) -> RawRow {
    let created = object.metadata.creation_timestamp.clone().unwrap_or_default();
    let cells = vec![Cell(object.metadata.name.clone()), Cell(created)];
    RawRow { cells, thing: Thing::Described(object.metadata) }
}

pub(crate) fn escaped(value: &str) -> String {
    utf8_percent_encode(value, UNRESERVED).to_string()
}

/// All but the characters that RFC 3986 leaves unreserved.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
