//! Secrets in what is encoded for a URL: `%22password%22%3A%22x%22`.

use std::{ops::Range, sync::LazyLock};

use regex::{Match, Regex};

use super::{allowance::Allowance, secrets_within, spans::Spans};

/// Quotes, separators and braces that are encoded, once or more often: what has none is found as it is.
pub(super) const TRIGGER: &str = r"%(?:25)*(?:22|27|3[AaDd]|7[Bb])";

/// In the place of a byte that is no text; no search takes it for a separator.
const SUBSTITUTE: char = '\u{1a}';

/// From one white space or quote to the next.
static ENCODED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"[^\s"'`<>\\]*%(?:25)*(?:22|27|3[AaDd]|7[Bb])[^\s"'`<>\\]*"#).expect("a constant")
});

/// What is encoded too often is secret as a whole.
pub(super) fn find(text: &str, allowance: &mut Allowance, spans: &mut Spans) {
    for run in ENCODED.find_iter(text) {
        let look = |it: &mut Allowance| find_in(run, it, spans);
        if allowance.deeper(look).is_none() {
            spans.push(run.range());
        }
    }
}

fn find_in(run: Match<'_>, allowance: &mut Allowance, spans: &mut Spans) {
    let (decoded, places) = decoded(run.as_str());
    let at = |place: usize| run.start() + places.get(place).copied().unwrap_or(run.len());
    for Range { start, end } in secrets_within(&readable(&decoded), allowance).iter() {
        spans.push(at(*start)..at(*end));
    }
}

/// Every byte keeps its place.
fn readable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| SUBSTITUTE));
    }
    text
}

/// With the place that each byte comes from.
fn decoded(text: &str) -> (Vec<u8>, Vec<usize>) {
    let (mut bytes, mut places) = (Vec::new(), Vec::new());
    let mut place = 0;
    while let Some(byte) = text.as_bytes().get(place) {
        let code = text.get(place + 1..place + 3).filter(|_| *byte == b'%');
        let code = code.and_then(|it| u8::from_str_radix(it, 16).ok());
        bytes.push(code.unwrap_or(*byte));
        places.push(place);
        place += if code.is_some() { 3 } else { 1 };
    }
    (bytes, places)
}
