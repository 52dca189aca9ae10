//! Base64 of something that is secret itself: a kubeconfig, a key, a registry's password.

use std::sync::LazyLock;

use regex::Regex;

use super::{
    allowance::Allowance,
    packed::{self, Content},
    spans::Spans,
    values::bytes_of_base64,
};

/// Base64, also over several lines, also with escaped line ends.
static BASE64: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[A-Za-z0-9+/_-]{40,}(?:(?:\\n|[ \t]*\r?\n[ \t]*)[A-Za-z0-9+/_-]{4,})*={0,2}")
        .expect("a constant")
});

pub(super) fn find(text: &str, allowance: &mut Allowance, spans: &mut Spans) {
    for run in BASE64.find_iter(text) {
        if holds_secret(run.as_str(), allowance) {
            spans.push(run.range());
        }
    }
}

/// Whether base64 holds something with a secret in it.
pub(super) fn holds_secret(run: &str, allowance: &mut Allowance) -> bool {
    let run: String = run.replace("\\n", "").split_whitespace().collect();
    let whole = run.len() - run.trim_end_matches('=').len() + run.len() / 4 * 4;
    let bytes = bytes_of_base64(&run).or_else(|| bytes_of_base64(run.get(..whole)?));
    let Some(bytes) = bytes else { return false };
    match Content::of(&bytes, allowance) {
        Content::Plain(_) if !packed::is_text(&bytes) => false,
        content => content.holds_secret(allowance),
    }
}
