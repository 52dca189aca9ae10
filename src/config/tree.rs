//! A YAML document in which every key and value knows its place.

use std::fmt;

use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Number, Value};
use serde_saphyr::{DuplicateKeyPolicy, Location, Spanned};

/// Where something stands in the text; both count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub line: u64,
    pub column: u64,
}

/// A value and its place.
#[derive(Debug)]
pub(super) struct Node {
    pub content: Content,
    pub place: Place,
}

/// A key and its place.
#[derive(Debug)]
pub(super) struct Key {
    pub name: String,
    pub place: Place,
}

#[derive(Debug)]
pub(super) enum Content {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    /// All entries as they are written, doubles included.
    Section(Vec<(Key, Node)>),
}

/// One step into a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// The steps as `server.tokens[0].file`.
pub(super) struct Steps<'a>(pub &'a [Step]);

impl fmt::Display for Steps<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(name) if position == 0 => f.write_str(name)?,
                Step::Key(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl Node {
    /// Reads one document. YAML 1.1's `yes`, `no`, `on` and `off` are text; keys written twice are kept, for us to tell of.
    pub(super) fn parse(text: &str) -> Result<Self, serde_saphyr::Error> {
        let options = serde_saphyr::options! {
            duplicate_keys: DuplicateKeyPolicy::PassThrough,
            strict_booleans: true,
            reject_unsupported_tags: true,
        };
        serde_saphyr::from_str_with_options(text, options)
    }

    /// The value behind a key; of doubles, the last.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().rev().find(|(it, _)| it.name == key).map(|(_, value)| value)
    }

    pub(super) fn at(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    pub(super) fn step(&self, step: &Step) -> Option<&Self> {
        match step {
            Step::Key(key) => self.get(key),
            Step::Index(index) => self.items().get(*index),
        }
    }

    /// The place of the deepest value on the way.
    pub(super) fn place_of(&self, steps: &[Step]) -> Place {
        let known = steps.iter().scan(self, |node, step| {
            *node = node.step(step)?;
            Some(node.place)
        });
        known.last().unwrap_or(self.place)
    }

    pub(super) fn entries(&self) -> &[(Key, Self)] {
        if let Content::Section(entries) = &self.content { entries } else { &[] }
    }

    pub(super) fn items(&self) -> &[Self] {
        if let Content::List(items) = &self.content { items } else { &[] }
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Content::Text(text) = &self.content { Some(text) } else { None }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.content, Content::Null)
    }

    /// Calls `visit` for this value and everything in it, from the outside in.
    pub(super) fn walk(&self, steps: &mut Vec<Step>, visit: &mut impl FnMut(&[Step], &Self)) {
        visit(steps, self);
        for (key, value) in self.entries() {
            steps.push(Step::Key(key.name.clone()));
            value.walk(steps, visit);
            steps.pop();
        }
        for (index, item) in self.items().iter().enumerate() {
            steps.push(Step::Index(index));
            item.walk(steps, visit);
            steps.pop();
        }
    }

    pub(super) fn to_json(&self) -> Value {
        match &self.content {
            Content::Null => Value::Null,
            Content::Bool(value) => Value::Bool(*value),
            Content::Number(value) => Value::Number(value.clone()),
            Content::Text(value) => Value::String(value.clone()),
            Content::List(items) => items.iter().map(Self::to_json).collect(),
            Content::Section(entries) => {
                let entries = entries.iter().map(|(key, it)| (key.name.clone(), it.to_json()));
                Value::Object(entries.collect::<Map<_, _>>())
            }
        }
    }
}

impl From<Location> for Place {
    fn from(location: Location) -> Self {
        Self { line: location.line().max(1), column: location.column().max(1) }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Content>::deserialize(deserializer)?;
        Ok(Self { content: spanned.value, place: spanned.defined.into() })
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<String>::deserialize(deserializer)?;
        Ok(Self { name: spanned.value, place: spanned.defined.into() })
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Visitor)
    }
}

struct Visitor;

impl<'de> de::Visitor<'de> for Visitor {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("text, a number, true, false, null, a list or a section")
    }

    fn visit_unit<E>(self) -> Result<Content, E> {
        Ok(Content::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Content, E> {
        Ok(Content::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Content, E> {
        Ok(Content::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Content, E> {
        Ok(Content::Number(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Content, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("not a finite number"))?;
        Ok(Content::Number(number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Content, E> {
        Ok(Content::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Content, E> {
        Ok(Content::Text(value))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Content, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Content::List(list))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut entries: A) -> Result<Content, A::Error> {
        let mut section = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            section.push(entry);
        }
        Ok(Content::Section(section))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_know_their_places() {
        let tree = Node::parse("one:\n  two: [a, b]\n").unwrap();
        let (key, value) = tree.get("one").unwrap().entries().first().unwrap();
        assert_eq!(key.place, Place { line: 2, column: 3 });
        assert_eq!(value.items()[1].place, Place { line: 2, column: 12 });
    }

    #[test]
    fn a_value_behind_an_alias_stands_where_it_is_written() {
        let tree = Node::parse("one: &it 7\ntwo: *it\n").unwrap();
        assert_eq!(tree.get("two").unwrap().place, Place { line: 1, column: 6 });
    }

    #[test]
    fn yes_and_no_are_text() {
        let tree = Node::parse("[yes, no, on, off, y, n]").unwrap();
        assert!(tree.items().iter().all(|it| it.text().is_some()));
    }

    #[test]
    fn an_empty_document_is_null() {
        assert!(Node::parse("").unwrap().is_null());
        assert!(Node::parse("# nothing\n").unwrap().is_null());
    }
}
