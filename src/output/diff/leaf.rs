//! One value on one line.

use serde_json::Value;

use super::{hidden::Hidden, sides::Side};
use crate::output::{plain, redact::is_mark, shorten::clip, yaml};

/// In characters.
const LONGEST: usize = 160;

/// How much of what both sides have in common is shown before the first difference of long values.
const BEFORE: usize = 20;

/// Said where both sides would look the same.
pub(super) const ANOTHER: &str = "(another value)";

/// What may be shown of a value, however long.
pub(super) fn whole(side: Side<'_>, hidden: &Hidden) -> String {
    match side.shown {
        Value::String(text) => {
            let text = hidden.within(text);
            if is_mark(&text) {
                text.into_owned()
            } else {
                scalar(&Value::String(text.into_owned()))
            }
        }
        Value::Array(items) if !items.is_empty() => format!("({})", many(items.len(), "item")),
        Value::Object(fields) if !fields.is_empty() => {
            format!("({})", many(fields.len(), "field"))
        }
        Value::Number(number) => hidden.within(&number.to_string()).into_owned(),
        other => scalar(other),
    }
}

/// The same, clipped.
pub(super) fn short(side: Side<'_>, hidden: &Hidden) -> String {
    let mut text = whole(side, hidden);
    clip(&mut text, LONGEST);
    text
}

/// `nginx:1.27 -> nginx:1.28`; of long values, what is around the first difference.
pub(super) fn change(before: Side<'_>, after: Side<'_>, hidden: &Hidden) -> String {
    let (one, other) = (whole(before, hidden), whole(after, hidden));
    if one == other {
        return format!("{} -> {ANOTHER}", short(before, hidden));
    }
    let longest = one.chars().count().max(other.chars().count());
    let common = one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let skipped = if longest > LONGEST { common.saturating_sub(BEFORE) } else { 0 };
    format!("{} -> {}", part(&one, skipped), part(&other, skipped))
}

fn part(text: &str, skipped: usize) -> String {
    let mut part: String = text.chars().skip(skipped).collect();
    clip(&mut part, LONGEST);
    if skipped > 0 { format!("…{part}") } else { part }
}

fn scalar(value: &Value) -> String {
    let written = match value.as_str() {
        // An arrow in a value is none.
        Some(text) if text.contains(" -> ") => value.to_string(),
        // A block would need lines.
        Some(text) if text.contains('\n') => value.to_string(),
        _ => yaml::write(value),
    };
    plain::cell(written.trim_end_matches('\n')).into_owned()
}

/// `1 field`, `2 fields`
pub(super) fn many(count: usize, of: &str) -> String {
    if count == 1 { format!("1 {of}") } else { format!("{count} {of}s") }
}

/// A list of a few short scalars on one line: `[a, b]`.
pub(super) fn list(side: Side<'_>, hidden: &Hidden) -> Option<String> {
    let items = side.items()?;
    if items.len() > MOST_ITEMS || !items.iter().all(|it| it.is_leaf()) {
        return None;
    }
    let items: Vec<String> = items.into_iter().map(|it| whole(it, hidden)).collect();
    let list = format!("[{}]", items.join(", "));
    (list.chars().count() <= LONGEST).then_some(list)
}

/// Of a list on one line.
const MOST_ITEMS: usize = 20;
