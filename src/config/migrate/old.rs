//! The flat form: the local toolset's settings and OBI's own beside each other, without `toolsets:`.

use serde_json::{Map, Value, json};

use super::{notes::Notes, tidy::snake_case};
use crate::tree::{Node, Place};

/// Settings of obi-mcp's one toolset, which ran OBI on its own host.
const LOCAL: [&str; 3] = ["enabled", "binary_path", "state_dir"];
/// Settings that belong to the Kubernetes toolset.
const KUBERNETES: [&str; 4] = ["kubeconfig", "contexts", "default_namespace", "default_image"];
/// OBI's own sections that stood at the top, those that OBI never had included.
const OBI: [&str; 8] = [
    "network",
    "export",
    "exporter",
    "attributes",
    "otel_traces_export",
    "otel_metrics_export",
    "prometheus_export",
    "open_port",
];
/// Sections that are the same in both.
const OURS: [&str; 3] = ["policy", "server", "log"];
const CONFIG_PATH: &str = "config_path";

/// Where a file shows that it is of the flat form.
pub(super) fn trace(tree: &Node) -> Option<Place> {
    if tree.get("toolsets").is_some() {
        return None;
    }
    let known = [LOCAL.as_slice(), &KUBERNETES, &OBI, &[CONFIG_PATH]].concat();
    let old = tree.entries().iter().find(|(key, _)| known.contains(&&*snake_case(&key.name)));
    old.map(|(key, _)| key.place)
}

/// The same settings in the form with `toolsets:`.
pub(super) fn nested(old: Map<String, Value>, notes: &mut Notes) -> Map<String, Value> {
    let mut parts = Parts::default();
    for (key, value) in old {
        parts.sort_in(key, value, notes);
    }
    parts.into_file(notes)
}

#[derive(Default)]
struct Parts {
    local: Map<String, Value>,
    kubernetes: Map<String, Value>,
    toolsets: Map<String, Value>,
    ours: Map<String, Value>,
    obi: Map<String, Value>,
}

impl Parts {
    fn sort_in(&mut self, key: String, value: Value, notes: &mut Notes) {
        let name = snake_case(&key);
        if name == "obi" {
            self.obi.extend(object(value));
        } else if OURS.contains(&&*name) {
            self.ours.insert(name, value);
        } else if name == CONFIG_PATH {
            notes.left_out(&key, "put the content of that file under obi");
        } else if LOCAL.contains(&&*name) {
            notes.moved(&key, &format!("toolsets.local.{name}"));
            self.local.insert(name, value);
        } else if KUBERNETES.contains(&&*name) {
            notes.moved(&key, &format!("toolsets.kubernetes.{name}"));
            self.kubernetes.insert(name, value);
        } else if is_toolset(&name, &value) {
            notes.moved(&key, &format!("toolsets.{name}"));
            self.toolsets.insert(name, value);
        } else {
            notes.moved(&key, &format!("obi.{key}"));
            self.obi.insert(key, value);
        }
    }

    fn is_of_obi_alone(&self) -> bool {
        let others = [&self.local, &self.kubernetes, &self.toolsets, &self.ours];
        others.iter().all(|it| it.is_empty())
    }

    /// Without a word about Kubernetes, the old server had nothing to do with it; the new one should not either.
    fn into_file(mut self, notes: &mut Notes) -> Map<String, Value> {
        if self.is_of_obi_alone() {
            notes.say("the old file held OBI's own settings and nothing else: tacklebox obi migrate makes a file for OBI of it".to_owned());
        }
        let mut toolsets = Map::new();
        self.local.entry("enabled").or_insert(true.into());
        toolsets.insert("local".to_owned(), self.local.into());
        let unasked = self.kubernetes.is_empty() && !self.toolsets.contains_key("kubernetes");
        if unasked {
            notes.say("toolsets.kubernetes.enabled is false, since the old file had no cluster: set it to true to work with one".to_owned());
        }
        self.kubernetes.insert("enabled".to_owned(), (!unasked).into());
        toolsets.insert("kubernetes".to_owned(), self.kubernetes.into());
        for (name, value) in self.toolsets {
            let place = toolsets.entry(name).or_insert_with(|| json!({}));
            let merged = object(place.take()).into_iter().chain(object(value)).collect();
            *place = Value::Object(merged);
        }
        let mut file = Map::from_iter([("toolsets".to_owned(), Value::Object(toolsets))]);
        file.extend(self.ours);
        if !self.obi.is_empty() {
            file.insert("obi".to_owned(), self.obi.into());
        }
        file
    }
}

/// Whether a section is a toolset's: OBI has sections of the same names, but none of them is enabled.
fn is_toolset(name: &str, value: &Value) -> bool {
    ["local", "kubernetes", "docker"].contains(&name) && value.get("enabled").is_some()
}

fn object(value: Value) -> Map<String, Value> {
    if let Value::Object(object) = value { object } else { Map::new() }
}
