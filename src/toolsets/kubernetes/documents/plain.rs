//! What stands without quotes: the same to kubectl and to everybody else, or refused.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Number;

use super::node::Content;

/// What YAML 1.1, and kubectl, take for truths.
const WORDS: [&str; 8] = ["y", "yes", "on", "n", "no", "off", "true", "false"];

static DECIMAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$").expect("a constant")
});

/// What kubectl takes for a number once its underscores and signs are gone, and others may not.
static ODD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[-+]?(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9_]+)?)$")
        .expect("a constant")
});

pub(super) const TOO_LARGE: &str =
    "a number with more digits than a number can have: put it in quotes";
const LEADING_ZEROS: &str = "a number that begins with 0 and is not octal: put it in quotes if it is a text, or leave the zeros out";
const NOT_FINITE: &str = "JSON has no such number: put it in quotes if it is a text";
const ODD_NUMBER: &str = "a number to kubectl and a text to others: write the number in plain digits, or put it in quotes if it is a text";

/// What was read as a truth or a number, by how it is written.
pub(super) fn scalar(written: &str) -> Result<Content, String> {
    match written {
        "true" | "True" | "TRUE" => return Ok(Content::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Content::Bool(false)),
        _ => {}
    }
    if is_word(written) {
        return Err(truth(written));
    }
    number(written).map(Content::Number).map_err(str::to_owned)
}

/// What was read as text: kubectl may see something else in it.
pub(super) fn text(written: &str, read: &str) -> Result<Option<Content>, &'static str> {
    if matches!(read, ".inf" | "-.inf" | ".nan") {
        // Too large to be one of kubectl's numbers, and so a text.
        let is_large = DECIMAL.is_match(written) && written.contains(['e', 'E']);
        return if is_large {
            Ok(Some(Content::Text(written.to_owned())))
        } else {
            Err(NOT_FINITE)
        };
    }
    if ODD.is_match(written) && written == read { Err(ODD_NUMBER) } else { Ok(None) }
}

/// What is wrong with a key that stands without quotes.
pub(super) fn key(written: &str) -> Option<&'static str> {
    if matches!(written, "" | "~" | "null" | "Null" | "NULL") {
        return Some("a key that is null: give it a name, or put it in quotes");
    }
    let is_truth = is_word(written) && !matches!(written, "true" | "false");
    let is_number = ODD.is_match(written) || DECIMAL.is_match(written);
    let is_same = number(written).is_ok_and(|it| !it.is_f64() && it.to_string() == written);
    (is_truth || is_number && !is_same)
        .then_some("a key that kubectl reads as another: put it in quotes")
}

fn is_word(written: &str) -> bool {
    written.len() <= 5 && WORDS.iter().any(|it| written.eq_ignore_ascii_case(it))
}

fn truth(written: &str) -> String {
    let is_true = ["y", "yes", "on", "true"].iter().any(|it| written.eq_ignore_ascii_case(it));
    format!(
        "`{written}` is {is_true} to kubectl and a text to others: write {is_true}, or \"{written}\" in quotes"
    )
}

fn number(written: &str) -> Result<Number, &'static str> {
    let (is_negative, digits) = match written.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, written.strip_prefix('+').unwrap_or(written)),
    };
    if let Some(hex) = digits.strip_prefix("0x") {
        return integer(is_negative, hex, 16);
    }
    if let Some(octal) = digits.strip_prefix("0o") {
        return integer(is_negative, octal, 8);
    }
    if !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit()) {
        return match digits.strip_prefix('0') {
            None | Some("") => integer(is_negative, digits, 10),
            Some(octal) if octal.bytes().all(|it| it < b'8') => integer(is_negative, octal, 8),
            Some(_) => Err(LEADING_ZEROS),
        };
    }
    if !DECIMAL.is_match(written) {
        return Err(ODD_NUMBER);
    }
    let number = written.parse().ok().and_then(Number::from_f64);
    number.ok_or(NOT_FINITE)
}

fn integer(is_negative: bool, digits: &str, radix: u32) -> Result<Number, &'static str> {
    if !digits.bytes().all(|it| char::from(it).is_digit(radix)) {
        return Err(ODD_NUMBER);
    }
    let number = u64::from_str_radix(digits, radix).map_err(|_| TOO_LARGE)?;
    if is_negative {
        let number = 0_i64.checked_sub_unsigned(number).ok_or(TOO_LARGE)?;
        return Ok(number.into());
    }
    Ok(number.into())
}
