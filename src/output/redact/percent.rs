//! Secrets in what is encoded for a URL: `%22password%22%3A%22x%22`.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::{secrets_within, spans::Spans};

/// Quotes, separators and braces that are encoded: what has none is found as it is.
pub(super) const TRIGGER: &str = r"%(?:22|27|3[AaDd]|7[Bb])";

/// From one white space or quote to the next.
static ENCODED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"[^\s"'`<>\\]*%(?:22|27|3[AaDd]|7[Bb])[^\s"'`<>\\]*"#).expect("a constant")
});

/// `depth`: see [`super::packed::DEEPEST`].
pub(super) fn find(text: &str, depth: u8, spans: &mut Spans) {
    for run in ENCODED.find_iter(text) {
        let (decoded, places) = decoded(run.as_str());
        let Ok(decoded) = String::from_utf8(decoded) else { continue };
        for Range { start, end } in secrets_within(&decoded, depth).iter() {
            let at = |place: usize| places.get(place).copied().unwrap_or(run.len());
            spans.push(run.start() + at(*start)..run.start() + at(*end));
        }
    }
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
