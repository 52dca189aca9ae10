//! Hosts that a program is told of, or speaks of: the only sign of whom it needs.

use std::{collections::BTreeSet, sync::LazyLock};

use regex::Regex;
use serde::{Deserialize, Deserializer};

/// `db:5432`, `//db.shop.svc:5432`, `@db:5432`
static WITH_PORT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?:^|[/@\s"'=(,\[])([a-z][a-z0-9-]*)(?:\.[a-z0-9.-]+)?:[0-9]{2,5}\b"#)
        .expect("a constant")
});

/// `http://db/path`
static IN_URL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"://(?:[^/@\s]*@)?([a-z][a-z0-9-]*)(?:\.[a-z0-9.-]+)?(?:[/\s]|$)")
        .expect("a constant")
});

/// `db`, `db.shop`, `db.shop.svc.cluster.local`
static ALONE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^([a-z][a-z0-9-]*)(?:\.[a-z0-9-]+)?(?:\.svc[a-z.]*)?$").expect("a constant")
});

/// The longest text that is looked at.
const LONGEST: usize = 4_096;

/// The first labels of the hosts in a text, which are the names of Services if they are any in this namespace.
pub(super) fn hosts(text: &str) -> impl Iterator<Item = &str> {
    let text = text.get(..LONGEST).unwrap_or(text);
    let found = WITH_PORT.captures_iter(text).chain(IN_URL.captures_iter(text));
    found.filter_map(|it| Some(it.get(1)?.as_str()))
}

/// The hosts of an environment variable's value; the value itself, which may be secret, is not kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Hosts(pub(super) BTreeSet<String>);

impl<'de> Deserialize<'de> for Hosts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = String::deserialize(deserializer)?;
        let alone = ALONE.captures(&value).and_then(|it| Some(it.get(1)?.as_str()));
        Ok(Self(hosts(&value).chain(alone).map(str::to_owned).collect()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of_value(value: &str) -> Vec<String> {
        let hosts: Hosts = serde_json::from_value(value.into()).unwrap();
        hosts.0.into_iter().collect()
    }

    #[test]
    fn hosts_are_found_in_the_ways_in_which_they_are_written() {
        assert_eq!(of_value("postgres://app:hunter2@db.shop.svc:5432/app"), ["db"]);
        assert_eq!(of_value("http://search/index"), ["search"]);
        assert_eq!(of_value("kafka-0.kafka:9092,zoo:2181"), ["kafka-0", "zoo"]);
        assert_eq!(of_value("db"), ["db"]);
        assert_eq!(of_value("db.shop.svc.cluster.local"), ["db"]);
        assert!(of_value("Some words: 12 of them").is_empty());
        let log = "dial tcp: lookup failed: connect to db:5432: connection refused";
        assert_eq!(hosts(log).collect::<Vec<_>>(), ["db"]);
    }

    #[test]
    fn a_password_is_no_host() {
        assert!(!of_value("postgres://app:hunter2@db:5432/app").contains(&"hunter2".to_owned()));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_can_be_read(text in ".*") {
            prop_assert!(hosts(&text).all(|it| text.contains(it)));
        }
    }
}
