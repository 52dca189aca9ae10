//! What was found as SARIF 2.1.0, which code hosts show beside the lines of a change.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};

use super::given::Source;
use crate::obi::{
    config::{Finding, RULES, Report},
    host::{Check, Outcome},
};

/// What a path may not have as it is in an address.
const NOT_IN_PATHS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}');

/// Of a configuration.
pub(super) fn findings(source: &Source, report: &Report) -> Value {
    let rules: Vec<Value> = RULES.iter().map(|it| rule(it.id, it.meaning)).collect();
    let results = report.findings.iter().map(|it| {
        let Finding { severity, rule, path, place, problem, fix } = it;
        let mut physical = artifact(source);
        if let (Some(place), Value::Object(physical)) = (place, &mut physical) {
            let region = json!({"startLine": place.line, "startColumn": place.column});
            physical.insert("region".to_owned(), region);
        }
        let subject = if path.is_empty() { String::new() } else { format!("{path}: ") };
        json!({
            "ruleId": rule,
            "ruleIndex": RULES.iter().position(|it| it.id == *rule),
            // It has the same three words for it.
            "level": severity.to_string(),
            "message": {"text": format!("{subject}{problem}{}", advice(fix))},
            "locations": [{"physicalLocation": physical, "logicalLocations": [{"fullyQualifiedName": path}]}],
        })
    });
    log(&rules, &results.collect::<Vec<_>>())
}

/// Of a host, for the configuration that asks for it.
pub(super) fn checks(source: Option<&Source>, checks: &[Check]) -> Value {
    let open: Vec<&Check> = checks.iter().filter(|it| it.outcome != Outcome::Passed).collect();
    // Ports and destinations are looked at one by one.
    let kinds: BTreeMap<_, _> = open.iter().map(|it| (it.name, it.why.as_str())).collect();
    let rules: Vec<Value> = kinds.iter().map(|(name, why)| rule(name, why)).collect();
    let results = open.iter().map(|it| {
        let level = match it.outcome {
            Outcome::Failed if it.required => "error",
            Outcome::Failed => "warning",
            Outcome::Passed | Outcome::CannotTell => "note",
        };
        json!({
            "ruleId": it.name,
            "ruleIndex": kinds.keys().position(|kind| *kind == it.name),
            "level": level,
            "message": {"text": format!("{}: {}{}", it.found, it.why, advice(&it.fix))},
            "locations": source.map(|it| json!({"physicalLocation": artifact(it)})).as_slice(),
        })
    });
    log(&rules, &results.collect::<Vec<_>>())
}

fn log(rules: &[Value], results: &[Value]) -> Value {
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "tacklebox",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(id: &str, meaning: &str) -> Value {
    json!({"id": id, "shortDescription": {"text": meaning}})
}

fn artifact(source: &Source) -> Value {
    let uri = utf8_percent_encode(&source.name, NOT_IN_PATHS).to_string();
    json!({"artifactLocation": {"uri": uri}})
}

fn advice(fix: &str) -> String {
    if fix.is_empty() { String::new() } else { format!(". To mend it: {fix}") }
}
