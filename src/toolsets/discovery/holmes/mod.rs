//! The toolset that HolmesGPT loads: made of what was found, merged with what an operator overrides, and nothing in it that the
//! cluster's people have written freely.
//!
//! A service that asks for credentials which nobody configured is in no toolset: one that fails, or is disabled, would take the place
//! of a toolset of the same name that the operator has set up elsewhere. It stays in `tools`, with what it needs.

mod candidate;
mod credentials;
mod difference;
mod entry;
mod known;
mod listed;
mod overrides;
mod problem;
mod texts;
mod toolsets;
mod validate;
mod web;
mod words;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use self::{candidate::Candidate, toolsets::Entries};
pub(super) use self::{
    credentials::{Credential, Secret, Variable},
    difference::{Changes, difference},
    listed::Listed,
    validate::validate,
};
use super::{finding::Found, service::Place};
use crate::output::yaml;

/// What an operator says about the document.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// What a Service's name ends in after its namespace: `svc.cluster.local`.
    pub(super) domain: String,
    /// The first for a service counts.
    pub(super) credentials: Vec<Credential>,
    /// Services whose certificates are not checked.
    pub(super) unverified: Vec<Place>,
    /// Whether whoever may make Services there may also tell HolmesGPT's model which tools it has: an MCP server describes its own.
    pub(super) trusts_servers: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            domain: "svc.cluster.local".to_owned(),
            credentials: Vec::new(),
            unverified: Vec::new(),
            trusts_servers: true,
        }
    }
}

/// The toolset. The same services make the same document, whatever the order in which they come.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Document {
    toolsets: BTreeMap<String, Value>,
    servers: BTreeMap<String, Value>,
    pub(super) tools: Vec<Listed>,
    /// Services that are not in it because of what they are called, in a sentence each.
    pub(super) left_out: Vec<String>,
}

/// How a ConfigMap holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// The document under one key.
    Holmes,
    /// `toolset.json` with the list `tools`, as kubernaut's service wrote it, besides.
    Kubernaut,
}

/// No larger document is written: a ConfigMap holds 1 MiB with all that others have in it.
const LARGEST: usize = 900_000;

const HEADER: &str = "# Generated from the services of the cluster: do not edit.\n\
    # What overrides.yaml says, with the same fields, is merged into it.\n";

impl Document {
    pub(super) fn of(found: &[Found], settings: &Settings) -> Self {
        let mut left_out = Vec::new();
        let mut candidates = Vec::new();
        for it in found.iter().filter(|it| it.health.is_usable()) {
            match Candidate::of(it, settings) {
                Ok(candidate) if candidate.is_untrusted(settings) => left_out.push(format!(
                    "{}: MCP servers are used once toolsets.discovery.namespaces says in which namespaces",
                    candidate.place()
                )),
                Ok(candidate) => candidates.push(candidate),
                Err(reason) => left_out.push(reason),
            }
        }
        candidates.sort_by(|one, other| order(one).cmp(&order(other)));
        candidates.dedup_by(|one, other| {
            one.product() == other.product() && one.place() == other.place()
        });
        left_out.extend(candidates.iter().filter_map(|it| it.unsuited(settings)));
        let names = words::unique(&candidates.iter().map(named).collect::<Vec<_>>());
        let entries = Entries::of(&candidates, &names);
        let mut tools = Vec::new();
        for ((candidate, name), home) in candidates.iter().zip(&names).zip(&entries.homes) {
            match name {
                Some(name) => tools.push(Listed::of(candidate, name, home.as_ref())),
                None => left_out.push(format!("{}: another has taken its name", candidate.place())),
            }
        }
        tools.sort_by(|one, other| one.name.cmp(&other.name));
        left_out.sort();
        Self { toolsets: entries.toolsets, servers: entries.servers, tools, left_out }
    }

    /// One that somebody published, as far as it can be read: what is no part of a document is left out.
    pub(super) fn published(yaml: &str) -> Self {
        let Ok(value) = serde_saphyr::from_str::<Value>(yaml) else { return Self::default() };
        let section = |key: &str| {
            let entries = value.get(key).and_then(Value::as_object).into_iter().flatten();
            entries.map(|(name, it)| (name.clone(), it.clone())).collect()
        };
        let tools = value.get("tools").and_then(Value::as_array).into_iter().flatten();
        let tools = tools.filter_map(|it| Listed::deserialize(it).ok()).collect();
        let (toolsets, servers) = (section("toolsets"), section("mcp_servers"));
        Self { toolsets, servers, tools, left_out: Vec::new() }
    }

    /// The whole of it. HolmesGPT refuses a document that enables nothing, so then it gets what every cluster has.
    pub(super) fn value(&self) -> Value {
        let section = |it: &BTreeMap<String, Value>| -> Value {
            Value::Object(it.clone().into_iter().collect())
        };
        let mut document = Map::new();
        if self.toolsets.is_empty() && self.servers.is_empty() {
            document.insert("toolsets".to_owned(), json!({"kubernetes/core": {"enabled": true}}));
        }
        if !self.toolsets.is_empty() {
            document.insert("toolsets".to_owned(), section(&self.toolsets));
        }
        if !self.servers.is_empty() {
            document.insert("mcp_servers".to_owned(), section(&self.servers));
        }
        document.insert("tools".to_owned(), json!(self.tools));
        Value::Object(document)
    }

    pub(super) fn yaml(&self) -> String {
        format!("{HEADER}{}", yaml::write(&self.value()))
    }

    /// The SHA-256 of the YAML in hexadecimal digits.
    pub(super) fn hash(&self) -> String {
        words::hex(&Sha256::digest(self.yaml()))
    }

    /// What a ConfigMap's `data` says of it; `key` is that of the document, `toolset.yaml`. Or why it must not be written.
    pub(super) fn files(
        &self,
        layout: Layout,
        key: &str,
    ) -> Result<BTreeMap<String, String>, String> {
        let mut files = BTreeMap::from([(key.to_owned(), self.yaml())]);
        if layout == Layout::Kubernaut {
            let tools = json!({"tools": self.tools});
            files.insert("toolset.json".to_owned(), format!("{tools:#}\n"));
        }
        let size: usize = files.values().map(String::len).sum();
        if size > LARGEST {
            return Err(format!(
                "the toolset would have {size} bytes, and no more than {LARGEST} are written: leave namespaces or products out"
            ));
        }
        Ok(files)
    }
}

fn order<'a>(candidate: &'a Candidate<'_>) -> (&'a str, &'a Place, &'a str) {
    (candidate.product(), candidate.place(), &candidate.url)
}

fn named<'a>(candidate: &Candidate<'a>) -> (String, &'a Place) {
    let place = candidate.place();
    (format!("{}-{}-{}", candidate.product(), place.namespace, place.name), place)
}

#[cfg(test)]
mod tests;
