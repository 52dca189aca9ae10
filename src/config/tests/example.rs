use expect_test::expect_file;
use regex::Regex;
use serde_json::{Value, json};

use crate::config::{Config, parse, schema};

const EXAMPLE: &str = include_str!("../../../config.example.yml");

#[test]
fn the_published_schema_is_the_one_that_is_enforced() {
    let schema = serde_json::to_string_pretty(schema()).unwrap() + "\n";
    expect_file!["../../../config.schema.json"].assert_eq(&schema);
}

#[test]
fn the_example_is_exactly_the_defaults() {
    assert_eq!(parse(EXAMPLE, "config.example.yml"), Ok(Config::default()));
}

#[test]
fn what_the_example_has_commented_out_is_valid_too() {
    let config = parse(&uncommented(), "config.example.yml").unwrap();
    assert!(!config.server.tokens.is_empty() && !config.policy.deny_resources.is_empty());
}

#[test]
fn the_example_names_every_key() {
    let example: Value = serde_saphyr::from_str(&uncommented()).unwrap();
    let mut missing = Vec::new();
    walk(schema(), "", &mut |path, _| {
        let place = path.replace('.', "/");
        if example.pointer(&place).is_none() {
            missing.push(path.to_owned());
        }
    });
    // Only one of the two ways to give a token can be in one item.
    assert_eq!(missing, [".server.tokens.0.value"]);
    assert!(example.pointer("/server/tokens/1/value").is_some());
}

/// A list of items, or a section, that stands commented out below its key.
fn uncommented() -> String {
    let emptied =
        Regex::new(r"(?m) (\[\]|null)(\n +#(?:-|  ))").unwrap().replace_all(EXAMPLE, "$2");
    Regex::new(r"(?m)^( +)#(- |  )").unwrap().replace_all(&emptied, "$1$2").into_owned()
}

#[test]
fn every_key_of_the_schema_is_described() {
    let mut bare = Vec::new();
    walk(schema(), "", &mut |path, schema| {
        if schema.get("description").is_none() {
            bare.push(path.to_owned());
        }
    });
    assert!(bare.is_empty(), "{bare:?}");
}

#[test]
fn every_path_is_expanded() {
    let mut paths = Vec::new();
    walk(schema(), "", &mut |path, schema| {
        let is_path = |it: &Value| it.get("title") == Some(&json!("path"));
        if is_path(schema) || is_path(&schema["items"]) {
            paths.push(path.to_owned());
        }
    });
    assert_eq!(paths.len(), 8, "{paths:?}");
    let text = "
toolsets: {local: {binary_path: ~/a, state_dir: ~/a, config_dirs: [~/a]}, kubernetes: {kubeconfig: ~/a}, discovery: {detectors: [~/a]}}
policy: {audit: {file: ~/a}}
server: {tokens: [{name: ann, file: ~/a}], state_key_file: ~/a}
";
    let config = parse(text, "tacklebox.yml").unwrap().expanded("/home/ann".as_ref());
    let text = serde_json::to_string(&config).unwrap();
    assert_eq!(text.matches("/home/ann/a").count(), paths.len(), "{text}");
}

/// Visits the schema of every key; in lists, of the first item.
fn walk(schema: &Value, path: &str, visit: &mut impl FnMut(&str, &Value)) {
    for (key, inner) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}.{key}");
        visit(&path, inner);
        walk(inner, &path, visit);
        walk(&inner["items"], &format!("{path}.0"), visit);
    }
}
