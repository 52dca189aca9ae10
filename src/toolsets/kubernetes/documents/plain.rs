//! What stands without quotes: read as kubectl reads it (YAML 1.1, in go-yaml's dialect) where that is what everybody would
//! expect, and refused where it is not.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Number;

use super::node::Content;

static DECIMAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$").expect("a constant")
});

pub(super) const TOO_LARGE: &str =
    "a number with more digits than are kept: put it in quotes if it is a text";
const LEADING_ZEROS: &str =
    "a number with leading zeros: put it in quotes if it is a text, or leave the zeros out";
const NOT_FINITE: &str = "JSON has no such number: put it in quotes if it is a text";
const ODD: &str = "a number to kubectl and a text to others: write plain digits, or put it in quotes if it is a text";
const ANOTHER_KEY: &str = "a key that kubectl reads as another: put it in quotes";
const NULL_KEY: &str = "a key that is null: give it a name, or put it in quotes";

/// What kubectl makes of a scalar.
enum Reading {
    Null,
    Bool(bool),
    Integer(Number),
    Float(f64),
    NotFinite,
    Text,
}

/// What a scalar is; `None` if it is the text that it looks like.
pub(super) fn scalar(written: &str) -> Result<Option<Content>, String> {
    let content = match reading(written) {
        Reading::Text => return Ok(None),
        Reading::Null => Content::Null,
        Reading::Bool(value) if is_truth(written) => Content::Bool(value),
        Reading::Bool(value) => {
            return Err(format!(
                "`{written}` is {value} to kubectl and a text to others: write {value}, or \"{written}\" in quotes"
            ));
        }
        Reading::Integer(number) if is_integer(written) => Content::Number(number),
        Reading::Float(number) if DECIMAL.is_match(written) && !is_digits(written) => {
            let number = Number::from_f64(number).ok_or(NOT_FINITE)?;
            Content::Number(number)
        }
        Reading::Float(_) if is_digits(written) && unsigned(written).starts_with('0') => {
            return Err(LEADING_ZEROS.to_owned());
        }
        Reading::Float(_) if is_digits(written) => return Err(TOO_LARGE.to_owned()),
        Reading::Integer(_) | Reading::Float(_) => return Err(ODD.to_owned()),
        Reading::NotFinite => return Err(NOT_FINITE.to_owned()),
    };
    Ok(Some(content))
}

/// What is wrong with a key.
pub(super) fn key(written: &str) -> Option<&'static str> {
    match reading(written) {
        Reading::Null => Some(NULL_KEY),
        Reading::Bool(value) => (written != value.to_string()).then_some(ANOTHER_KEY),
        Reading::Integer(number) => (written != number.to_string()).then_some(ANOTHER_KEY),
        Reading::Float(_) | Reading::NotFinite => Some(ANOTHER_KEY),
        Reading::Text => None,
    }
}

fn reading(written: &str) -> Reading {
    match written {
        "" | "~" | "null" | "Null" | "NULL" => return Reading::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Reading::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Reading::Bool(false);
        }
        _ => {}
    }
    if matches!(unsigned(written), ".inf" | ".Inf" | ".INF")
        || matches!(written, ".nan" | ".NaN" | ".NAN")
    {
        return Reading::NotFinite;
    }
    if written.starts_with(|it: char| it.is_ascii_digit() || matches!(it, '+' | '-')) {
        let plain = written.replace('_', "");
        let number = integer(&plain).map(Reading::Integer).or_else(|| float(&plain));
        return number.unwrap_or(Reading::Text);
    }
    let number = written.starts_with('.').then(|| float(written)).flatten();
    number.unwrap_or(Reading::Text)
}

/// As Go reads an integer whose base its prefix tells.
fn integer(plain: &str) -> Option<Number> {
    let is_negative = plain.starts_with('-');
    let digits = unsigned(plain);
    let prefix = digits.get(..2).unwrap_or_default().to_ascii_lowercase();
    let (radix, digits) = match prefix.as_str() {
        "0x" => (16, digits.get(2..)?),
        "0o" => (8, digits.get(2..)?),
        "0b" => (2, digits.get(2..)?),
        _ if digits.len() > 1 && digits.starts_with('0') => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    if !digits.bytes().all(|it| char::from(it).is_digit(radix)) {
        return None;
    }
    let number = u64::from_str_radix(digits, radix).ok()?;
    if is_negative {
        return 0_i64.checked_sub_unsigned(number).map(Number::from);
    }
    Some(number.into())
}

fn float(plain: &str) -> Option<Reading> {
    let number = DECIMAL.is_match(plain).then(|| plain.parse::<f64>().ok())??;
    // What is too large for Go is a text.
    number.is_finite().then_some(Reading::Float(number))
}

/// Whether YAML 1.2 knows this word as well.
fn is_truth(written: &str) -> bool {
    matches!(written, "true" | "True" | "TRUE" | "false" | "False" | "FALSE")
}

/// Whether an integer looks like one to everybody: decimal, `0x1f`, `0o644` and, since manifests have it, `0644`.
fn is_integer(written: &str) -> bool {
    let digits = unsigned(written);
    let is_hexadecimal = digits.strip_prefix("0x").is_some_and(|it| !it.contains('_'));
    let is_octal = digits.strip_prefix("0o").is_some_and(|it| !it.contains('_'));
    is_digits(written) || is_hexadecimal || is_octal
}

fn is_digits(written: &str) -> bool {
    unsigned(written).bytes().all(|it| it.is_ascii_digit())
}

fn unsigned(written: &str) -> &str {
    written.strip_prefix(['-', '+']).unwrap_or(written)
}
