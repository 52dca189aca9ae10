//! Secrets that are assigned to a name: `password=x`, `"token": "x"`, `api_key: x`, a YAML block, an env variable.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::{
    extents::{closing, end_of_word, has_more, line, until},
    lines::{self, Lines},
    names::{Secrecy, secrecy},
    spans::Spans,
    values::{begins_with_placeholder, is_prose, is_secret},
};

/// `name: DB_PASSWORD` and on the same line or the next `value: `, as env variables and headers are written.
static NAME_AND_VALUE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)\b(?:name|key)\\*["']?\s*[:=]\s*\\*["']?(?<name>[\w./-]+)\\*["']?(?:\\+n|[\s,+-])*\\*["']?val(?:ue)?\\*["']?\s*[:=][ \t]*"#,
    )
    .expect("a constant")
});

/// In a diff the new value follows the old one, without the name again.
static VALUE_AGAIN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^[^\n]*\n[ \t]*[+-][ \t]*\\*["']?val(?:ue)?\\*["']?\s*[:=][ \t]*"#)
        .expect("a constant")
});

/// A block with a secret's name, and what it is set to: `variable "token" { default = `.
static BLOCK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"\\*"(?<name>[\w.-]+)\\*"(?:\\+n|\s)*\{[^{}]{0,400}?\b(?:default|value|content)\s*=[ \t]*"#,
    )
    .expect("a constant")
});

/// `token in (a, b)`, as selectors and SQL have it.
static SET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?<name>[\w./-]+)\s+(?:not\s?)?in\s*\(").expect("a constant")
});

/// How an `Authorization` begins; only what comes after it is secret.
static SCHEME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:bearer|basic|token|digest|negotiate|apikey)[ \t]+").expect("a constant")
});

/// How the API server's complaints about a field begin; what is wrong with the value comes after it, or a value.
static COMPLAINT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(?:(?:Invalid|Unsupported|Duplicate) value: |Too long: |Forbidden: |Required value)",
    )
    .expect("a constant")
});

/// No name is longer.
const NAME: usize = 256;

/// What is longer and has no name of a secret is none: a long one is known by its form.
const WORD: usize = 1_024;

/// Where a name and its value meet.
#[derive(Clone, Copy)]
pub(super) struct Assignment<'a> {
    pub(super) text: &'a str,
    pub(super) secrecy: Secrecy,
    /// Where the value begins.
    pub(super) start: usize,
    reach: Reach,
    /// A colon and a space, as in YAML and in sentences.
    pub(super) colon: bool,
}

/// How far a value without quotes goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    Word,
    /// A word that may be one of a sentence: there is one before the name as well.
    Sentence,
    /// To the end of the line, unless it goes on with other assignments: the name begins the line, as in a file of
    /// settings.
    Line,
    /// To the end of the line, as a cookie does.
    WholeLine,
}

pub(super) fn find(text: &str, spans: &mut Spans) {
    // Between what is found on other lines there is more to look at.
    let mut elsewhere = Spans::default();
    for (place, _) in text.match_indices(['=', ':']) {
        // What is in a secret already is not looked at again, or `password=password=...` would take for ever.
        if place >= spans.end()
            && let Some(assignment) = assignment(text, place)
        {
            assignment.find(spans, &mut elsewhere);
        }
    }
    for captures in NAME_AND_VALUE.captures_iter(text).chain(BLOCK.captures_iter(text)) {
        let name = captures.name("name").map_or("", |it| it.as_str());
        let mut place = captures.get(0).map(|it| it.end());
        let secrecy = secrecy(name);
        while let Some(start) = place.filter(|_| secrecy != Secrecy::None) {
            Assignment { text, secrecy, start, reach: Reach::Word, colon: false }
                .find(spans, &mut elsewhere);
            place =
                text.get(start..).and_then(|it| VALUE_AGAIN.find(it)).map(|it| start + it.end());
        }
    }
    for captures in SET.captures_iter(text) {
        let secrecy = secrecy(captures.name("name").map_or("", |it| it.as_str()));
        let start = captures.get(0).map_or(text.len(), |it| it.end() - 1);
        Assignment { text, secrecy, start, reach: Reach::Word, colon: false }.items(')', spans);
    }
    spans.append(elsewhere);
}

/// The assignment whose separator is at `place`, if its name is a secret's.
fn assignment(text: &str, place: usize) -> Option<Assignment<'_>> {
    let (before, after) = text.split_at_checked(place)?;
    // A text without any space must not be gone through once for each of its separators.
    let near = before.get(before.floor_char_boundary(before.len().saturating_sub(NAME))..)?;
    let word = near.rsplit([' ', '\n', '"', '\'']).next().unwrap_or_default();
    if after.starts_with("://")
        || after.starts_with("::")
        || before.ends_with([':', '='])
        || word.starts_with("arn:")
    {
        return None;
    }
    let close = before.trim_end_matches([' ', '\t']);
    let close = close.strip_suffix('!').filter(|_| after.starts_with('=')).unwrap_or(close);
    let close = close.trim_end_matches([' ', '\t']);
    let bare = close.trim_end_matches(['"', '\'', '`', ']', '\\']);
    let begin = bare.rfind(|it: char| !(it.is_alphanumeric() || "_.-/".contains(it)));
    let begin = begin.map_or(0, |it| {
        it + bare.get(it..).and_then(|it| it.chars().next()).map_or(1, char::len_utf8)
    });
    let name = bare.get(begin..)?;
    let secrecy = secrecy(name).max(key_of_two_words(bare.get(..begin)?, name));
    let separators = after.len() - after.trim_start_matches([':', '=']).len();
    let separators = separators + usize::from(after.get(separators..)?.starts_with('>'));
    let value = after.get(separators..)?;
    let start = text.len() - value.trim_start_matches([' ', '\t']).len();
    (secrecy != Secrecy::None).then(|| Assignment {
        text,
        secrecy,
        start,
        reach: reach(text.get(..begin).unwrap_or_default(), name),
        colon: after.starts_with(": "),
    })
}

