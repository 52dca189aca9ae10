use jsonschema::Validator;
use serde_json::{Value, json};

use super::{super::schema, configurations::cases};
use crate::tree::Node;

fn validator() -> Validator {
    jsonschema::draft202012::options().should_validate_formats(true).build(&schema()).unwrap()
}

fn value(text: &str) -> Option<Value> {
    Some(Node::parse(text).ok()?.to_json()).filter(Value::is_object)
}

#[test]
fn the_schema_takes_every_configuration_of_version_1_of_which_there_is_nothing_to_say() {
    let validator = validator();
    let mut taken = 0;
    for case in cases() {
        let is_of_now = case.release == super::Release::KNOWN.to_string();
        let is_plain = !case.config.contains('$')
            && !case.config.contains("file_format")
            && !["yes", "YES"].iter().any(|it| case.config.contains(it));
        let Some(value) = value(&case.config) else { continue };
        if case.findings.is_empty() && is_of_now && is_plain {
            let errors: Vec<String> = validator
                .iter_errors(&value)
                .map(|it| format!("{}: {it}", it.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{}: {errors:#?}", case.name);
            taken += 1;
        }
    }
    assert!(taken >= 15, "{taken}");
}

#[test]
fn the_schema_refuses_what_is_unknown_missing_or_wrong() {
    let validator = validator();
    let of_the_schema =
        ["unknown-key", "unknown-selector", "wrong-type", "missing-key", "removed-key"];
    let mut refused = 0;
    for case in cases() {
        let is_of_the_schema = |it: &String| of_the_schema.iter().any(|rule| it.contains(rule));
        if !case.findings.iter().any(is_of_the_schema) || case.config.contains("version: \"2.0\"") {
            continue;
        }
        let Some(value) = value(&case.config) else { continue };
        assert!(!validator.is_valid(&value), "{}", case.name);
        refused += 1;
    }
    assert!(refused >= 10, "{refused}");
    for wrong in [
        json!({"shutdown_timeout": "10"}),
        json!({"health_check": {"port": 70_000}}),
        json!({"open_port": "http"}),
        json!({"log_level": "trace"}),
        json!({"metrics": {"features": ["foo"]}}),
        json!({"ebpf": {"context_propagation": "ip"}}),
        json!({"routes": {"wildcard_char": "**"}}),
        json!({"ebpf": {"batch_length": 0}}),
        json!({"discovery": {"instrument": [{}]}}),
        json!({"filter": {"application": {"url.path": {"match": "*", "equals": 1}}}}),
    ] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
}

#[test]
fn the_schema_says_of_a_key_what_holds_without_it_and_what_counts_for_more() {
    let schema = schema();
    let port = &schema["properties"]["health_check"]["properties"]["port"];
    assert_eq!(
        *port,
        json!({
            "type": "integer", "minimum": 0, "maximum": 65_535,
            "description": "The variable OTEL_EBPF_HEALTH_CHECK_PORT counts for more. Since v0.10.0.",
            "default": 0,
        })
    );
    assert_eq!(schema["properties"]["open_port"]["deprecated"], json!(true));
}

#[test]
fn every_default_is_of_the_kind_that_the_schema_wants() {
    fn check(schema: &Value, path: &str) {
        for (name, it) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}.{name}");
            if let Some(default) = it.get("default") {
                assert!(jsonschema::is_valid(it, default), "{path}: {default}");
            }
            check(it, &path);
        }
    }
    check(&schema(), "");
}
