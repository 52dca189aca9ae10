//! Rows and columns, as few tokens as they can be and still be read: a cell a tab, what all rows share said once.

mod columns;
mod names;

use super::{block::Block, clip, plain, redact::Redactor};

use self::columns::Columns;
pub(super) use self::names::grouped_by_prefix;

/// A table; every row has as many cells as there are columns.
#[derive(Debug, Clone, Default)]
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// A cell longer than this many characters is cut: a table is for finding things, the object itself has the rest.
const CELL: usize = 400;

impl Table {
    pub fn new(columns: Vec<String>, rows: Vec<Vec<String>>) -> Self {
        Self { columns, rows }
    }

    /// One line for what is the same in all rows, one for what is usual, the header, and a line a row.
    pub(super) fn block(self, redactor: &Redactor) -> Block {
        let table = self.harmless(redactor);
        let columns = Columns::of(&table.columns, &table.rows);
        let rows = table.rows.iter().map(|it| columns.row(it)).collect();
        Block::rows(columns.head(), rows, columns.name())
    }

    fn harmless(mut self, redactor: &Redactor) -> Self {
        let width = self.columns.len();
        self.rows.iter_mut().for_each(|it| it.resize(width, String::new()));
        // In this order: what is hidden in a secret must not hide the secret.
        self.rows.iter_mut().flatten().chain(&mut self.columns).for_each(make_plain);
        redactor.rows(&self.columns, &mut self.rows);
        self.rows.iter_mut().flatten().chain(&mut self.columns).for_each(|it| clip(it, CELL));
        self
    }
}

fn make_plain(cell: &mut String) {
    if let std::borrow::Cow::Owned(plain) = plain::cell(cell) {
        *cell = plain;
    }
}

#[cfg(test)]
mod tests;
