//! Private keys in PEM and in `PuTTY`'s format: whole blocks, blocks with escaped line ends, and blocks that lost their
//! beginning or end.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::spans::Spans;

static EDGE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"---- ?-?(?<edge>BEGIN|END) [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?(?:-----| ----)")
        .expect("a constant")
});

/// `PuTTY` writes how many lines of base64 follow.
static PUTTY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"Private-Lines:[ \t]*[0-9]+(?:\\+r|\\+n|\s)+(?<key>(?:[A-Za-z0-9+/]{16,}=*(?:\\+r|\\+n|\s)*)+)")
        .expect("a constant")
});

/// A line of a body, or of what comes before an encrypted one.
static LINE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:\\+[rn]|\s)*(?:(?<head>[A-Z][A-Za-z-]+: [^\r\n\\]+)|(?<body>[A-Za-z0-9+/=]+))")
        .expect("a constant")
});

/// So many characters are a piece of a key, whatever is behind them on their line.
const TORN: usize = 16;

pub(super) fn find(text: &str, spans: &mut Spans) {
    let mut begun: Vec<usize> = Vec::new();
    for captures in EDGE.captures_iter(text) {
        let Some(edge) = captures.get(0) else { return };
        if captures.name("edge").is_some_and(|it| it.as_str() == "BEGIN") {
            begun.push(edge.end());
            continue;
        }
        let start = begun.first().copied().unwrap_or_else(|| start_of_body(text, edge.start()));
        spans.push(trimmed(text, start..edge.start()));
        begun.clear();
    }
    for start in begun {
        spans.push(trimmed(text, start..end_of_body(text, start)));
    }
    for captures in PUTTY.captures_iter(text) {
        if let Some(key) = captures.name("key") {
            spans.push(trimmed(text, key.range()));
        }
    }
}

/// A body without an end goes on while its lines look like one's.
fn end_of_body(text: &str, start: usize) -> usize {
    let mut end = start;
    while let Some(captures) = text.get(end..).and_then(|it| LINE.captures(it)) {
        let line = captures.get(0).map_or(end, |it| end + it.end());
        let rest = text.get(line..).unwrap_or_default();
        let is_whole = rest.is_empty() || rest.starts_with(['\n', '\r', '\\', '"', '\'']);
        let is_torn = captures.name("body").is_some_and(|it| it.len() >= TORN);
        if is_whole || is_torn {
            end = line;
        }
        if !is_whole {
            break;
        }
    }
    end
}

/// A body without a beginning began with the first line of base64 before its end.
fn start_of_body(text: &str, end: usize) -> usize {
    let body = text.get(..end).unwrap_or_default();
    let length = body
        .split_inclusive('\n')
        .rev()
        .take_while(|line| is_base64(line.trim()))
        .map(str::len)
        .sum::<usize>();
    end - length
}

fn is_base64(line: &str) -> bool {
    line.bytes().all(|it| it.is_ascii_alphanumeric() || b"+/=\\".contains(&it))
}

/// Without the white space and the escaped line ends around it, so that the block keeps its shape.
fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    let body = text.get(span.clone()).unwrap_or_default();
    let head = body.trim_start().trim_start_matches("\\n").trim_start();
    let start = span.end - head.len();
    let kept = head.trim_end().trim_end_matches("\\n").trim_end();
    start..start + kept.len()
}
