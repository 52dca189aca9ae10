//! Names that begin alike, with their beginning said once.
//!
//! An agent copies names into its next call, so names are shown whole as long as all rows fit. Saying the shared
//! beginning once saves a third of a list of pods; that is worth it only where the other choice is to leave rows out.

/// A line for a beginning must stand for at least so many names.
const SHARED: usize = 3;

/// Lines for the rows, in their order: a beginning, ending in `*`, is on a line before the first of its names.
/// With them comes a line that explains the first one; none if no names begin alike.
pub(crate) fn grouped_by_prefix(
    rows: &[Vec<String>],
    name: usize,
) -> Option<(String, Vec<String>)> {
    let mut lines = Vec::with_capacity(rows.len());
    let mut explanation = None;
    let mut rest = rows;
    while let Some(row) = rest.first() {
        let prefix = prefix(row, name);
        let alike = rest.iter().take_while(|it| self::prefix(it, name) == prefix).count().max(1);
        let (group, after) = rest.split_at_checked(alike)?;
        rest = after;
        if prefix.is_empty() || group.len() < SHARED {
            lines.extend(group.iter().map(|it| it.join("\t")));
            continue;
        }
        explanation.get_or_insert_with(|| explain(row, name, prefix));
        let short = group.iter().map(|it| shortened(it, name, prefix.len()));
        let first = lines.len();
        lines.extend(short);
        if let Some(line) = lines.get_mut(first) {
            line.insert_str(0, &format!("{prefix}*\n"));
        }
    }
    explanation.map(|it| (it, lines))
}

/// `web-7c9f8b6d5-` of `web-7c9f8b6d5-x2x4q`.
fn prefix(row: &[String], name: usize) -> &str {
    let name = row.get(name).map_or("", String::as_str);
    let end = name.rfind('-').map_or(0, |it| it + 1);
    name.get(..end).filter(|it| it.len() >= 6).unwrap_or_default()
}

fn shortened(row: &[String], name: usize, prefix: usize) -> String {
    let mut cells = row.to_vec();
    if let Some(cell) = cells.get_mut(name) {
        cell.replace_range(..prefix, "*");
    }
    cells.join("\t")
}

fn explain(row: &[String], name: usize, prefix: &str) -> String {
    let whole = row.get(name).map_or("", String::as_str);
    let rest = whole.strip_prefix(prefix).unwrap_or_default();
    format!("to fit, names are split: `*{rest}` under `{prefix}*` is {whole}")
}
