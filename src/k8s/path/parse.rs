//! From text to a [`Path`]. A slip is told with its place.

use serde_json::Value;

use super::{Comparison, Condition, Path, Step};
use crate::k8s::mistake::Mistake;

impl Path {
    /// Takes `.a.b`, `a.b`, `$.a.b` and `{.a.b}` for the same.
    pub(crate) fn parse(text: &str) -> Result<Self, Mistake> {
        if text.len() > LONGEST {
            return Err(Mistake::new(LONGEST, "no path is longer than this"));
        }
        let mut parser = Parser { text, at: 0, end: text.trim_end().len(), depth: 0 };
        parser.spaces();
        if parser.take("{") {
            parser.spaces();
            if !parser.inside().ends_with('}') {
                return Err(Mistake::new(parser.end, "`}` is expected"));
            }
            parser.end -= 1;
        }
        let _root = parser.take("$") || parser.take("@");
        let path = parser.path(true)?;
        parser.spaces();
        match (parser.at == parser.end, path.steps.is_empty()) {
            (true, false) => Ok(path),
            (true, true) => Err(Mistake::new(parser.at, "a field is expected")),
            (false, _) => Err(Mistake::new(parser.at, "`.field` or `[…]` is expected")),
        }
    }
}

/// In bytes.
const LONGEST: usize = 1_000;

/// Conditions inside each other: reading them takes stack, and the caller writes them.
const DEEPEST: usize = 8;

struct Parser<'a> {
    text: &'a str,
    at: usize,
    end: usize,
    /// Conditions around this place.
    depth: usize,
}

impl<'a> Parser<'a> {
    /// `bare`: the first field may stand without its dot.
    fn path(&mut self, bare: bool) -> Result<Path, Mistake> {
        let mut steps = Vec::new();
        if bare && self.inside().starts_with(|c: char| is_field(c)) {
            steps.push(Step::Field(self.field()?));
        }
        loop {
            if self.inside().starts_with("..") {
                return Err(Mistake::new(self.at, "`..` is not supported: write the whole path"));
            }
            if self.take(".") {
                match self.inside().chars().next() {
                    Some('*') => {
                        self.at += 1;
                        steps.push(Step::Every);
                    }
                    Some('[') => {}
                    None if steps.is_empty() => return Ok(Path { steps }),
                    _ => steps.push(Step::Field(self.field()?)),
                }
            } else if self.take("[") {
                steps.push(self.bracket()?);
            } else {
                return Ok(Path { steps });
            }
        }
    }

    /// A name up to the next `.` or `[`; `\.` stands for a dot in it.
    fn field(&mut self) -> Result<String, Mistake> {
        let mut name = String::new();
        let mut characters = self.inside().char_indices();
        let mut length = self.inside().len();
        while let Some((place, character)) = characters.next() {
            match character {
                '\\' => name.extend(characters.next().map(|it| it.1)),
                it if is_field(it) => name.push(it),
                _ => {
                    length = place;
                    break;
                }
            }
        }
        if name.is_empty() {
            return Err(Mistake::new(self.at, "a field name is expected"));
        }
        self.at += length;
        Ok(name)
    }

    fn bracket(&mut self) -> Result<Step, Mistake> {
        self.spaces();
        let step = match self.inside().chars().next() {
            Some('*') => {
                self.at += 1;
                Step::Every
            }
            Some('?') => self.condition()?,
            Some('\'' | '"') => Step::Field(self.quoted()?),
            Some(it) if it.is_ascii_digit() || it == '-' => Step::Index(self.number()?),
            _ => {
                return Err(Mistake::new(self.at, "a number, `*`, `'name'` or `?(…)` is expected"));
            }
        };
        self.spaces();
        self.expect("]")?;
        Ok(step)
    }

    fn condition(&mut self) -> Result<Step, Mistake> {
        self.expect("?")?;
        self.expect("(")?;
        self.spaces();
        self.expect("@")?;
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Mistake::new(self.at, "conditions are nested too deep"));
        }
        let path = self.path(false)?;
        self.depth -= 1;
        self.spaces();
        let compare = match self.comparison() {
            Some(comparison) => {
                self.spaces();
                Some((comparison, self.literal()?))
            }
            None => None,
        };
        self.spaces();
        self.expect(")")?;
        Ok(Step::Where(Condition { path, compare }))
    }

    fn comparison(&mut self) -> Option<Comparison> {
        let known = [
            ("==", Comparison::Equal),
            ("!=", Comparison::NotEqual),
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
            ("=", Comparison::Equal),
        ];
        known.into_iter().find(|it| self.take(it.0)).map(|it| it.1)
    }

    fn literal(&mut self) -> Result<Value, Mistake> {
        if self.inside().starts_with(['\'', '"']) {
            return self.quoted().map(Value::String);
        }
        let inside = self.inside();
        let length = inside.find([')', ' ', ']']).unwrap_or(inside.len());
        let word = inside.get(..length).unwrap_or_default();
        let value = serde_json::from_str(word).map_err(|_| {
            Mistake::new(self.at, "a number, `true`, `false` or a text in quotes is expected")
        })?;
        self.at += length;
        Ok(value)
    }

    fn quoted(&mut self) -> Result<String, Mistake> {
        let start = self.at;
        let quote = self.inside().chars().next().unwrap_or('\'');
        let inside = self.inside().get(1..).unwrap_or_default();
        let Some(length) = inside.find(quote) else {
            return Err(Mistake::new(start, "this quote is never closed"));
        };
        let text = inside.get(..length).unwrap_or_default().to_owned();
        self.at += length + 2;
        Ok(text)
    }

    fn number(&mut self) -> Result<i64, Mistake> {
        let inside = self.inside();
        let digits = |c: char| c.is_ascii_digit() || c == '-';
        let length = inside.find(|c| !digits(c)).unwrap_or(inside.len());
        let number = inside.get(..length).unwrap_or_default().parse();
        let number = number.map_err(|_| Mistake::new(self.at, "a number is expected"))?;
        self.at += length;
        Ok(number)
    }

    fn expect(&mut self, token: &str) -> Result<(), Mistake> {
        let found = self.take(token);
        found.then_some(()).ok_or_else(|| Mistake::new(self.at, format!("`{token}` is expected")))
    }

    fn take(&mut self, token: &str) -> bool {
        let found = self.inside().starts_with(token);
        self.at += if found { token.len() } else { 0 };
        found
    }

    fn spaces(&mut self) {
        let inside = self.inside();
        self.at += inside.len() - inside.trim_start().len();
    }

    fn inside(&self) -> &'a str {
        self.text.get(self.at..self.end).unwrap_or_default()
    }
}

fn is_field(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '/' | '\\' | ':')
}
