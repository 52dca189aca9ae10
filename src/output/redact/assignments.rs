//! Secrets that are assigned to a name: `password=x`, `"token": "x"`, `api_key: x`, a YAML block, an env variable.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::{
    extents::{closing, end_of_word, has_more, indent, is_block_header, line, until},
    names::{Secrecy, is_reference, secrecy},
    spans::Spans,
    values::{begins_with_placeholder, is_prose, is_secret},
};

/// `name: DB_PASSWORD` and on the same line or the next `value: `, as env variables and headers are written.
static NAME_AND_VALUE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)\b(?:name|key)\\*["']?\s*[:=]\s*\\*["']?(?<name>[\w./-]+)\\*["']?[\s,+-]*\\*["']?value\\*["']?\s*[:=][ \t]*"#,
    )
    .expect("a constant")
});

/// In a diff the new value follows the old one, without the name again.
static VALUE_AGAIN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^[^\n]*\n[ \t]*[+-][ \t]*\\*["']?value\\*["']?\s*[:=][ \t]*"#)
        .expect("a constant")
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

/// Where a name and its value meet.
#[derive(Clone, Copy)]
struct Assignment<'a> {
    text: &'a str,
    secrecy: Secrecy,
    /// Where the value begins.
    start: usize,
    reach: Reach,
    /// A colon and a space, as in YAML and in sentences.
    colon: bool,
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
    for (place, _) in text.match_indices(['=', ':']) {
        // What is in a secret already is not looked at again, or `password=password=...` would take for ever.
        if place >= spans.end()
            && let Some(assignment) = assignment(text, place)
        {
            assignment.find(spans);
        }
    }
    for captures in NAME_AND_VALUE.captures_iter(text) {
        let name = captures.name("name").map_or("", |it| it.as_str());
        let mut place = captures.get(0).map(|it| it.end());
        let secrecy = secrecy(name);
        while let Some(start) = place.filter(|_| secrecy != Secrecy::None) {
            Assignment { text, secrecy, start, reach: Reach::Word, colon: false }.find(spans);
            place =
                text.get(start..).and_then(|it| VALUE_AGAIN.find(it)).map(|it| start + it.end());
        }
    }
}

/// The assignment whose separator is at `place`, if its name is a secret's.
fn assignment(text: &str, place: usize) -> Option<Assignment<'_>> {
    let (before, after) = text.split_at_checked(place)?;
    let word = before.rsplit([' ', '\n', '"', '\'']).next().unwrap_or_default();
    if after.starts_with("://")
        || after.starts_with("::")
        || before.ends_with([':', '='])
        || word.starts_with("arn:")
    {
        return None;
    }
    let close = before.trim_end_matches([' ', '\t']);
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

impl Assignment<'_> {
    fn find(mut self, spans: &mut Spans) {
        if let Some(complaint) = COMPLAINT.find(self.rest(self.start)) {
            if !complaint.as_str().ends_with(" value: ") {
                return;
            }
            self.start += complaint.len();
            self.reach = Reach::Word;
        }
        let value = self.rest(self.start);
        match value.bytes().next() {
            None | Some(b'{') => {}
            Some(b'\n' | b'\r') => self.next_lines(spans),
            Some(b'|' | b'>') if self.colon && is_block_header(value) => self.next_lines(spans),
            Some(b'[') if value.starts_with("[redacted ") => {}
            // Go's bytes: `[]uint8{0x68, 0x75}`.
            Some(b'[') if value.starts_with("[]uint8{") || value.starts_with("[]byte{") => {
                self.push(self.start..self.start + until(value, &['}', '\n']), spans);
            }
            Some(b'[') => self.items(spans),
            Some(b'"' | b'\'' | b'`' | b'\\') => self.quoted(spans),
            Some(_) => self.bare(spans),
        }
    }

    fn rest(&self, start: usize) -> &str {
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

    /// `["x", "y"]` and `[x y]`, each item for itself.
    fn items(self, spans: &mut Spans) {
        let list = self.rest(self.start + 1);
        let list = list.get(..until(list, &[']', '\n'])).unwrap_or_default();
        let mut start = self.start + 1;
        for item in list.split_inclusive(',') {
            let value = item.trim_matches([' ', ',', '"', '\'', '\\']);
            let place = start + item.find(value).unwrap_or_default();
            self.push(place..place + value.len(), spans);
            start += item.len();
        }
    }

    fn bare(self, spans: &mut Spans) {
        let rest = self.rest(self.start);
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

    /// A block scalar, a list or a value that begins on the next line: all lines that are indented deeper, or are items.
    fn next_lines(self, spans: &mut Spans) {
        let name_line =
            self.text.get(..self.start).unwrap_or_default().rsplit('\n').next().unwrap_or_default();
        let indent = indent(name_line);
        let mut place = self.start + until(self.rest(self.start), &['\n']) + 1;
        let is_block = !self.rest(self.start).starts_with(['\n', '\r']);
        while place < self.text.len() {
            let line = self.rest(place).split('\n').next().unwrap_or_default();
            let content = line.trim_start_matches([' ', '\t', '+', '-']);
            let belongs = line.trim().is_empty() && is_block || self::indent(line) > indent;
            let inner = self.inner(content).filter(|_| !is_block);
            let is_map = content.contains(": ")
                || content.ends_with(':')
                || content.starts_with(['{', '"', '}']);
            if !belongs || !is_block && is_map && inner.is_none() {
                break;
            }
            let content = inner.unwrap_or(content);
            let start = place + line.len() - content.len();
            self.push(start..start + content.trim_end().len(), spans);
            place += line.len() + 1;
        }
    }

    /// The value in `admin: x` below `passwords:`.
    fn inner<'a>(&self, line: &'a str) -> Option<&'a str> {
        let (name, value) = line.split_once(": ")?;
        (self.secrecy == Secrecy::Sure && !is_reference(name)).then_some(value)
    }

    fn push(&self, span: Range<usize>, spans: &mut Spans) {
        let value = self.text.get(span.clone()).unwrap_or_default();
        let scheme = SCHEME.find(value).map_or(0, |it| it.end());
        let secret = value.get(scheme..).unwrap_or_default();
        if is_secret(secret, self.secrecy) {
            spans.push(span.start + scheme..span.end);
        }
    }
}
