//! Private keys in PEM: whole blocks, blocks with escaped line ends, and blocks that lost their beginning or end.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::spans::Spans;

static EDGE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"-----(?<edge>BEGIN|END) [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----")
        .expect("a constant")
});

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
        spans.push(start..end_of_body(text, start));
    }
}

/// A body without an end goes on while it looks like base64.
fn end_of_body(text: &str, start: usize) -> usize {
    let body = text.get(start..).unwrap_or_default();
    let length = body
        .split_inclusive('\n')
        .take_while(|line| is_base64(line.trim()))
        .map(str::len)
        .sum::<usize>();
    start + body.get(..length).unwrap_or_default().trim_end().len()
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
