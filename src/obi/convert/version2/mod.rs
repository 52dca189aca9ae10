//! From version 1 to version 2, for what version 2 has a place for. What has none is named, and never lost.
//!
//! Version 2 has other defaults: it chooses everything that no rule leaves out, and looks for processes every five seconds. So what
//! held by default before is written down.

mod exporters;
mod rules;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt, sync::LazyLock};

use serde_json::{Map, Value, json};

use super::{
    sections::{get, leaves, put, take},
    step::Step,
};
use crate::obi::config::{Environment, Release, Severity, check, fits_version2};

static PLACES: LazyLock<BTreeMap<String, Vec<String>>> = LazyLock::new(|| {
    serde_saphyr::from_str(include_str!("places.yaml")).expect("the tests read it")
});

/// What holds in version 1 where nothing is written, and not in version 2.
const DEFAULTS: [(&str, &str); 3] = [
    (
        "capture.policy",
        r#"{"default_action": "exclude", "match_order": "first_match_wins", "poll_interval": "0s"}"#,
    ),
    ("capture.instrumentation.dns.enabled", r#"{"traces": false, "metrics": true}"#),
    ("capture.instrumentation.gpu.enabled", r#"{"traces": false, "metrics": true}"#),
];

/// A document of version 2.
#[derive(Debug, Clone, PartialEq)]
pub struct Version2 {
    pub document: Value,
    /// Where each key of version 1 is now.
    pub steps: Vec<Step>,
}

/// The paths of version 1 for which version 2 has no place, or what else is in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoPlace {
    pub paths: Vec<String>,
    /// Why the settings are none of which anything could be made; empty where it is only the paths.
    pub wrong: Vec<String>,
}

impl fmt::Display for NoPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { paths, wrong } = self;
        if !wrong.is_empty() {
            return write!(
                f,
                "the configuration is not one that OBI starts with: {}",
                wrong.join("; ")
            );
        }
        write!(
            f,
            "version 2 has no place for {}: stay with version 1, which OBI still reads, or leave that out first",
            paths.join(", ")
        )
    }
}

impl std::error::Error for NoPlace {}

/// The same as a document of version 2.
pub fn to_version2(settings: Map<String, Value>) -> Result<Version2, NoPlace> {
    let wrong = errors(&settings);
    if !wrong.is_empty() {
        return Err(NoPlace { paths: Vec::new(), wrong });
    }
    let mut moving = Moving { old: settings, ..Moving::default() };
    moving.known();
    moving.features();
    moving.kubernetes();
    moving.payloads();
    moving.rules();
    moving.exporters();
    let mut paths: Vec<String> = leaves(&moving.old).into_iter().map(|(path, _)| path).collect();
    paths.append(&mut moving.refused);
    if paths.is_empty() {
        return Ok(moving.document());
    }
    paths.sort();
    paths.dedup();
    Err(NoPlace { paths, wrong })
}

/// Whatever keeps OBI from starting is wrong already.
fn errors(settings: &Map<String, Value>) -> Vec<String> {
    let text = Value::Object(settings.clone()).to_string();
    let findings = check(&text, &Environment::default(), Release::KNOWN).findings;
    let errors = findings.into_iter().filter(|it| it.severity == Severity::Error);
    errors.map(|it| format!("{}: {}", it.path, it.problem)).collect()
}

/// What is still of version 1, and what is of version 2 already.
#[derive(Default)]
struct Moving {
    old: Map<String, Value>,
    /// Below `extensions.obi`.
    obi: Map<String, Value>,
    /// Beside it.
    top: Map<String, Value>,
    steps: Vec<Step>,
    refused: Vec<String>,
}

impl Moving {
    fn moved(&mut self, from: &str, to: &[&str], why: &str) {
        let to = to.iter().map(|it| (*it).to_owned()).collect();
        self.steps.push(Step::moved(from, to, why));
    }

