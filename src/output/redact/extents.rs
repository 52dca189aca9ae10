//! Where values end.

use std::sync::LazyLock;

use regex::Regex;

/// Behind a separator: the next assignment.
static NEXT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^[;&,]\s*[\\"']*[A-Za-z_][\w.-]*[\\"']*\s*[=:]"#).expect("a constant")
});

/// A quote farther away than this was opened by something else.
const FARTHEST: usize = 16 * 1024;

/// Where a quoted value ends: at the same quote behind as many backslashes as opened it.
pub(super) fn closing(value: &str, quote: char, escapes: usize) -> Option<usize> {
    let bytes = value.as_bytes();
    let mut doubled = None;
    for (place, _) in value.match_indices(quote).take_while(|it| it.0 < FARTHEST) {
        let before = bytes.iter().take(place).rev().take_while(|it| **it == b'\\').count();
        let is_same = before <= escapes || escapes == 0 && before.is_multiple_of(2);
        if doubled == Some(place) || !is_same {
            continue;
        }
        // Within single quotes YAML writes a single quote twice.
        if quote == '\'' && escapes == 0 && bytes.get(place + 1) == Some(&b'\'') {
            doubled = Some(place + 1);
            continue;
        }
        return Some(place - before.min(escapes));
    }
    None
}

/// The rest of the line.
pub(super) fn line(rest: &str) -> &str {
    rest.get(..until(rest, &['\n', '\r'])).unwrap_or_default().trim_end()
}

/// Where a value without quotes ends: at white space, or where another assignment or the text around it goes on.
pub(super) fn end_of_word(text: &str) -> usize {
    let mut characters = text.char_indices();
    let end = characters.find(|(place, character)| {
        let rest = text.get(*place..).unwrap_or_default();
        match character {
            ' ' | '\t' | '\n' | '\r' => true,
            ';' | '&' | ',' => NEXT.is_match(rest),
            '"' | '\'' | '`' => is_outside(rest.get(1..).unwrap_or_default()),
            '\\' => {
                rest.starts_with("\\n")
                    || rest.starts_with("\\r")
                    || rest.starts_with("\\t")
                    || rest.trim_start_matches('\\').starts_with(['"', '\''])
            }
            '<' => rest.starts_with("</"),
            _ => false,
        }
    });
    let end = end.map_or(text.len(), |(place, _)| place);
    without_closers(text.get(..end).unwrap_or_default()).len()
}

/// Without what closes the text around a value; `${PASSWORD}` closes what it opened itself.
fn without_closers(mut value: &str) -> &str {
    while let Some(last) = value.chars().last() {
        let own = match last {
            ')' => value.contains('('),
            ']' => value.contains('['),
            '}' => value.contains('{'),
            ',' | ';' | '"' | '\'' | '`' => false,
            _ => true,
        };
        if own {
            return value;
        }
        value = value.get(..value.len() - last.len_utf8()).unwrap_or_default();
    }
    value
}

/// What comes after a closing quote.
fn is_outside(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(|it: char| it.is_whitespace() || ",}])>;:".contains(it))
}

/// A line that goes on with other assignments.
pub(super) fn has_more(rest: &str) -> bool {
    rest.contains('=')
        || rest.contains(": ")
        || rest.starts_with([',', ';', '&', '"', '\'', '`', '}', ')', ']'])
}

/// A list's dash and a diff's sign are part of it.
pub(super) fn indent(line: &str) -> usize {
    line.bytes().take_while(|it| matches!(it, b' ' | b'\t' | b'-' | b'+')).count()
}

pub(super) fn until(value: &str, ends: &[char]) -> usize {
    value.find(ends).unwrap_or(value.len())
}
