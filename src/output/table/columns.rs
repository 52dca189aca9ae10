//! What every row would say is said once, above the rows.

use std::collections::HashMap;

/// With fewer rows than this a value is not worth a line of its own.
const SHARED: usize = 3;

/// With fewer rows than this there is nothing usual yet.
const USUAL: usize = 10;

/// Under this column a row says what is not as usual in it.
const OTHERWISE: &str = "OTHERWISE";

pub(super) struct Columns<'a> {
    names: &'a [String],
    roles: Vec<Role<'a>>,
}

/// How a column appears.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role<'a> {
    Shown,
    /// It is empty in all rows.
    Empty,
    /// It is this in all rows.
    Same(&'a str),
    /// It is this in nearly all rows. The first broken pod of five hundred must not cost a column for all the others,
    /// and a reader sees at once which rows are not as they should be.
    Usual(&'a str),
}

impl<'a> Columns<'a> {
    pub(super) fn of(names: &'a [String], rows: &'a [Vec<String>]) -> Self {
        let identity = identity(names);
        let role = |column| {
            if column == identity || rows.is_empty() { Role::Shown } else { role(column, rows) }
        };
        Self { names, roles: (0..names.len()).map(role).collect() }
    }

    /// The lines above the rows.
    pub(super) fn head(&self) -> Vec<String> {
        let same = self.said(|role| if let Role::Same(value) = role { Some(value) } else { None });
        let usual =
            self.said(|role| if let Role::Usual(value) = role { Some(value) } else { None });
        let empty = self.names.iter().zip(&self.roles).filter(|it| *it.1 == Role::Empty);
        let empty: Vec<&str> = empty.map(|(name, _)| name.as_str()).collect();
        let mut header: Vec<&str> = self.shown().map(|(name, ..)| name).collect();
        if !usual.is_empty() {
            header.push(OTHERWISE);
        }
        let mut head = Vec::new();
        head.extend((!same.is_empty()).then(|| format!("same in all rows: {same}")));
        head.extend((!usual.is_empty()).then(|| format!("unless a row says otherwise: {usual}")));
        head.extend((!empty.is_empty()).then(|| format!("empty in all rows: {}", empty.join(" "))));
        head.extend((!header.is_empty()).then(|| header.join("\t")));
        head
    }

    /// The cells of a row that are shown, and what is not as usual in it; nothing for empty cells at its end.
    pub(super) fn row(&self, row: &[String]) -> Vec<String> {
        let mut cells: Vec<String> =
            self.shown().map(|(_, column)| cell(row, column).to_owned()).collect();
        let unusual = self.unusual(row);
        if !unusual.is_empty() {
            cells.push(unusual.join(" "));
        }
        let filled = cells.iter().rposition(|it| !it.is_empty()).map_or(0, |it| it + 1);
        cells.truncate(filled.max(1));
        cells
    }

    /// Where the cell with a row's name is in what [`Self::row`] gives.
    pub(super) fn name(&self) -> usize {
        let identity = identity(self.names);
        self.shown().position(|(_, column)| column == identity).unwrap_or(0)
    }

    fn shown(&self) -> impl Iterator<Item = (&'a str, usize)> {
        let columns = self.names.iter().zip(&self.roles).enumerate();
        columns
            .filter(|(_, (_, role))| **role == Role::Shown)
            .map(|(it, (name, _))| (name.as_str(), it))
    }

    fn said(&self, value: impl Fn(Role<'a>) -> Option<&'a str>) -> String {
        let said = self.names.iter().zip(&self.roles);
        let said = said.filter_map(|(name, role)| Some(assignment(name, value(*role)?)));
        said.collect::<Vec<_>>().join(" ")
    }

    fn unusual(&self, row: &[String]) -> Vec<String> {
        let columns = self.names.iter().zip(&self.roles).enumerate();
        let unusual = columns.filter_map(|(column, (name, role))| match role {
            Role::Usual(usual) if cell(row, column) != *usual => {
                Some(assignment(name, cell(row, column)))
            }
            _ => None,
        });
        unusual.collect()
    }
}

/// The column that tells rows apart is always shown: `NAME`, or the first.
fn identity(names: &[String]) -> usize {
    names.iter().position(|it| it.eq_ignore_ascii_case("name")).unwrap_or(0)
}

fn role(column: usize, rows: &[Vec<String>]) -> Role<'_> {
    let first = rows.first().map_or("", |it| cell(it, column));
    if rows.iter().all(|it| is_empty(cell(it, column))) {
        Role::Empty
    } else if rows.len() >= SHARED && rows.iter().all(|it| cell(it, column) == first) {
        Role::Same(first)
    } else {
        usual(column, rows).map_or(Role::Shown, Role::Usual)
    }
}

/// What four of five rows have here.
fn usual(column: usize, rows: &[Vec<String>]) -> Option<&str> {
    if rows.len() < USUAL {
        return None;
    }
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for row in rows {
        *counts.entry(cell(row, column)).or_default() += 1;
    }
    let (value, count) = counts.into_iter().max_by_key(|it| it.1)?;
    (count * 5 >= rows.len() * 4).then_some(value)
}

fn cell(row: &[String], column: usize) -> &str {
    row.get(column).map_or("", String::as_str)
}

fn is_empty(cell: &str) -> bool {
    matches!(cell, "" | "<none>" | "<unset>")
}

/// `STATUS=Running`; in quotes where a reader could not see where it ends.
fn assignment(name: &str, value: &str) -> String {
    if value.is_empty() || value.contains(' ') {
        format!("{name}={value:?}")
    } else {
        format!("{name}={value}")
    }
}
