//! A report as SARIF 2.1.0, which code hosts show beside the lines of a change.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};

use super::validate::Source;
use crate::obi::config::{Finding, RULES, Report, Severity};

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

pub(super) fn log(source: &Source, report: &Report) -> Value {
    let results: Vec<Value> = report.findings.iter().map(|it| result(source, it)).collect();
    let rules =
        RULES.iter().map(|it| json!({"id": it.id, "shortDescription": {"text": it.meaning}}));
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "tacklebox",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(source: &Source, finding: &Finding) -> Value {
    let Finding { severity, rule, path, place, problem, fix } = finding;
    let level = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let subject = if path.is_empty() { String::new() } else { format!("{path}: ") };
    let advice = if fix.is_empty() { String::new() } else { format!(". To mend it: {fix}") };
    let uri = utf8_percent_encode(&source.name, NOT_IN_PATHS).to_string();
    let mut physical = json!({"artifactLocation": {"uri": uri}});
    if let (Some(place), Value::Object(physical)) = (place, &mut physical) {
        let region = json!({"startLine": place.line, "startColumn": place.column});
        physical.insert("region".to_owned(), region);
    }
    json!({
        "ruleId": rule,
        "ruleIndex": RULES.iter().position(|it| it.id == *rule),
        "level": level,
        "message": {"text": format!("{subject}{problem}{advice}")},
        "locations": [{"physicalLocation": physical, "logicalLocations": [{"fullyQualifiedName": path}]}],
    })
}
