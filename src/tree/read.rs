//! From YAML to the tree.

use serde::{Deserialize, Deserializer};
use serde_saphyr::{DuplicateKeyPolicy, Location, Spanned};

use super::{Content, Key, Node, Place};

/// How deep sections and lists may lie in each other: far more than anybody needs, and far less than a small stack holds.
const DEEPEST: usize = 24;

/// How much all aliases together may stand for, in keys and values.
const LONGEST: usize = 10_000;

impl Node {
    /// Reads one document. YAML 1.1's `yes`, `no`, `on` and `off` are text; keys written twice are kept, for us to tell of.
    pub fn parse(text: &str) -> Result<Self, serde_saphyr::Error> {
        let options = serde_saphyr::options! {
            budget: serde_saphyr::budget! { max_depth: DEEPEST },
            alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: LONGEST },
            duplicate_keys: DuplicateKeyPolicy::PassThrough,
            strict_booleans: true,
            reject_unsupported_tags: true,
        };
        serde_saphyr::from_str_with_options(text, options)
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
        assert_eq!(tree.get("two").unwrap().place, Place { line: 1, column: 10 });
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