/// "api key: x" in a sentence.
fn key_of_two_words(before: &str, name: &str) -> Secrecy {
    let word =
        before.strip_suffix(' ').and_then(|it| it.rsplit([' ', '\n', '"', '\'', '(']).next());
    let key = name.eq_ignore_ascii_case("key") || name.eq_ignore_ascii_case("id");
    match word.filter(|_| key) {
        Some(word) if secrecy(&format!("{word}_{name}")) == Secrecy::Text => Secrecy::Perhaps,
        _ => Secrecy::None,
    }
}

/// Nothing but an indent, a dash, a diff's sign or a quote is before a name that begins its line.
fn reach(before: &str, name: &str) -> Reach {
    let line_before = before.trim_end_matches([' ', '\t', '-', '+', '"', '\'']);
    if name.to_ascii_lowercase().ends_with("cookie") {
        Reach::WholeLine
    } else if line_before.is_empty() || line_before.ends_with('\n') {
        Reach::Line
    } else if before.trim_end_matches(['"', '\'']).ends_with(' ')
        && line_before.ends_with(char::is_alphabetic)
    {
        Reach::Sentence
    } else {
        Reach::Word
    }
}

impl<'a> Assignment<'a> {
    fn find(mut self, spans: &mut Spans, elsewhere: &mut Spans) {
        if let Some(complaint) = COMPLAINT.find(self.rest(self.start)) {
            if !complaint.as_str().ends_with(" value: ") {
                return;
            }
            self.start += complaint.len();
            self.reach = Reach::Word;
        }
        if let Some(lines) = Lines::behind(self) {
            return lines.find(elsewhere);
        }
        let value = self.rest(self.start);
        match value.bytes().next() {
            None => {}
            Some(b'{') => lines::in_braces(self, elsewhere),
            Some(b'[') if value.starts_with("[redacted ") => {}
            // Go's bytes: `[]uint8{0x68, 0x75}`.
            Some(b'[') if value.starts_with("[]uint8{") || value.starts_with("[]byte{") => {
                self.push(self.start..self.start + until(value, &['}', '\n']), spans);
            }
            Some(b'[') => self.items(']', spans),
            Some(b'"' | b'\'' | b'`' | b'\\') => self.quoted(spans),
            Some(_) => self.bare(spans),
        }
    }

    pub(super) fn rest(&self, start: usize) -> &'a str {
        self.text.get(start..).unwrap_or_default()
    }

    fn quoted(self, spans: &mut Spans) {
        let value = self.rest(self.start);
        let escapes = value.bytes().take_while(|it| *it == b'\\').count();
        let Some(quote @ ('"' | '\'' | '`')) =
            value.get(escapes..).and_then(|it| it.chars().next())
        else {
            return self.bare(spans);
        };
        let open = self.start + escapes + 1;
        let close = closing(self.rest(open), quote, escapes);
        self.push(open..open + close.unwrap_or_else(|| until(self.rest(open), &['\n'])), spans);
    }

    /// `["x", "y"]`, `[x y]` and `(x, y)`, each item for itself.
    fn items(self, close: char, spans: &mut Spans) {
        let list = self.rest(self.start + 1);
        let list = list.get(..until(list, &[close, '\n'])).unwrap_or_default();
        let mut start = self.start + 1;
        for item in list.split_inclusive(',') {
            let value = item.trim_matches([' ', ',', '"', '\'', '\\']);
            let place = start + item.find(value).unwrap_or_default();
            self.push(place..place + value.len(), spans);
            start += item.len();
        }
    }

    fn bare(self, spans: &mut Spans) {
        let all = self.rest(self.start);
        let near = all.get(..all.floor_char_boundary(WORD)).unwrap_or_default();
        // What is judged by its looks is not read to its end again for each separator in it.
        let by_name = matches!(self.secrecy, Secrecy::Sure | Secrecy::Text);
        let is_endless = near.len() < all.len() && end_of_word(near) == near.len();
        if is_endless && (!by_name || begins_with_placeholder(near)) {
            return;
        }
        let is_line = matches!(self.reach, Reach::Line | Reach::WholeLine);
        let rest = if is_endless || is_line && by_name { all } else { near };
        let scheme = SCHEME.find(rest).map_or(0, |it| it.end());
        let word = scheme + end_of_word(rest.get(scheme..).unwrap_or_default());
        let end = match self.reach {
            Reach::Word | Reach::Sentence => word,
            Reach::Line if has_more(line(rest).get(word..).unwrap_or_default()) => word,
            Reach::Line | Reach::WholeLine => line(rest).len(),
        };
        let value = rest.get(..end).unwrap_or_default();
        let is_text = self.reach == Reach::Sentence && self.colon && is_prose(value, self.secrecy);
        if !is_text && !begins_with_placeholder(rest) {
            self.push(self.start..self.start + end, spans);
        }
    }

    /// The same place, judged otherwise.
    pub(super) fn with(self, secrecy: Secrecy) -> Self {
        Self { secrecy, ..self }
    }

    pub(super) fn push(&self, span: Range<usize>, spans: &mut Spans) {
        let value = self.text.get(span.clone()).unwrap_or_default();
        let scheme = SCHEME.find(value).map_or(0, |it| it.end());
        let secret = value.get(scheme..).unwrap_or_default();
        if is_secret(secret, self.secrecy) {
            spans.push(span.start + scheme..span.end);
        }
    }
}
