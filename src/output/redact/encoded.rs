//! Base64 of something that is secret itself: a kubeconfig, a key, a registry's password.

use std::sync::LazyLock;

use regex::Regex;

use super::{packed, secrets_within, spans::Spans, values::bytes_of_base64};

/// Base64, also over several lines, also with escaped line ends.
static BASE64: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[A-Za-z0-9+/_-]{40,}(?:(?:\\n|[ \t]*\r?\n[ \t]*)[A-Za-z0-9+/_-]{4,})*={0,2}")
        .expect("a constant")
});

/// `depth`: see [`packed::DEEPEST`].
pub(super) fn find(text: &str, depth: u8, spans: &mut Spans) {
    for run in BASE64.find_iter(text) {
        if holds_secret(run.as_str(), depth) {
            spans.push(run.range());
        }
    }
}

/// Whether base64 holds something with a secret in it.
pub(super) fn holds_secret(run: &str, depth: u8) -> bool {
    let run: String = run.replace("\\n", "").split_whitespace().collect();
    let whole = run.len() - run.trim_end_matches('=').len() + run.len() / 4 * 4;
    let bytes = bytes_of_base64(&run).or_else(|| bytes_of_base64(run.get(..whole)?));
    let Some(bytes) = bytes else { return false };
    if !packed::is_gzip(&bytes) {
        // Random letters are base64 as well, and what they hold is no text.
        let is_text = std::str::from_utf8(&bytes).is_ok();
        let text = packed::text_of(&bytes).filter(|_| is_text);
        return text.is_some_and(|it| !secrets_within(&it, depth).is_empty());
    }
    let text = depth.checked_sub(1).and_then(|depth| Some((depth, packed::text_of(&bytes)?)));
    text.is_none_or(|(depth, it)| !secrets_within(&it, depth).is_empty())
}
