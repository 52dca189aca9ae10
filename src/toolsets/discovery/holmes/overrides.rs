//! What an operator lays over the generated toolset: the same fields, and theirs win. Whatever HolmesGPT would refuse is not merged,
//! and the generated part stands.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use serde_saphyr::{DuplicateKeyPolicy, SnippetMode, UserMessageFormatter};

use super::{
    Document,
    entry::{self, Section},
    known::Known,
    problem::Problem,
};
use crate::nearest::nearest;

/// No more is read.
const LARGEST: usize = 256 * 1024;
/// Deeper than anything that HolmesGPT knows.
const DEEPEST: usize = 32;
/// How much all aliases together may stand for.
const MOST_REPEATED: usize = 10_000;

/// A document after the overrides.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::toolsets::discovery) struct Merged {
    pub(in crate::toolsets::discovery) document: Document,
    /// What of the overrides is not in it, and why.
    pub(in crate::toolsets::discovery) problems: Vec<Problem>,
}

impl Document {
    /// With what `overrides`, a text in YAML, says otherwise.
    ///
    /// A field replaces the generated one, a list as a whole; null takes it away. `enabled: false` disables an entry, null in the place
    /// of an entry removes it, and an address stands for all instances that were found. Services of which no address is left are
    /// taken out of `tools`, too.
    pub(in crate::toolsets::discovery) fn merged(mut self, overrides: &str) -> Merged {
        let sections = match read(overrides) {
            Ok(sections) => sections,
            Err(problem) => return Merged { document: self, problems: vec![problem] },
        };
        let mut problems = Vec::new();
        for (key, entries) in sections {
            let section = match key.as_str() {
                "toolsets" => Section::Toolsets,
                "mcp_servers" => Section::Servers,
                _ => {
                    problems.push(unknown(&key));
                    continue;
                }
            };
            let Value::Object(entries) = entries else {
                let told =
                    "it has to be a mapping from names to toolsets: leave it out if there is none";
                problems.push(Problem::new(key, told));
                continue;
            };
            for (name, patch) in entries {
                problems.extend(self.lay(section, &name, patch));
            }
        }
        self.follow();
        Merged { document: self, problems }
    }

    /// One entry, if HolmesGPT would take what comes of it.
    fn lay(&mut self, section: Section, name: &str, patch: Value) -> Vec<Problem> {
        let field = || format!("{}.{name}", section.key());
        let (entries, others) = match section {
            Section::Toolsets => (&mut self.toolsets, &self.servers),
            Section::Servers => (&mut self.servers, &self.toolsets),
        };
        if others.contains_key(name) {
            let told = "it is in `toolsets` as well as in `mcp_servers`";
            return vec![Problem::new(field(), told)];
        }
        let base = entries.get(name);
        let is_known = section == Section::Toolsets && Known::get().builtins.contains(name);
        if base.is_none() && (patch.is_null() || (!is_known && says_only_no(&patch))) {
            // What is to be gone is gone already, unless somebody mistyped it.
            return mistyped(section, name)
                .map(|it| Problem::new(field(), it))
                .into_iter()
                .collect();
        }
        if patch.is_null() {
            entries.remove(name);
            return Vec::new();
        }
        let merged = merged(base.cloned(), patch);
        let problems = entry::problems(section, name, &merged);
        if problems.is_empty() {
            entries.insert(name.to_owned(), merged);
        }
        problems
    }

    /// Takes out of `tools` what no enabled toolset leads to any more, and follows an address that was changed.
    fn follow(&mut self) {
        let entries: BTreeMap<&String, &Value> =
            self.toolsets.iter().chain(&self.servers).filter(|(_, it)| is_enabled(it)).collect();
        self.tools.retain_mut(|tool| {
            let Some(home) = tool.home() else { return true };
            let leads = |it: &Value| addresses(it).iter().any(|it| is_same(it, &tool.endpoint));
            if entries.values().any(|it| leads(it)) {
                return true;
            }
            let addresses = entries.get(home).map(|it| addresses(it)).unwrap_or_default();
            let [address] = addresses.as_slice() else { return false };
            let is_plain = address.starts_with("http") && !address.contains("{{");
            if is_plain {
                tool.endpoint.clone_from(address);
            }
            is_plain
        });
    }
}

