//! Scalars: bare where every reader would read a string, quoted elsewhere, in a block where they have lines.

use std::{borrow::Cow, fmt::Write, sync::LazyLock};

use regex::Regex;
use serde_json::Value;

use crate::output::plain::is_hidden;

/// What some reader takes for a number, a sexagesimal number or a date.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)^(?:
            [-+]? _* (?: 0x[0-9a-fA-F_]+ | 0o?[0-7_]+ | 0b[-+]?[01_]+ )
          | [-+]? (?: [0-9_]+(?:\.[0-9_]*)? | \.[0-9_]+ ) (?:[eE][-+]?[0-9_]+)?
          | [-+]? [0-9][0-9_]*(?: :[0-9]{1,2})+ (?:\.[0-9_]*)?
          | [-+]? \.(?i:inf|nan)
          | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*
        )$",
    )
    .expect("a constant")
});

/// A value without lines of its own.
pub(super) fn inline(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => string(text),
        Value::Null => Cow::Borrowed("null"),
        Value::Bool(true) => Cow::Borrowed("true"),
        Value::Bool(false) => Cow::Borrowed("false"),
        Value::Object(_) => Cow::Borrowed("{}"),
        Value::Array(_) => Cow::Borrowed("[]"),
        Value::Number(number) => Cow::Owned(number.to_string()),
    }
}

/// A string on one line.
pub(super) fn string(text: &str) -> Cow<'_, str> {
    if is_bare(text) {
        Cow::Borrowed(text)
    } else if text.contains(['"', '\\']) && !text.chars().any(needs_escape) {
        Cow::Owned(format!("'{}'", text.replace('\'', "''")))
    } else {
        Cow::Owned(quoted(text))
    }
}

/// Several lines after `|`.
pub(super) struct Block<'a> {
    pub(super) header: &'static str,
    text: &'a str,
}

impl Block<'_> {
    pub(super) fn lines(&self) -> impl Iterator<Item = &str> {
        self.text.strip_suffix('\n').unwrap_or(self.text).split('\n')
    }
}

/// A string as a block, if it has lines and none that a block would bend.
pub(super) fn block(text: &str) -> Option<Block<'_>> {
    let body = text.trim_end_matches('\n');
    let straight = body.contains('\n') || text.ends_with('\n');
    let bent = body.is_empty()
        || body.starts_with(char::is_whitespace)
        || body.ends_with(char::is_whitespace)
        || body.chars().any(is_hidden);
    let header = match text.len() - body.len() {
        0 => "|-",
        1 => "|",
        _ => "|+",
    };
    (straight && !bent).then_some(Block { header, text })
}

fn is_bare(text: &str) -> bool {
    let Some(first) = text.bytes().next() else { return false };
    !is_word_of_yaml(text)
        && match first {
            b'-' | b'+' | b'.' | b'0'..=b'9' => !is_number(text) && !is_marker(text),
            b'=' => text != "=",
            b'?' | b':' | b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|'
            | b'>' | b'\'' | b'"' | b'%' | b'@' | b'`' | b'<' | b' ' => false,
            _ => true,
        }
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.chars().any(needs_escape)
}

/// Readers of YAML 1.1 drop every `_` first, also the one within `0_x1`.
fn is_number(text: &str) -> bool {
    NUMBER.is_match(text) || NUMBER.is_match(&text.replace('_', ""))
}

/// `-`, `- x`, `---` and `...` are structure; `--flag` is not.
fn is_marker(text: &str) -> bool {
    text == "-" || text.starts_with("- ") || text.starts_with("---") || text.starts_with("...")
}

/// Words that are a null or a truth to some reader.
fn is_word_of_yaml(text: &str) -> bool {
    let words = ["~", "null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    text.len() <= 5 && words.iter().any(|it| text.eq_ignore_ascii_case(it))
}

fn needs_escape(character: char) -> bool {
    is_hidden(character) || matches!(character, '\n' | '\t')
}

fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            _ if is_hidden(character) => escape(&mut quoted, character),
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

fn escape(text: &mut String, character: char) {
    let code = u32::from(character);
    let written = match code {
        0..=0xFFFF => write!(text, "\\u{code:04x}"),
        _ => write!(text, "\\U{code:08x}"),
    };
    debug_assert!(written.is_ok(), "writing to a String cannot fail");
}
