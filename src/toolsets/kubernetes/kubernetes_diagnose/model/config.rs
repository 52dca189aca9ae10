//! `ConfigMap`s, Secrets and `ServiceAccount`s without what they hold, and the namespace itself.

use std::{collections::BTreeSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};

use super::{Condition, Meta, nullable};

/// Anything of which only the metadata counts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Bare {
    pub(crate) metadata: Meta,
}

/// A `ConfigMap` or a Secret: the names of its keys. Values are passed over while the answer is read.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Keyed {
    pub(crate) metadata: Meta,
    data: Keys,
    binary_data: Keys,
}

impl Keyed {
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.data.0.iter().chain(&self.binary_data.0).map(String::as_str)
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.keys().any(|it| it == key)
    }
}

#[derive(Debug, Clone, Default)]
struct Keys(BTreeSet<String>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KeysVisitor)
    }
}

struct KeysVisitor;

impl<'de> Visitor<'de> for KeysVisitor {
    type Value = Keys;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a map")
    }

    fn visit_unit<E>(self) -> Result<Keys, E> {
        Ok(Keys::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
        let mut keys = BTreeSet::new();
        while let Some((key, IgnoredAny)) = map.next_entry()? {
            keys.insert(key);
        }
        Ok(Keys(keys))
    }
}

/// A Namespace.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Space {
    pub(crate) metadata: Meta,
    pub(crate) status: SpaceStatus,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SpaceStatus {
    pub(crate) phase: String,
    #[serde(deserialize_with = "nullable")]
    pub(crate) conditions: Vec<Condition>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_of_a_secret_is_kept() {
        let secret = r#"{"metadata": {"name": "db"}, "data": {"password": "aHVudGVyMg=="}}"#;
        let keyed: Keyed = serde_json::from_str(secret).unwrap();
        assert!(keyed.has("password") && !keyed.has("user"));
        assert!(!format!("{keyed:?}").contains("aHVudGVyMg"));
    }

    #[test]
    fn one_without_data_has_no_keys() {
        let keyed: Keyed = serde_json::from_str(r#"{"metadata": {}, "data": null}"#).unwrap();
        assert_eq!(keyed.keys().count(), 0);
    }
}
