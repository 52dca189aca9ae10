//! A Secret written out as text, such as what `kubectl get secret -o yaml` prints in a container.

use std::sync::LazyLock;

use regex::Regex;

use super::spans::Spans;

/// `data:` at the end of a line, or `"data": {` and what is in its braces.
static YAML: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^(?<indent>[ +-]*)(?:data|stringData):[ \t]*\r?\n").expect("a constant")
});
static JSON: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"\\*"(?:data|stringData)\\*"\s*:\s*\{(?<fields>[^{}]*)\}"#).expect("a constant")
});
static FIELD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"\\*"[^"]+"\s*:\s*\\*"(?<value>[^"\\]+)"#).expect("a constant"));

pub(super) fn find(text: &str, spans: &mut Spans) {
    for captures in YAML.captures_iter(text) {
        let indent = captures.name("indent").map_or(0, |it| it.len());
        yaml(text, captures.get(0).map_or(text.len(), |it| it.end()), indent, spans);
    }
    for captures in JSON.captures_iter(text) {
        let Some(fields) = captures.name("fields") else { continue };
        for field in FIELD.captures_iter(fields.as_str()) {
            if let Some(value) = field.name("value") {
                spans.push(fields.start() + value.start()..fields.start() + value.end());
            }
        }
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
