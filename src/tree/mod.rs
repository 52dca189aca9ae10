//! A YAML document in which every key and value knows its place.

mod places;
mod read;

use std::fmt;

use serde_json::{Map, Value};

pub use self::places::Places;
use crate::content;

/// Where something stands in the text; both count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub line: u64,
    pub column: u64,
}

/// A value and its place.
#[derive(Debug)]
pub struct Node {
    pub content: Content,
    pub place: Place,
}

/// A key and its place.
#[derive(Debug)]
pub struct Key {
    pub name: String,
    pub place: Place,
}

pub type Content = content::Content<Key, Node>;

/// One step into a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Key(String),
    Index(usize),
}

impl Step {
    /// The way through those sections.
    pub fn keys(keys: &[&str]) -> Vec<Self> {
        keys.iter().map(|it| Self::Key((*it).to_owned())).collect()
    }
}

/// The steps as `server.tokens[0].file`.
pub struct Steps<'a>(pub &'a [Step]);

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
    /// The value behind a key; of doubles, the last.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().rev().find(|(it, _)| it.name == key).map(|(_, value)| value)
    }

    /// Where a key stands; of doubles, the last.
    pub fn key_place(&self, name: &str) -> Option<Place> {
        self.entries().iter().rev().find(|(key, _)| key.name == name).map(|(key, _)| key.place)
    }

    pub fn step(&self, step: &Step) -> Option<&Self> {
        match step {
            Step::Key(key) => self.get(key),
            Step::Index(index) => self.items().get(*index),
        }
    }

    /// The value at the end of those steps.
    pub fn inside(&self, steps: &[Step]) -> Option<&Self> {
        steps.iter().try_fold(self, Self::step)
    }

    /// The place of the deepest value on the way.
    pub fn place_of(&self, steps: &[Step]) -> Place {
        let known = steps.iter().scan(self, |node, step| {
            *node = node.step(step)?;
            Some(node.place)
        });
        known.last().unwrap_or(self.place)
    }

    pub fn entries(&self) -> &[(Key, Self)] {
        if let Content::Fields(entries) = &self.content { entries } else { &[] }
    }

    pub fn items(&self) -> &[Self] {
        if let Content::List(items) = &self.content { items } else { &[] }
    }

    pub fn text(&self) -> Option<&str> {
        if let Content::Text(text) = &self.content { Some(text) } else { None }
    }

    pub fn is_null(&self) -> bool {
        matches!(self.content, Content::Null)
    }

    /// Calls `visit` for this value and everything in it, from the outside in.
    pub fn walk(&self, steps: &mut Vec<Step>, visit: &mut impl FnMut(&[Step], &Self)) {
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

    pub fn to_json(&self) -> Value {
        match &self.content {
            Content::Null => Value::Null,
            Content::Bool(value) => Value::Bool(*value),
            Content::Number(value) => Value::Number(value.clone()),
            Content::Text(value) => Value::String(value.clone()),
            Content::List(items) => items.iter().map(Self::to_json).collect(),
            Content::Fields(entries) => {
                let entries = entries.iter().map(|(key, it)| (key.name.clone(), it.to_json()));
                Value::Object(entries.collect::<Map<_, _>>())
            }
        }
    }
}
