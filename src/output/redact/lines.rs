//! Secrets behind the line of their name, or in braces: a block of YAML, a list, fields.

use std::sync::LazyLock;

use regex::Regex;

use super::{
    assignments::Assignment,
    extents::{closing, indent},
    names::{Secrecy, is_reference},
    nested::{OBJECT_NAMES, fields_below, is_key_name, text_below},
    spans::Spans,
};

/// The end of the name's line, escaped or not, and `|`, `|-`, `>+2` before it.
static HEADER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?<block>[|>][1-9+-]{0,2}(?:[ \t]+#[^\n\\]*)?)?[ \t]*(?:(?:\r|\\+r)?(?<separator>\n|\\+n)|$)")
        .expect("a constant")
});

/// `name: value` in braces, with or without quotes, and `name: {`.
static FIELD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?<name>[\w.-]+)[\\"']*\s*:\s*(?:(?<open>[{\[])|\\*["'](?<quoted>[^"'\\]+)|(?<bare>[^\s"'\\,{}\[\]]+))"#,
    )
    .expect("a constant")
});

/// Fields that are farther away, and in more braces than this, are not a secret's.
const FIELDS: usize = 8 * 1024;
const BRACES: usize = 8;

/// What is around names and values that are quoted, and before a quote that is escaped.
const QUOTES: [char; 3] = ['"', '\'', '\\'];

/// The lines behind a name that are indented deeper.
pub(super) struct Lines<'a> {
    assignment: Assignment<'a>,
    is_block: bool,
    /// What is left of the text that the name is in.
    text: &'a str,
    start: usize,
    separator: &'a str,
    indent: usize,
}

impl<'a> Lines<'a> {
    /// `None` if the value begins on the name's own line.
    pub(super) fn behind(assignment: Assignment<'a>) -> Option<Self> {
        let value = assignment.rest(assignment.start);
        if !value.starts_with(['\n', '\r', '\\', '|', '>']) {
            return None;
        }
        let captures = HEADER.captures(value)?;
        let is_block = captures.name("block").is_some();
        let separator = captures.name("separator").map_or("\n", |it| it.as_str());
        let start = assignment.start + captures.get(0)?.end();
        let rest = assignment.rest(start);
        let before = assignment.text.get(..assignment.start)?.rsplit(separator).next()?;
        // A text with escaped line ends is over where its quotes are closed.
        let (before, end) = match separator.len().checked_sub(2) {
            None => (before, None),
            Some(escapes) => (before.rsplit('"').next()?, closing(rest, '"', escapes)),
        };
        let text = rest.get(..end.unwrap_or(rest.len()))?;
        (assignment.colon || !is_block).then(|| Self {
            assignment,
            is_block,
            text,
            start,
            separator,
            indent: indent(before),
        })
    }

    pub(super) fn find(&self, spans: &mut Spans) {
        if self.is_block { self.block(spans) } else { self.fields(spans) }
    }

    /// Each line without its indent and with its place.
    fn each(&self) -> impl Iterator<Item = (usize, &'a str)> {
        let mut place = self.start;
        let lines = self.text.split(self.separator);
        let lines = lines
            .take_while(|it| it.trim().is_empty() && self.is_block || indent(it) > self.indent);
        lines.map(move |line| {
            let content = line.trim_start_matches([' ', '\t', '+', '-']);
            let start = place + line.len() - content.len();
            place += line.len() + self.separator.len();
            (start, content.trim_end())
        })
    }

    /// One secret of many lines, unless each of them has to look like one.
    fn block(&self, spans: &mut Spans) {
        let lines = || self.each().filter(|it| !it.1.is_empty());
        if self.assignment.secrecy < Secrecy::Text {
            lines().for_each(|(start, it)| self.assignment.push(start..start + it.len(), spans));
        } else if let (Some((start, _)), Some((last, line))) = (lines().next(), lines().last()) {
            self.assignment.push(start..last + line.len(), spans);
        }
    }

    /// A value on the next line, a list of values, or fields.
    fn fields(&self, spans: &mut Spans) {
        let lines = || {
            self.each()
                .take_while(|(start, _)| start - self.start < FIELDS)
                .filter(|(_, it)| !it.starts_with('#'))
        };
        let names_object = lines().filter_map(|it| field(it.1)).any(|it| names_object(it.0));
        let (mut outer, mut own) = (self.assignment.secrecy, self.assignment.secrecy);
        for (start, content) in lines() {
            let (name, value) = field(content).unwrap_or(("", content));
            if name.is_empty() && content.starts_with(['{', '"', '}']) {
                return;
            } else if value.is_empty() {
                outer = fields_below(outer, name);
                own = outer;
            } else if !name.is_empty() {
                own = of_field(outer, name, value, names_object);
            }
            if outer == Secrecy::None {
                return;
            }
            if !is_block_header(value) {
                let place = start + content.len() - value.trim_start_matches(QUOTES).len();
                let secret = value.trim_matches(QUOTES);
                self.assignment.with(own).push(place..place + secret.len(), spans);
            }
        }
    }
}

/// `name: value` and `name:`.
fn field(content: &str) -> Option<(&str, &str)> {
    let (name, value) =
        content.split_once(": ").or_else(|| Some((content.strip_suffix(':')?, "")))?;
    Some((name.trim_matches(QUOTES), value.trim_start()))
}

fn is_block_header(value: &str) -> bool {
    HEADER.captures(value).is_some_and(|it| it.name("block").is_some())
}

fn names_object(field: &str) -> bool {
    OBJECT_NAMES.contains(&field)
}

fn of_field(outer: Secrecy, name: &str, value: &str, names_object: bool) -> Secrecy {
    let value = value.trim_matches(QUOTES);
    if is_key_name(name, value) { Secrecy::None } else { text_below(outer, name, names_object) }
}

/// `{value: x}` and `{"value": "x"}` behind a secret's name.
pub(super) fn in_braces(assignment: Assignment<'_>, spans: &mut Spans) {
    let mut outer = fields_below(assignment.secrecy, "value");
    let Some(body) = body(assignment.rest(assignment.start)).filter(|_| outer != Secrecy::None)
    else {
        return;
    };
    let names = FIELD.captures_iter(body).filter_map(|it| Some(it.name("name")?.as_str()));
    let names_object = names.into_iter().any(names_object);
    for captures in FIELD.captures_iter(body) {
        let name = captures.name("name").map_or("", |it| it.as_str());
        if captures.name("open").is_some() {
            if is_reference(name) {
                return;
            }
            outer = fields_below(outer, name);
        }
        if let Some(value) = captures.name("quoted").or_else(|| captures.name("bare")) {
            let own = of_field(outer, name, value.as_str(), names_object);
            let start = assignment.start + value.start();
            assignment.with(own).push(start..start + value.len(), spans);
        }
    }
}

/// What is before the first closing brace, if that is near.
fn body(rest: &str) -> Option<&str> {
    let mut braces = rest.bytes().take(FIELDS).enumerate().filter(|it| b"{}".contains(&it.1));
    let (end, _) = braces.by_ref().take(BRACES).find(|it| it.1 == b'}')?;
    rest.get(..end).filter(|it| !it.starts_with("{{"))
}