    /// Puts a value below `extensions.obi`.
    fn put(&mut self, from: &str, to: &str, value: impl Into<Value>) {
        put(&mut self.obi, to, value);
        self.moved(from, &[&format!("extensions.obi.{to}")], "");
    }

    fn known(&mut self) {
        for (path, places) in PLACES.iter() {
            let Some(value) = take(&mut self.old, path).filter(|it| !it.is_null()) else {
                continue;
            };
            if !places.iter().all(|it| fits_version2(it, &value)) {
                self.refused.push(path.clone());
                continue;
            }
            for place in places {
                put(&mut self.obi, place, value.clone());
            }
            let places: Vec<String> =
                places.iter().map(|it| format!("extensions.obi.{it}")).collect();
            self.steps.push(Step::moved(path, places, ""));
        }
        if let Some(level) = take(&mut self.old, "log_level") {
            let level = level.as_str().unwrap_or_default().to_lowercase();
            self.top.insert("log_level".to_owned(), level.into());
            self.moved("log_level", &["log_level"], "");
        }
    }

    /// Features became sections of their own, those of spans and of the service graph excepted.
    fn features(&mut self) {
        let path = "metrics.features";
        let Some(Value::Array(features)) = take(&mut self.old, path) else { return };
        let names: Vec<&str> = features.iter().filter_map(Value::as_str).collect();
        let stats: Vec<&str> = names.iter().copied().filter(|it| it.starts_with("stats")).collect();
        if names.iter().any(|it| *it != "application" && *it != "network" && !stats.contains(it)) {
            return self.refused.push(path.to_owned());
        }
        if !names.contains(&"application") {
            // Processes would be looked at for traces only, which version 2 says for each protocol.
            let selects = get(&self.old, "discovery.instrument").is_some();
            if selects {
                return self.refused.push(path.to_owned());
            }
        }
        if names.contains(&"network") {
            self.put(path, "capture.network.capture.enabled", true);
        }
        if !stats.is_empty() {
            self.put(path, "capture.network.stats.enabled", true);
            self.put(path, "capture.network.stats.features", json!(stats));
        }
        if stats.is_empty() && !names.contains(&"network") {
            self.moved(
                path,
                &["extensions.obi.capture.instrumentation"],
                "metrics are on by default",
            );
        }
    }

    fn kubernetes(&mut self) {
        let path = "attributes.kubernetes.enable";
        let Some(enable) = take(&mut self.old, path) else { return };
        let mode = match enable.to_string().trim_matches('"') {
            "true" => "enabled",
            "false" => "disabled",
            _ => "autodetect",
        };
        self.put(path, "enrich.enrichers.kubernetes.mode", mode);
    }

    /// Truths became a list of what is on.
    fn payloads(&mut self) {
        let mut on = Vec::new();
        for name in ["graphql", "elasticsearch", "aws", "sqlpp"] {
            let path = format!("ebpf.payload_extraction.http.{name}.enabled");
            match take(&mut self.old, &path) {
                Some(Value::Bool(true)) => on.push((name, path)),
                Some(_) => self.steps.push(Step::left_out(path, "it is off by default")),
                None => {}
            }
        }
        let names: Vec<&str> = on.iter().map(|it| it.0).collect();
        for (_, path) in &on {
            self.put(path, "capture.instrumentation.http.payload_extraction.enabled", json!(names));
        }
    }

    fn document(mut self) -> Version2 {
        for (path, default) in DEFAULTS {
            let default: Map<String, Value> = serde_json::from_str(default).unwrap_or_default();
            for (name, value) in default {
                let path = format!("{path}.{name}");
                if get(&self.obi, &path).is_none() {
                    put(&mut self.obi, &path, value);
                }
            }
        }
        let mut obi = Map::from_iter([("version".to_owned(), json!("2.0"))]);
        obi.extend(self.obi);
        let mut document = Map::from_iter([("file_format".to_owned(), json!("1.0"))]);
        document.extend(self.top);
        document.insert("extensions".to_owned(), json!({"obi": obi}));
        Version2 { document: document.into(), steps: self.steps }
    }
}
