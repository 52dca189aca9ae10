//! Where the pieces of a text lie: lines, and what of them belongs to a key.

use crate::tree::{Key, Node, Places};

/// Pairs of brackets, and of quotes.
const BRACKETS: [(char, char); 2] = [('{', '}'), ('[', ']')];

pub(super) struct Layout<'a> {
    pub(super) text: &'a str,
    places: Places<'a>,
}

/// A key and what belongs to it, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// Where its line begins, the key, and what follows the colon.
    pub(super) line: usize,
    pub(super) key: usize,
    pub(super) value: usize,
    /// Where the last line of its value ends, before its line feed.
    pub(super) end: usize,
}

impl<'a> Layout<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { text, places: Places::of(text) }
    }

    pub(super) fn at(&self, node: &Node) -> usize {
        self.places.offset(node.place)
    }

    fn letter(&self, at: usize) -> Option<char> {
        self.text.get(at..)?.chars().next()
    }

    /// Whether a section is written with brackets.
    pub(super) fn is_in_brackets(&self, section: &Node) -> bool {
        self.letter(self.at(section)) == Some('{')
    }

    pub(super) fn line_start(&self, at: usize) -> usize {
        self.text.get(..at).and_then(|it| it.rfind('\n')).map_or(0, |it| it + 1)
    }

    pub(super) fn line_end(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        rest.find('\n').map_or(self.text.len(), |it| at + it)
    }

    /// The entries of a section that is written line by line; `until` is where what it lies in ends.
    pub(super) fn entries(&self, section: &Node, until: usize) -> Option<Vec<Entry>> {
        let keys: Vec<usize> =
            section.entries().iter().map(|(key, _)| self.places.offset(key.place)).collect();
        let lines: Vec<usize> = keys.iter().map(|it| self.line_start(*it)).collect();
        let ends = lines.iter().skip(1).copied().chain([until]);
        let lines = keys.into_iter().zip(lines.iter().copied().zip(ends));
        let mut entries = section.entries().iter().zip(lines);
        entries.try_fold(Vec::new(), |mut all, ((key, _), (at, (line, end)))| {
            all.push(self.entry(key, at, line, end)?);
            Some(all)
        })
    }

    fn entry(&self, key: &Key, at: usize, line: usize, until: usize) -> Option<Entry> {
        let is_first = self.text.get(line..at)?.chars().all(|it| it == ' ');
        let value = self.behind_colon(key, at)?;
        let end = self.content_end(at, at - line, until)?;
        (is_first && value <= end).then_some(Entry { line, key: at, value, end })
    }

    fn behind_colon(&self, key: &Key, at: usize) -> Option<usize> {
        let written = match self.letter(at)? {
            quote @ ('"' | '\'') => self.quoted_end(at, quote)? - at,
            _ => self.text.get(at..)?.starts_with(&key.name).then_some(key.name.len())?,
        };
        let rest = self.text.get(at + written..)?;
        let blanks = rest.len() - rest.trim_start_matches(' ').len();
        rest.get(blanks..)?.starts_with(':').then_some(at + written + blanks + 1)
    }

    /// Blank lines, and comments that are not further in than the key, belong to what follows.
    fn content_end(&self, from: usize, indent: usize, until: usize) -> Option<usize> {
        let text = self.text.get(from..until)?;
        let mut end = 0;
        let mut done = 0;
        for line in text.split_inclusive('\n') {
            let bare = line.trim_end();
            let words = bare.trim_start_matches(' ');
            let is_comment =
                words.starts_with('#') && bare.len() - words.len() <= indent && done > 0;
            let is_mark = done > 0 && (bare.starts_with("---") || bare.starts_with("..."));
            if !bare.is_empty() && !is_comment && !is_mark {
                end = done + bare.len();
            }
            done += line.len();
        }
        Some(from + end)
    }

    /// Where the value of an entry ends that lies on the line of its key; `None` if it goes on below.
    pub(super) fn value_end(&self, entry: Entry) -> Option<usize> {
        if entry.end > self.line_end(entry.key) {
            return None;
        }
        let rest = self.text.get(entry.value..entry.end)?;
        let begin = entry.value + rest.len() - rest.trim_start().len();
        if begin >= entry.end || self.letter(begin) == Some('#') {
            return Some(entry.value);
        }
        match self.letter(begin)? {
            quote @ ('"' | '\'') => self.quoted_end(begin, quote),
            bracket if BRACKETS.iter().any(|it| it.0 == bracket) => self.bracket_end(begin),
            _ => {
                let plain = self.text.get(begin..entry.end)?;
                let plain = plain.find(" #").map_or(plain, |it| plain.get(..it).unwrap_or(plain));
                Some(begin + plain.trim_end().len())
            }
        }
    }

    /// Behind the quote that closes the one there.
    fn quoted_end(&self, at: usize, quote: char) -> Option<usize> {
        let mut letters = self.text.get(at + 1..)?.char_indices().peekable();
        while let Some((offset, letter)) = letters.next() {
            let is_double = || quote == '\'' && self.letter(at + offset + 2) == Some('\'');
            let hides_next = letter == '\\' && quote == '"';
            if hides_next || (letter == quote && is_double()) {
                letters.next();
            } else if letter == quote {
                return Some(at + offset + 2);
            }
        }
        None
    }

    /// Behind the bracket that closes the one there.
    pub(super) fn bracket_end(&self, at: usize) -> Option<usize> {
        let mut open = Vec::new();
        let mut here = at;
        let mut before = ' ';
        while let Some(letter) = self.letter(here) {
            let begins = before.is_whitespace() || "{[,:".contains(before);
            if letter == '#' && before.is_whitespace() {
                here = self.line_end(here);
                continue;
            }
            if "\"'".contains(letter) && begins {
                here = self.quoted_end(here, letter)?;
                before = letter;
                continue;
            }
            if let Some((_, close)) = BRACKETS.iter().find(|it| it.0 == letter) {
                open.push(*close);
            } else if open.last() == Some(&letter) {
                open.pop();
            }
            here += letter.len_utf8();
            before = letter;
            if open.is_empty() {
                return Some(here);
            }
        }
        None
    }
}
