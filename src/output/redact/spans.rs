//! Places in a text.

use std::ops::Range;

use super::mark;

/// Where the secrets of a text are; once settled in order, apart from each other and clear of earlier marks.
#[derive(Debug, Default)]
pub(super) struct Spans(Vec<Range<usize>>);

impl Spans {
    pub(super) fn push(&mut self, span: Range<usize>) {
        if !span.is_empty() {
            self.0.push(span);
        }
    }

    pub(super) fn append(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    /// Where the last span that was found ends.
    pub(super) fn end(&self) -> usize {
        self.0.last().map_or(0, |it| it.end)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Range<usize>> {
        self.0.iter()
    }

    /// Joins what overlaps, then leaves out what has been redacted before: a mark is not a secret.
    pub(super) fn settle(&mut self, text: &str) {
        self.0.sort_by_key(|it| (it.start, it.end));
        let mut joined: Vec<Range<usize>> = Vec::with_capacity(self.0.len());
        for span in self.0.drain(..) {
            match joined.last_mut() {
                Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
                _ => joined.push(span),
            }
        }
        let mut marks = mark::all(text).peekable();
        for span in joined {
            let mut start = span.start;
            while let Some(mark) = marks.peek().filter(|it| it.start < span.end) {
                self.keep(text, start..mark.start);
                start = start.max(mark.end);
                // One that goes on may hide the next span as well.
                if mark.end > span.end {
                    break;
                }
                marks.next();
            }
            self.keep(text, start..span.end);
        }
    }

    /// What is left of a span beside the marks.
    fn keep(&mut self, text: &str, span: Range<usize>) {
        let is_secret = text.get(span.clone()).is_some_and(|it| !it.trim().is_empty());
        if is_secret {
            self.0.push(span);
        }
    }
}
