//! Every key that OBI knows, from the table in `v1.yaml`.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;
use serde_json::Value;

use super::{kind::Kind, release::Release};

static V1: LazyLock<Keys> = LazyLock::new(|| Keys::read(include_str!("v1.yaml")));
static V2: LazyLock<Keys> = LazyLock::new(|| Keys::read(include_str!("v2.yaml")));
static OTEL: LazyLock<Keys> = LazyLock::new(|| Keys::read(include_str!("otel.yaml")));

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Table {
    features: Vec<String>,
    instrumentations: Vec<String>,
    once: BTreeMap<String, Release>,
    attributes: Vec<String>,
    renamed_attributes: BTreeMap<String, String>,
    keys: BTreeMap<String, Key>,
    /// Variables without a key, and what they are.
    variables: BTreeMap<String, String>,
    removed: BTreeMap<String, Removed>,
    misnomers: BTreeMap<String, String>,
}

/// A key, as the head of the table says it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::obi) struct Key {
    #[serde(rename = "type")]
    pub(in crate::obi) kind: Kind,
    #[serde(default)]
    pub(in crate::obi) one_of: Vec<String>,
    #[serde(default)]
    pub(in crate::obi) min: Option<i64>,
    #[serde(default)]
    pub(in crate::obi) max: Option<i64>,
    /// A number, or a duration: `1m`.
    #[serde(default)]
    pub(in crate::obi) above: Option<Value>,
    #[serde(default)]
    pub(in crate::obi) max_length: Option<usize>,
    #[serde(default)]
    pub(in crate::obi) default: Option<Value>,
    #[serde(default)]
    pub(in crate::obi) env: Vec<String>,
    #[serde(default)]
    pub(in crate::obi) since: Option<Release>,
    #[serde(default)]
    pub(in crate::obi) instead: Option<String>,
    /// It has to be there where what it lies in is.
    #[serde(default)]
    pub(in crate::obi) required: bool,
    /// What happens where a value is wrong and OBI starts all the same.
    #[serde(default)]
    pub(in crate::obi) lenient: Option<String>,
    /// An empty text is the same as nothing.
    #[serde(default)]
    pub(in crate::obi) or_empty: bool,
    /// Words that were known once, and the first release that refuses them.
    #[serde(default)]
    pub(in crate::obi) once: BTreeMap<String, Release>,
    /// Words that are known and do nothing since a release.
    #[serde(default)]
    pub(in crate::obi) idle: BTreeMap<String, Release>,
    #[serde(default)]
    like: Option<String>,
    /// Patterns are regular expressions, not globs.
    #[serde(default)]
    pub(in crate::obi) regexes: bool,
}

/// A key that OBI had once.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::obi) struct Removed {
    /// The first release that does not have it.
    pub(in crate::obi) until: Release,
    /// What to write since then.
    pub(in crate::obi) instead: String,
}

/// What may stand at a place.
#[derive(Debug)]
pub(in crate::obi) enum Entry {
    Section(Section),
    /// A list of sections.
    Sections(Key, Section),
    Value(Key),
}

pub(in crate::obi) type Section = BTreeMap<String, Entry>;

#[derive(Debug)]
pub(in crate::obi) struct Keys {
    pub(in crate::obi) root: Section,
    pub(in crate::obi) features: Vec<String>,
    pub(in crate::obi) instrumentations: Vec<String>,
    /// Features that were known once, and the first release that refuses them.
    pub(in crate::obi) once: BTreeMap<String, Release>,
    /// What the values of filters are about.
    pub(in crate::obi) attributes: Vec<String>,
    /// What older conventions called them.
    pub(in crate::obi) renamed_attributes: BTreeMap<String, String>,
    pub(in crate::obi) removed: BTreeMap<String, Removed>,
    /// Keys that OBI never had, and what was meant.
    pub(in crate::obi) misnomers: BTreeMap<String, String>,
    /// Variables, and the paths of what they count for.
    pub(in crate::obi) variables: BTreeMap<String, Vec<String>>,
    /// Those that have no key, and what they are.
    pub(in crate::obi) others: BTreeMap<String, String>,
}

impl Keys {
    pub(in crate::obi) fn v1() -> &'static Self {
        &V1
    }

    /// Those below `extensions.obi`.
    pub(in crate::obi) fn v2() -> &'static Self {
        &V2
    }

    /// Those of OpenTelemetry's document around it.
    pub(in crate::obi) fn otel() -> &'static Self {
        &OTEL
    }

    fn read(table: &str) -> Self {
        let table: Table = serde_saphyr::from_str(table).expect("the tests read it");
        let mut root = Section::new();
        let mut variables: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (path, key) in &table.keys {
            for name in &key.env {
                variables.entry(name.clone()).or_default().push(path.clone());
            }
            let copied = key.like.as_ref().map(|like| below(&table.keys, like, key.regexes));
            put(
                &mut root,
                &path.split('.').collect::<Vec<_>>(),
                key.clone(),
                copied.unwrap_or_default(),
            );
        }
        Self {
            root,
            features: table.features,
            instrumentations: table.instrumentations,
            once: table.once,
            attributes: table.attributes,
            renamed_attributes: table.renamed_attributes,
            removed: table.removed,
            misnomers: table.misnomers,
            variables,
            others: table.variables,
        }
    }
}

/// The section of what lies below a path.
fn below(keys: &BTreeMap<String, Key>, path: &str, regexes: bool) -> Section {
    let mut section = Section::new();
    let inside =
        keys.iter().filter_map(|(it, key)| Some((it.strip_prefix(path)?.strip_prefix('.')?, key)));
    for (path, key) in inside {
        let key = Key { regexes, ..key.clone() };
        put(&mut section, &path.split('.').collect::<Vec<_>>(), key, Section::new());
    }
    section
}

/// `sections[]` in a path is a list. What lies in it may come before the list itself.
fn put(section: &mut Section, path: &[&str], key: Key, inside: Section) {
    let Some((first, rest)) = path.split_first() else { return };
    let (name, is_list) = first.strip_suffix("[]").map_or((*first, false), |it| (it, true));
    let entry = section.entry(name.to_owned());
    match rest {
        [] if is_list => {
            let sections = entry.or_insert_with(|| Entry::Sections(key.clone(), Section::new()));
            if let Entry::Sections(own, section) = sections {
                *own = key;
                section.extend(inside);
            }
        }
        [] => drop(entry.or_insert(Entry::Value(key))),
        rest => {
            let empty = || {
                if is_list {
                    Entry::Sections(key.clone(), Section::new())
                } else {
                    Entry::Section(Section::new())
                }
            };
            if let Entry::Section(section) | Entry::Sections(_, section) =
                entry.or_insert_with(empty)
            {
                put(section, rest, key, inside);
            }
        }
    }
}

/// The key at the end of a path, or the free section that it leads into.
pub(in crate::obi) fn leading_to<'a>(section: &'a Section, path: &str) -> Option<&'a Key> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(it, rest)| (it, Some(rest)));
    match (section.get(first)?, rest) {
        (Entry::Section(inside), Some(rest)) => leading_to(inside, rest),
        (Entry::Value(key) | Entry::Sections(key, _), None) => Some(key),
        (Entry::Value(key), Some(_)) => Some(key).filter(|it| it.kind == Kind::Section),
        _ => None,
    }
}