fn read(text: &str) -> Result<Map<String, Value>, Problem> {
    if text.len() > LARGEST {
        let told = format!("{} bytes, and no more than {LARGEST} are read", text.len());
        return Err(Problem::new("", told));
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: DEEPEST },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MOST_REPEATED },
        duplicate_keys: DuplicateKeyPolicy::Error,
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    };
    match serde_saphyr::from_str_with_options::<Value>(text, options) {
        Ok(Value::Object(sections)) => Ok(sections),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(_) => Err(Problem::new("", "it has to be a mapping with `toolsets` or `mcp_servers`")),
        Err(error) => {
            let render = serde_saphyr::render_options! { formatter: &UserMessageFormatter, snippets: SnippetMode::Off };
            Err(Problem::new("", format!("not YAML: {}", error.render_with_options(render))))
        }
    }
}

fn unknown(key: &str) -> Problem {
    let told = match key {
        "tools" => {
            "the list is generated: take a service out of it by disabling its toolset".to_owned()
        }
        _ => format!("{} is neither `toolsets` nor `mcp_servers`", super::words::quoted(key)),
    };
    Problem::new("", told)
}

/// Nothing but `enabled: false`.
fn says_only_no(patch: &Value) -> bool {
    let fields = patch.as_object();
    fields.is_some_and(|it| it.len() == 1 && it.get("enabled") == Some(&Value::Bool(false)))
}

fn mistyped(section: Section, name: &str) -> Option<String> {
    let builtins = &Known::get().builtins;
    let near = nearest(name, builtins.iter().map(String::as_str))?;
    (section == Section::Toolsets && !builtins.contains(name))
        .then(|| format!("there is no such toolset: did you mean `{near}`?"))
}

fn merged(base: Option<Value>, patch: Value) -> Value {
    let mut base = base.unwrap_or_else(|| Value::Object(Map::new()));
    if let (Some(Value::Object(config)), Some(new)) = (base.get_mut("config"), patch.get("config"))
    {
        let is_new = |it: &str| new.get(it).is_some_and(|it| !it.is_null());
        if is_new("instances") {
            config.clear();
        } else if ADDRESSES.iter().any(|it| is_new(it)) {
            config.shift_remove("instances");
        }
    }
    lay(&mut base, patch);
    base
}

/// Field by field.
fn lay(base: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *base = patch;
        return;
    };
    if !base.is_object() {
        *base = Value::Object(Map::new());
    }
    let Value::Object(base) = base else { return };
    for (key, value) in patch {
        if value.is_null() {
            base.shift_remove(&key);
        } else {
            lay(base.entry(key).or_insert(Value::Null), value);
        }
    }
}

pub(super) const ADDRESSES: [&str; 3] = ["prometheus_url", "api_url", "url"];

fn is_enabled(entry: &Value) -> bool {
    entry.get("enabled") != Some(&Value::Bool(false))
}

/// Everywhere that a toolset leads to.
pub(super) fn addresses(entry: &Value) -> Vec<String> {
    let Some(config) = entry.get("config") else { return Vec::new() };
    let list = |it: &str| config.get(it).and_then(Value::as_array).map(Vec::as_slice);
    let configs = list("instances").unwrap_or_default().iter().chain([config]);
    let own = configs.flat_map(|it| ADDRESSES.iter().filter_map(|name| it.get(name)));
    let endpoints = list("endpoints").unwrap_or_default().iter();
    let hosts = endpoints.filter_map(|it| it.get("hosts")?.as_array()).flatten();
    own.chain(hosts).filter_map(|it| it.as_str().map(str::to_owned)).collect()
}

/// An address of a toolset, or the host of one that has a prefix.
pub(super) fn is_same(address: &str, endpoint: &str) -> bool {
    endpoint.strip_prefix(address).is_some_and(|it| it.is_empty() || it.starts_with('/'))
}
