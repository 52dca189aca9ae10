//! Rows and columns, as few tokens as they can be.

/// A table; every row has as many cells as there are columns.
#[derive(Debug, Clone, Default)]
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(columns: Vec<String>, rows: Vec<Vec<String>>) -> Self {
        Self { columns, rows }
    }

    pub(super) fn render(&self) -> String {
        let rows = std::iter::once(&self.columns).chain(&self.rows);
        rows.map(|it| it.join("\t")).collect::<Vec<_>>().join("\n")
    }
}
