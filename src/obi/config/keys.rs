//! Every key that OBI knows, from the table in `v1.yaml`.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;
use serde_json::Value;

use super::{kind::Kind, release::Release};

static V1: LazyLock<Keys> = LazyLock::new(|| Keys::read(include_str!("v1.yaml")));
static V2: LazyLock<Keys> = LazyLock::new(|| Keys::read(include_str!("v2.yaml")));

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
pub(super) struct Key {
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    #[serde(default)]
    pub(super) one_of: Vec<String>,
    #[serde(default)]
    pub(super) min: Option<i64>,
    #[serde(default)]
    pub(super) max: Option<i64>,
    /// A number, or a duration: `1m`.
    #[serde(default)]
    pub(super) above: Option<Value>,
    #[serde(default)]
    pub(super) max_length: Option<usize>,
    #[serde(default)]
    pub(super) default: Option<Value>,
    #[serde(default)]
    pub(super) env: Vec<String>,
    #[serde(default)]
    pub(super) since: Option<Release>,
    #[serde(default)]
    pub(super) instead: Option<String>,
    /// It has to be there where what it lies in is.
    #[serde(default)]
    pub(super) required: bool,
    /// What happens where a value is wrong and OBI starts all the same.
    #[serde(default)]
    pub(super) lenient: Option<String>,
    /// An empty text is the same as nothing.
    #[serde(default)]
    pub(super) or_empty: bool,
    /// Words that were known once, and the first release that refuses them.
    #[serde(default)]
    pub(super) once: BTreeMap<String, Release>,
    /// Words that are known and do nothing since a release.
    #[serde(default)]
    pub(super) idle: BTreeMap<String, Release>,
    #[serde(default)]
    like: Option<String>,
    /// Patterns are regular expressions, not globs.
    #[serde(default)]
    pub(super) regexes: bool,
}

/// A key that OBI had once.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Removed {
    /// The first release that does not have it.
    pub(super) until: Release,
    /// What to write since then.
    pub(super) instead: String,
}

/// What may stand at a place.
#[derive(Debug)]
pub(super) enum Entry {
    Section(Section),
    /// A list of sections.
    Sections(Key, Section),
    Value(Key),
}

pub(super) type Section = BTreeMap<String, Entry>;

#[derive(Debug)]
pub(super) struct Keys {
    pub(super) root: Section,
    pub(super) features: Vec<String>,
    pub(super) instrumentations: Vec<String>,
    /// Features that were known once, and the first release that refuses them.
    pub(super) once: BTreeMap<String, Release>,
    /// What the values of filters are about.
    pub(super) attributes: Vec<String>,
    /// What older conventions called them.
    pub(super) renamed_attributes: BTreeMap<String, String>,
    pub(super) removed: BTreeMap<String, Removed>,
    /// Keys that OBI never had, and what was meant.
    pub(super) misnomers: BTreeMap<String, String>,
    /// Variables, and the paths of what they count for.
    pub(super) variables: BTreeMap<String, Vec<String>>,
    /// Those that have no key, and what they are.
    pub(super) others: BTreeMap<String, String>,
}

impl Keys {
    pub(super) fn v1() -> &'static Self {
        &V1
    }

    /// Those below `extensions.obi`.
    pub(super) fn v2() -> &'static Self {
        &V2
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
            let empty = || match is_list {
                true => Entry::Sections(key.clone(), Section::new()),
                false => Entry::Section(Section::new()),
            };
            if let Entry::Section(section) | Entry::Sections(_, section) =
                entry.or_insert_with(empty)
            {
                put(section, rest, key, inside);
            }
        }
    }
}
