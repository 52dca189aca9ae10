//! A Secret written out as text, such as what `kubectl get secret -o yaml` prints in a container.

use std::sync::LazyLock;

use regex::Regex;

use super::{extents::closing, spans::Spans};

/// `data:` at the end of a line, or `"data": {` and what is in its braces.
static YAML: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^(?<indent>[ +-]*)(?:data|stringData):[ \t]*\r?\n").expect("a constant")
});
static JSON: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?<escapes>\\*)"(?:data|stringData)\\*"\s*:\s*\{"#).expect("a constant")
});

/// The name of a field up to the quote that opens its value, behind `{` or the value before it.
static FIELD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^(?:\\+n|\s)*,?(?:\\+n|\s)*\\*"[^"\\]+\\*"\s*:\s*\\*""#).expect("a constant")
});

pub(super) fn find(text: &str, spans: &mut Spans) {
    for captures in YAML.captures_iter(text) {
        let indent = captures.name("indent").map_or(0, |it| it.len());
        yaml(text, captures.get(0).map_or(text.len(), |it| it.end()), indent, spans);
    }
    for captures in JSON.captures_iter(text) {
        let escapes = captures.name("escapes").map_or(0, |it| it.len());
        json(text, captures.get(0).map_or(text.len(), |it| it.end()), escapes, spans);
    }
}

/// Field after field: whatever braces and quotes there are in values, each ends where its own quote is closed.
fn json(text: &str, mut place: usize, escapes: usize, spans: &mut Spans) {
    while let Some(rest) = text.get(place..)
        && let Some(field) = FIELD.find(rest)
    {
        let value = rest.get(field.end()..).unwrap_or_default();
        let end = closing(value, '"', escapes).unwrap_or(value.len());
        spans.push(place + field.end()..place + field.end() + end);
        place += field.end() + (end + escapes + 1).min(value.len());
    }
}

/// Everything that is indented deeper than `data:` is secret, but for the names of its fields.
fn yaml(text: &str, mut place: usize, indent: usize, spans: &mut Spans) {
    let mut of_field = None;
    for line in text.get(place..).unwrap_or_default().split_inclusive('\n') {
        let content = line.trim_start_matches([' ', '+', '-']);
        let depth = line.len() - content.len();
        if depth <= indent && !content.trim().is_empty() {
            return;
        }
        let is_field = of_field.is_none_or(|it| depth <= it);
        let value =
            if is_field { content.find(": ").map_or(content.len(), |it| it + 2) } else { 0 };
        if is_field {
            of_field = Some(depth);
        }
        let secret = content.get(value..).unwrap_or_default().trim_end();
        if !matches!(secret, "|" | "|-" | "|+" | ">" | ">-") {
            spans.push(place + depth + value..place + depth + value + secret.len());
        }
        place += line.len();
    }
}
