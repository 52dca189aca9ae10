//! Short names for the pods whose lines are mixed.

use std::collections::{BTreeMap, HashSet};

use crate::toolsets::kubernetes::few::few;

/// A beginning is worth leaving out from this length on: `web-0` is short as it is.
const WORTH: usize = 6;
/// The most beginnings, and names under each, that are told.
const MOST: usize = 12;

/// A tag for each pod, and what they stand for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tags {
    pub(super) tags: Vec<String>,
    /// `pods web-5d4-*`: what is left out of the names.
    pub(super) legend: String,
}

impl Tags {
    /// The last part of each name where that tells them apart, and otherwise the whole names.
    pub(super) fn of(names: &[&str]) -> Self {
        let prefixes: Vec<&str> = names.iter().map(|it| prefix(it)).collect();
        let tags: Vec<&str> =
            names.iter().zip(&prefixes).map(|(name, it)| rest(name, it)).collect();
        let distinct: HashSet<&str> = tags.iter().copied().collect();
        if distinct.len() < names.len() {
            let tags = names.iter().map(|it| (*it).to_owned()).collect();
            return Self { tags, legend: few(names, MOST) };
        }
        let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (prefix, tag) in prefixes.into_iter().zip(&tags) {
            groups.entry(prefix).or_default().push(tag);
        }
        let legend = legend(&groups);
        Self { tags: tags.into_iter().map(str::to_owned).collect(), legend }
    }
}

/// `web-5d4-*` when that is all; otherwise with the tags that belong to each.
fn legend(groups: &BTreeMap<&str, Vec<&str>>) -> String {
    if let (1, Some((prefix, tags))) = (groups.len(), groups.first_key_value()) {
        return if prefix.is_empty() { few(tags, MOST) } else { format!("{prefix}*") };
    }
    let told: Vec<String> = groups
        .iter()
        .map(|(prefix, tags)| match (*prefix, tags.as_slice()) {
            ("", tags) => few(tags, MOST),
            (prefix, tags) => format!("{prefix}* ({})", few(tags, MOST)),
        })
        .collect();
    few(&told.iter().map(String::as_str).collect::<Vec<_>>(), MOST)
}

fn prefix(name: &str) -> &str {
    let end = name.rfind('-').map_or(0, |it| it + 1);
    name.get(..end).filter(|it| it.len() >= WORTH).unwrap_or_default()
}

fn rest<'a>(name: &'a str, prefix: &str) -> &'a str {
    name.strip_prefix(prefix).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(names: &[&str]) -> String {
        let Tags { tags, legend } = Tags::of(names);
        format!("{} | {legend}", tags.join(" "))
    }

    #[test]
    fn pods_are_told_apart_by_the_end_of_their_names() {
        assert_eq!(told(&["web-5d4f-x1", "web-5d4f-y2"]), "x1 y2 | web-5d4f-*");
        assert_eq!(told(&["web-0", "web-1"]), "web-0 web-1 | web-0, web-1");
        assert_eq!(
            told(&["web-5d4f-x1", "web-77c9-y2", "web-77c9-z3", "db-0"]),
            "x1 y2 z3 db-0 | db-0, web-5d4f-* (x1), web-77c9-* (y2, z3)"
        );
    }

    #[test]
    fn where_the_ends_are_alike_the_whole_names_stay() {
        assert_eq!(told(&["kafka-a-0", "kafka-b-0"]), "kafka-a-0 kafka-b-0 | kafka-a-0, kafka-b-0");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_pod_has_a_tag_of_its_own(
            names in prop::collection::hash_set("[a-c]{1,4}(-[a-c]{1,6}){0,3}", 1..20),
        ) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let Tags { tags, .. } = Tags::of(&names);
            let distinct: HashSet<&String> = tags.iter().collect();
            prop_assert_eq!(distinct.len(), names.len());
        }
    }
}
