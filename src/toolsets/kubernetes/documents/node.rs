//! A document in which every key and value knows where it stands.

use std::ops::Range;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use serde_saphyr::{Location, Spanned};

use crate::content;

/// Both count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// A value, where it begins, and which bytes of its document it is.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) content: Content,
    pub(super) place: Place,
    pub(super) span: Range<usize>,
}

#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) span: Range<usize>,
}

pub(super) type Content = content::Content<Key, Node>;

impl Node {
    pub(super) fn is_null(&self) -> bool {
        matches!(self.content, Content::Null)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        self.fields().iter().find(|(key, _)| key.name == name).map(|(_, value)| value)
    }

    pub(super) fn fields(&self) -> &[(Key, Self)] {
        if let Content::Fields(fields) = &self.content { fields } else { &[] }
    }

    pub(super) fn items(&self) -> Option<&[Self]> {
        if let Content::List(items) = &self.content { Some(items) } else { None }
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Content::Text(text) = &self.content { Some(text) } else { None }
    }

    /// What it is, in a sentence.
    pub(super) fn what(&self) -> &'static str {
        match self.content {
            Content::Null => "nothing",
            Content::Bool(_) => "true or false",
            Content::Number(_) => "a number",
            Content::Text(_) => "a text",
            Content::List(_) => "a list",
            Content::Fields(_) => "a mapping",
        }
    }

    /// How many values and how many bytes of texts it is made of.
    pub(super) fn size(&self) -> (usize, usize) {
        let add = |one: (usize, usize), other: (usize, usize)| (one.0 + other.0, one.1 + other.1);
        match &self.content {
            Content::Null | Content::Bool(_) | Content::Number(_) => (1, 0),
            Content::Text(text) => (1, text.len()),
            Content::List(items) => items.iter().map(Self::size).fold((1, 0), add),
            Content::Fields(fields) => {
                let sizes = fields.iter().map(|(key, it)| add(it.size(), (1, key.name.len())));
                sizes.fold((1, 0), add)
            }
        }
    }

    pub(super) fn into_value(self) -> Value {
        match self.content {
            Content::Null => Value::Null,
            Content::Bool(value) => Value::Bool(value),
            Content::Number(value) => Value::Number(value),
            Content::Text(value) => Value::String(value),
            Content::List(items) => items.into_iter().map(Self::into_value).collect(),
            Content::Fields(fields) => {
                let fields = fields.into_iter().map(|(key, it)| (key.name, it.into_value()));
                Value::Object(fields.collect::<Map<_, _>>())
            }
        }
    }
}

fn place(location: Location) -> Place {
    let count = |it: u64| usize::try_from(it).unwrap_or(usize::MAX).max(1);
    Place { line: count(location.line()), column: count(location.column()) }
}

impl From<Location> for Place {
    fn from(location: Location) -> Self {
        place(location)
    }
}

fn span(location: Location) -> Range<usize> {
    let span = location.span();
    let count = |it: Option<u64>| it.and_then(|it| usize::try_from(it).ok()).unwrap_or_default();
    let start = count(span.byte_offset());
    start..start.saturating_add(count(span.byte_len()))
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Content>::deserialize(deserializer)?;
        let place = place(spanned.defined);
        Ok(Self { content: spanned.value, place, span: span(spanned.defined) })
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<String>::deserialize(deserializer)?;
        let place = place(spanned.defined);
        Ok(Self { name: spanned.value, place, span: span(spanned.defined) })
    }
}

/// A field that nobody wrote.
pub(super) fn field(name: &str, value: String, place: Place) -> (Key, Node) {
    let key = Key { name: name.to_owned(), place, span: 0..0 };
    (key, Node { content: Content::Text(value), place, span: 0..0 })
}
