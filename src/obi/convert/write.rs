//! Values as YAML, piece by piece: a library writes whole documents only, in which no comment would stay.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

/// How long a list of words may be that is written on one line.
const SHORT: usize = 72;

/// No reader of YAML takes it for anything but a text.
static PLAIN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:[A-Za-z/_][A-Za-z0-9_./-]*|(?:[0-9]+(?:ns|us|ms|s|m|h))+)$")
        .expect("a constant")
});
/// The same where no bracket is open: addresses, and variables, which lose their kind in quotes.
static PLAIN_OUTSIDE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:[A-Za-z/_][A-Za-z0-9_./-]*://)?(?:[A-Za-z0-9_./-]*\$\{[A-Za-z0-9_:./-]*\}[A-Za-z0-9_./-]*|[A-Za-z][A-Za-z0-9_./-]*)(?::(?:[0-9]+|\$\{[A-Za-z0-9_:./-]*\}))?(?:/[A-Za-z0-9_./-]*)?$")
        .expect("a constant")
});
/// What is a text for one reader of YAML and a truth or nothing for another.
const WORDS: [&str; 11] =
    ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"];

/// On one line, with brackets.
pub(super) fn inline(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", "))
        }
        Value::Object(fields) => {
            let field =
                |(name, it): (&String, &Value)| format!("{}: {}", text(name, false), inline(it));
            format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
        scalar => self::scalar(scalar, false),
    }
}

/// What follows the colon of a key that is indented so far: a blank and a value, or lines of their own.
pub(super) fn behind_key(value: &Value, indent: usize) -> String {
    match value {
        Value::Object(fields) if !fields.is_empty() => format!("\n{}", block(fields, indent + 2)),
        Value::Array(items) if !items.is_empty() && !is_short(items) => {
            format!("\n{}", list(items, indent + 2))
        }
        Value::Array(_) | Value::Object(_) => format!(" {}", inline(value)),
        scalar => format!(" {}", self::scalar(scalar, true)),
    }
}

/// Lines of keys, the last without its end.
pub(super) fn block(fields: &Map<String, Value>, indent: usize) -> String {
    let line = |(name, value): (&String, &Value)| {
        let key = text(name, false);
        format!("{:indent$}{key}:{}", "", behind_key(value, indent))
    };
    fields.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn list(items: &[Value], indent: usize) -> String {
    let item = |it: &Value| match it {
        Value::Object(fields) if !fields.is_empty() => {
            let lines = block(fields, indent + 2);
            format!("{:indent$}- {}", "", lines.trim_start())
        }
        Value::Array(_) | Value::Object(_) => format!("{:indent$}- {}", "", inline(it)),
        scalar => format!("{:indent$}- {}", "", self::scalar(scalar, true)),
    };
    items.iter().map(item).collect::<Vec<_>>().join("\n")
}

/// Whether a list is one of words, few enough for one line.
fn is_short(items: &[Value]) -> bool {
    let is_word = |it: &Value| !it.is_array() && !it.is_object();
    items.iter().all(is_word) && items.iter().map(|it| inline(it).len() + 2).sum::<usize>() < SHORT
}

fn scalar(value: &Value, is_outside: bool) -> String {
    match value {
        Value::String(it) => text(it, is_outside),
        other => other.to_string(),
    }
}

fn text(text: &str, is_outside: bool) -> String {
    let is_word = WORDS.iter().any(|it| text.eq_ignore_ascii_case(it));
    let is_plain = PLAIN.is_match(text) || (is_outside && PLAIN_OUTSIDE.is_match(text));
    if is_plain && !is_word { text.to_owned() } else { quoted(text) }
}

/// JSON's quotes are YAML's, which does not take all letters as they are.
fn quoted(text: &str) -> String {
    let json = Value::from(text).to_string();
    let is_printable = |it: char| {
        matches!(it, ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
            && !matches!(it, '\u{feff}' | '\u{2028}' | '\u{2029}')
    };
    let letter = |it: char| {
        if is_printable(it) { it.to_string() } else { format!("\\u{:04x}", u32::from(it)) }
    };
    json.chars().map(letter).collect()
}
