//! All that is wrong with a file at once, where serde ends with the first mistake: what is wrong is told and left out, and the rest
//! is read again.

mod reading;

use std::{collections::HashSet, ptr};

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_saphyr::{Location, Spanned};

use self::reading::{Kind, Reader, Wrong};
use crate::{content, nearest::nearest};

/// Nobody mends more at once.
const MOST: usize = 50;

/// A value, and where it stands.
#[derive(Debug)]
pub(super) struct Node {
    content: content::Content<Key, Self>,
    place: Place,
}

#[derive(Debug)]
struct Key {
    name: String,
    place: Place,
}

/// Line and column, both from 1.
pub(super) type Place = (u64, u64);

/// Every mistake that keeps the document from being read, each with its place, in their order. What is wrong only because something
/// was left out is none. Of fields that are missing in one place the first is told, and of the document's own all that are required.
pub(super) fn mistakes<T: DeserializeOwned>(
    document: &Node,
    required: &[&str],
) -> Vec<(Place, String)> {
    let (mut left_out, mut strange) = (HashSet::new(), HashSet::new());
    let mut told = Vec::new();
    while told.len() < MOST {
        let reader = Reader { node: document, left_out: &left_out };
        let Err(Wrong { at, message, kind }) = T::deserialize(reader) else { break };
        let (node, place) = at.unwrap_or_else(|| (ptr::from_ref(document), document.place));
        let means = |here: &Node, field: &str| {
            here.is_cut(&left_out, |key, it| {
                key == field || (strange.contains(&it) && nearest(key, [field]).is_some())
            })
        };
        if ptr::eq(node, document) && matches!(kind, Kind::Missing(_)) {
            let missing = required.iter().filter(|it| !document.has(it) && !means(document, it));
            told.extend(missing.map(|it| (place, missing_field(it))));
            break;
        }
        let is_ours = document.find(node).is_some_and(|it| match kind {
            Kind::Missing(field) => means(it, field),
            Kind::Strange | Kind::Other => it.lacks_any(&left_out),
        });
        if !is_ours {
            told.push((place, message));
        }
        if kind == Kind::Strange {
            strange.insert(node);
        }
        if ptr::eq(node, document) || !left_out.insert(node) {
            break;
        }
    }
    told.sort();
    told
}

fn missing_field(field: &str) -> String {
    format!("missing field `{field}`")
}

impl Node {
    fn inside(&self) -> Box<dyn Iterator<Item = &Self> + '_> {
        match &self.content {
            content::Content::List(items) => Box::new(items.iter()),
            content::Content::Fields(entries) => Box::new(entries.iter().map(|(_, it)| it)),
            _ => Box::new(std::iter::empty()),
        }
    }

    fn has(&self, field: &str) -> bool {
        let content::Content::Fields(entries) = &self.content else { return false };
        entries.iter().any(|(key, _)| key.name == field)
    }

    fn find(&self, node: *const Self) -> Option<&Self> {
        if ptr::eq(self, node) { Some(self) } else { self.inside().find_map(|it| it.find(node)) }
    }

    /// Whether anything in it was left out.
    fn lacks_any(&self, left_out: &HashSet<*const Self>) -> bool {
        self.inside().any(|it| left_out.contains(&ptr::from_ref(it)) || it.lacks_any(left_out))
    }

    /// Whether one of its own fields was left out that is so.
    fn is_cut(
        &self,
        left_out: &HashSet<*const Self>,
        is_so: impl Fn(&str, *const Self) -> bool,
    ) -> bool {
        let content::Content::Fields(entries) = &self.content else { return false };
        let mut entries = entries.iter().map(|(key, it)| (key, ptr::from_ref(it)));
        entries.any(|(key, it)| left_out.contains(&it) && is_so(&key.name, it))
    }
}

fn place(location: Location) -> Place {
    (location.line().max(1), location.column().max(1))
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::deserialize(deserializer)?;
        Ok(Self { content: spanned.value, place: place(spanned.defined) })
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<String>::deserialize(deserializer)?;
        Ok(Self { name: spanned.value, place: place(spanned.defined) })
    }
}
