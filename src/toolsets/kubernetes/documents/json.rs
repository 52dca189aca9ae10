//! JSON: one value, or several after each other.

use serde_json::Number;

use super::{
    node::{Content, Key, Node, Place},
    problem::Problem,
    yaml::{DEEPEST, Left, TOO_MUCH, too_deep},
};

/// All values of a text that is nothing but JSON.
pub(super) fn read(text: &str, left: &mut Left) -> Result<Vec<Node>, Problem> {
    let mut parser = Parser { text, at: 0, line: 1, measured: (0, 1), left };
    let mut values = Vec::new();
    parser.spaces();
    while parser.next().is_some() {
        values.push(parser.value(DEEPEST)?);
        parser.spaces();
    }
    Ok(values)
}

struct Parser<'a, 'b> {
    text: &'a str,
    at: usize,
    line: usize,
    /// A byte of the line, and its column.
    measured: (usize, usize),
    left: &'b mut Left,
}

impl<'a> Parser<'a, '_> {
    fn value(&mut self, depth: usize) -> Result<Node, Problem> {
        let place = self.place();
        if !self.left.count() {
            return Err(Problem::at(place, TOO_MUCH));
        }
        let content = match self.next() {
            Some(b'{' | b'[') if depth == 0 => {
                return Err(Problem::at(place, too_deep()));
            }
            Some(b'{') => Content::Fields(self.fields(depth - 1)?),
            Some(b'[') => Content::List(self.items(depth - 1)?),
            Some(b'"') => Content::Text(self.string()?),
            _ => self.word()?,
        };
        Ok(Node { content, place, span: 0..0 })
    }

    fn fields(&mut self, depth: usize) -> Result<Vec<(Key, Node)>, Problem> {
        let mut fields = Vec::new();
        self.opened();
        if self.take(b'}') {
            return Ok(fields);
        }
        loop {
            let place = self.place();
            if self.next() != Some(b'"') {
                return Err(self.expected("a key in double quotes"));
            }
            let key = Key { name: self.string()?, place, span: 0..0 };
            self.spaces();
            if !self.take(b':') {
                return Err(self.expected("`:`"));
            }
            self.spaces();
            let value = self.value(depth)?;
            fields.push((key, value));
            self.spaces();
            if self.take(b'}') {
                return Ok(fields);
            }
            if !self.take(b',') {
                return Err(self.expected("`,` or `}`"));
            }
            self.spaces();
        }
    }

    fn items(&mut self, depth: usize) -> Result<Vec<Node>, Problem> {
        let mut items = Vec::new();
        self.opened();
        if self.take(b']') {
            return Ok(items);
        }
        loop {
            items.push(self.value(depth)?);
            self.spaces();
            if self.take(b']') {
                return Ok(items);
            }
            if !self.take(b',') {
                return Err(self.expected("`,` or `]`"));
            }
            self.spaces();
        }
    }

    /// Behind the bracket and what may stand there.
    fn opened(&mut self) {
        self.at += 1;
        self.spaces();
    }

    /// From quote to quote; `serde_json` knows what is between them.
    fn string(&mut self) -> Result<String, Problem> {
        let mut bytes = self.rest().bytes().enumerate().skip(1);
        let mut length = None;
        while let Some((place, byte)) = bytes.next() {
            match byte {
                b'\\' => drop(bytes.next()),
                b'"' => {
                    length = Some(place + 1);
                    break;
                }
                b'\n' => break,
                _ => {}
            }
        }
        let Some(length) = length else {
            return Err(self.expected("a closing quote on the line"));
        };
        let written = self.rest().get(..length).unwrap_or_default();
        let Ok(text) = serde_json::from_str(written) else {
            return Err(self.expected("a string with valid escapes and no control characters"));
        };
        self.at += length;
        Ok(text)
    }

    fn word(&mut self) -> Result<Content, Problem> {
        let rest = self.rest();
        let is_part = |it: u8| it.is_ascii_alphanumeric() || b"+-.".contains(&it);
        let length = rest.bytes().position(|it| !is_part(it)).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default();
        let content = match word {
            "null" => Content::Null,
            "true" => Content::Bool(true),
            "false" => Content::Bool(false),
            _ => Content::Number(self.number(word)?),
        };
        self.at += length;
        Ok(content)
    }

    fn number(&mut self, word: &str) -> Result<Number, Problem> {
        let Ok(number) = serde_json::from_str::<Number>(word) else {
            return Err(
                self.expected("a string in double quotes, a number, true, false, null, `{` or `[`")
            );
        };
        let is_whole = word.bytes().all(|it| it.is_ascii_digit() || it == b'-');
        if is_whole && number.is_f64() && word != "-0" {
            return Err(Problem::at(self.place(), super::plain::TOO_LARGE));
        }
        Ok(number)
    }

    fn expected(&mut self, what: &str) -> Problem {
        Problem::at(self.place(), format!("not JSON: {what} is expected"))
    }

    /// Goes on from the last place that was asked for: a whole text may be one line.
    fn place(&mut self) -> Place {
        let (from, column) = self.measured;
        let between = self.text.get(from..self.at).unwrap_or_default();
        let column = column + between.chars().count();
        self.measured = (self.at, column);
        Place { line: self.line, column }
    }

    fn next(&self) -> Option<u8> {
        self.rest().bytes().next()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.next() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn spaces(&mut self) {
        while let Some(byte @ (b' ' | b'\t' | b'\r' | b'\n')) = self.next() {
            self.at += 1;
            if byte == b'\n' {
                self.line += 1;
                self.measured = (self.at, 1);
            }
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }
}
