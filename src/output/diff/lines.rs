//! Texts of several lines: which lines go and which come.

use similar::{ChangeTag, TextDiff};

use crate::output::shorten::clip;

/// Lines that stay, around those that change.
const CONTEXT: usize = 2;

/// Of one text.
const MOST: usize = 60;

/// In characters.
const LONGEST: usize = 200;

/// With more lines than these between the first and the last difference, on both sides together, a text is only counted.
const MOST_COMPARED: usize = 4_000;

/// `  - old`, `  + new` and some of what is around them; `None` if all lines are the same.
pub(super) fn diff(before: &str, after: &str) -> Option<Vec<String>> {
    if before == after {
        return None;
    }
    if between(&before.lines().collect::<Vec<_>>(), &after.lines().collect::<Vec<_>>())
        > MOST_COMPARED
    {
        let (before, after) = (before.lines().count(), after.lines().count());
        return Some(vec![format!("  ({before} lines become {after})")]);
    }
    let diff = TextDiff::from_lines(before, after);
    let mut told = Vec::new();
    for (number, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if number > 0 {
            told.push("  ...".to_owned());
        }
        let changes = group.iter().flat_map(|it| diff.iter_changes(it));
        told.extend(changes.map(|it| line(it.tag(), it.value())));
    }
    let is_same_end = before.ends_with('\n') == after.ends_with('\n');
    if !is_same_end && !before.is_empty() && !after.is_empty() {
        let what = if after.ends_with('\n') { "with" } else { "without" };
        told.push(format!("  (now {what} a newline at the end)"));
    }
    let more = told.len().saturating_sub(MOST);
    if more > 0 {
        told.truncate(MOST);
        told.push(format!("  (and {more} more lines)"));
    }
    Some(told)
}

/// How many there are on both sides, but for those that are the same at the beginning and at the end.
pub(super) fn between<T: PartialEq>(before: &[T], after: &[T]) -> usize {
    let begin = before.iter().zip(after).take_while(|(one, other)| one == other).count();
    let before = before.get(begin..).unwrap_or_default();
    let after = after.get(begin..).unwrap_or_default();
    let backwards = before.iter().rev().zip(after.iter().rev());
    let end = backwards.take_while(|(one, other)| one == other).count();
    before.len() + after.len() - 2 * end
}

fn line(tag: ChangeTag, text: &str) -> String {
    let sign = match tag {
        ChangeTag::Equal => ' ',
        ChangeTag::Delete => '-',
        ChangeTag::Insert => '+',
    };
    let mut text = text.trim_end_matches(['\n', '\r']).to_owned();
    clip(&mut text, LONGEST);
    // Or nobody would see them.
    if text.ends_with([' ', '\t']) && sign != ' ' {
        return format!("  {sign} {text:?}");
    }
    format!("  {sign} {text}")
}
