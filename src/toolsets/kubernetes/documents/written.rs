//! How scalars are written.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

/// `|`, `>-`, `|2` at the end of a line.
static HEADER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:^|\s)[|>][-+0-9]{0,2}(?:[ \t]+#.*)?$").expect("a constant"));

/// So many bytes before a scalar say what it is: a document may be one line.
const BEFORE: usize = 256;

/// A scalar that has neither quotes nor a tag and is no block, as it is written.
pub(super) fn bare<'a>(text: &'a str, span: &Range<usize>) -> Option<&'a str> {
    let written = text.get(span.clone()).filter(|it| !it.is_empty())?;
    let before =
        text.get(text.floor_char_boundary(span.start.saturating_sub(BEFORE))..span.start)?;
    let is_quoted = written.starts_with(['"', '\'']);
    (!is_quoted && !is_tagged(before) && !is_block(before)).then_some(written)
}

/// `!!str`, with an anchor perhaps.
fn is_tagged(before: &str) -> bool {
    // Nearly all stand behind one of these, and in a document of one line words are long.
    if before.trim_end().ends_with([':', ',', '[', '{', '-']) {
        return false;
    }
    let mut words = before.split_whitespace().rev();
    let mut last = words.next();
    if last.is_some_and(|it| it.starts_with('&')) {
        last = words.next();
    }
    last.is_some_and(|it| it.starts_with('!'))
}

/// Whether the line before ends in the header of a block.
fn is_block(before: &str) -> bool {
    let above = before.trim_end_matches([' ', '\t']);
    above.ends_with('\n')
        && above.trim_end().lines().next_back().is_some_and(|it| HEADER.is_match(it))
}
