//! Lines and columns, and how far into a text they are.

use super::Place;

#[derive(Debug)]
pub struct Places<'a> {
    text: &'a str,
    /// Where each line begins.
    lines: Vec<usize>,
}

impl<'a> Places<'a> {
    pub fn of(text: &'a str) -> Self {
        let begins = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { text, lines: std::iter::once(0).chain(begins).collect() }
    }

    /// In bytes; the end of the line for a column that it does not have.
    pub fn offset(&self, place: Place) -> usize {
        let line = usize::try_from(place.line - 1).unwrap_or(usize::MAX).min(self.lines.len() - 1);
        let begin = self.lines.get(line).copied().unwrap_or_default();
        let rest = self.text.get(begin..).unwrap_or_default();
        let rest = rest.split('\n').next().unwrap_or_default();
        let column = usize::try_from(place.column - 1).unwrap_or(usize::MAX);
        begin + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at)
    }

    /// `at` is in bytes, and at the beginning of a character.
    pub fn place(&self, at: usize) -> Place {
        let at = at.min(self.text.len());
        let line = self.lines.partition_point(|begin| *begin <= at);
        let begin = self.lines.get(line - 1).copied().unwrap_or_default();
        let column = self.text.get(begin..at).unwrap_or_default().chars().count();
        let counted = |it: usize| u64::try_from(it).unwrap_or(u64::MAX);
        Place { line: counted(line), column: counted(column + 1) }
    }
}
