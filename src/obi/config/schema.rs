//! The table as a JSON schema, for editors and for models: a key that OBI would ignore without a word is refused.
//!
//! It says what a key may hold. What keys mean together, and what variables fill in, is for the checks.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    keys::{Entry, Key, Keys, Section},
    kind::{Kind, OF_NUMBERS, OF_TEXT},
};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
/// As Go reads durations.
const DURATION: &str =
    r"^[-+]?(?:0|(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)$";
const PORTS: &str = r"^(?:\s*[0-9]+\s*(?:-\s*[0-9]+\s*)?(?:,\s*[0-9]+\s*(?:-\s*[0-9]+\s*)?)*)?$";

/// The JSON schema of a configuration of version 1.
pub fn schema() -> Value {
    let Value::Object(root) = section(&Keys::v1().root) else { return Value::Null };
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), DIALECT.into());
    schema.insert("title".to_owned(), "OBI's configuration, version 1".into());
    schema.extend(root);
    Value::Object(schema)
}

fn section(section: &Section) -> Value {
    let properties = section.iter().map(|(name, it)| (name.clone(), entry(it)));
    let properties: Map<String, Value> = properties.collect();
    let required = section.iter().filter(|(_, it)| is_required(it)).map(|(name, _)| name.clone());
    let required: Vec<String> = required.collect();
    let mut schema =
        json!({"type": "object", "properties": properties, "additionalProperties": false});
    if !required.is_empty() {
        put(&mut schema, "required", required);
    }
    schema
}

fn is_required(entry: &Entry) -> bool {
    matches!(entry, Entry::Value(key) | Entry::Sections(key, _) if key.required)
}

fn entry(entry: &Entry) -> Value {
    match entry {
        Entry::Section(inside) => section(inside),
        Entry::Value(key) => described(value(key), key),
        Entry::Sections(key, inside) => described(sections(key, inside), key),
    }
}

fn sections(key: &Key, inside: &Section) -> Value {
    let mut item = section(inside);
    match key.kind {
        Kind::Selectors => put(&mut item, "minProperties", 1),
        Kind::Cidrs => item = json!({"anyOf": [{"type": "string"}, item]}),
        _ => {}
    }
    list(item)
}

fn described(mut schema: Value, key: &Key) -> Value {
    let description = description(key);
    if !description.is_empty() {
        put(&mut schema, "description", description);
    }
    if let Some(default) = &key.default {
        put(&mut schema, "default", default.clone());
    }
    if key.instead.is_some() {
        put(&mut schema, "deprecated", true);
    }
    schema
}

fn description(key: &Key) -> String {
    let mut sentences = Vec::new();
    if let Some(instead) = &key.instead {
        sentences.push(format!("Deprecated: write {instead}."));
    }
    match &key.env[..] {
        [] => {}
        [one] => sentences.push(format!("The variable {one} counts for more.")),
        several => {
            sentences.push(format!("The variables {} count for more.", several.join(" and ")));
        }
    }
    if let Some(since) = key.since {
        sentences.push(format!("Since {since}."));
    }
    sentences.join(" ")
}

fn value(key: &Key) -> Value {
    let keys = Keys::v1();
    match key.kind {
        Kind::Bool => json!({"type": "boolean"}),
        Kind::Int => number("integer", key),
        Kind::Float => number("number", key),
        Kind::String => text(key),
        Kind::Duration => {
            json!({"type": "string", "pattern": DURATION, "examples": ["10s", "1m30s"]})
        }
        Kind::Words => several_words(key),
        Kind::Enum | Kind::Protocol => json!({"enum": words(key)}),
        Kind::Ip => {
            json!({"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}, {"const": ""}]})
        }
        Kind::Regex => json!({"type": "string", "format": "regex"}),
        Kind::Glob => json!({"type": "string", "examples": ["shop-*", "{web,api}"]}),
        Kind::Ports | Kind::PortsText => ports(),
        Kind::Strings if key.one_of.is_empty() => list(json!({"type": "string"})),
        Kind::Strings => list(json!({"enum": key.one_of})),
        Kind::Floats => list(number("number", key)),
        Kind::Numbers => list(number("integer", key)),
        Kind::Features => list(json!({"enum": keys.features})),
        Kind::Instrumentations => list(json!({"enum": keys.instrumentations})),
        Kind::Interface => json!({"type": "string", "pattern": "^(?:external|local|name:.+)?$"}),
        Kind::Exports => list(json!({"enum": ["traces", "metrics", "logs"]})),
        Kind::Globs => map(json!({"type": "string"})),
        Kind::Text | Kind::Pairs => json!({"type": "string"}),
        Kind::Unsupported => json!(false),
        Kind::Cidrs | Kind::GlobList => list(json!({"type": "string"})),
        Kind::Selectors | Kind::List => list(json!({"type": "object"})),
        Kind::Filters => map(filter()),
        Kind::Selection => map(selection()),
        Kind::LabelLists | Kind::Groups | Kind::GlobLists => map(list(json!({"type": "string"}))),
        Kind::Section | Kind::Sampler => json!({"type": "object"}),
    }
}

fn number(kind: &str, key: &Key) -> Value {
    let mut schema = json!({"type": kind});
    if let Some(least) = key.min {
        put(&mut schema, "minimum", least);
    }
    if let Some(most) = key.max {
        put(&mut schema, "maximum", most);
    }
    if let Some(above) = &key.above {
        put(&mut schema, "exclusiveMinimum", above.clone());
    }
    schema
}

/// YAML makes a number of a name that is one, and OBI a text of that.
fn text(key: &Key) -> Value {
    match key.max_length {
        Some(most) => json!({"type": "string", "maxLength": most}),
        None => json!({"type": ["string", "number", "boolean"]}),
    }
}

/// With commas and blanks between them.
fn several_words(key: &Key) -> Value {
    let known = key.one_of.iter().filter(|it| !key.idle.contains_key(*it));
    let word = format!(r"\s*(?:{})\s*", known.map(String::as_str).collect::<Vec<_>>().join("|"));
    json!({"type": "string", "pattern": format!("^(?:{word}(?:,{word})*)?$")})
}

/// In each way that they may be written.
fn words(key: &Key) -> Vec<Value> {
    let known = || key.one_of.iter().filter(|it| !key.idle.contains_key(*it));
    let cases: [fn(&str) -> String; 3] = [str::to_owned, str::to_lowercase, str::to_uppercase];
    let cases = cases.iter().take(if key.ignores_case() { 3 } else { 1 });
    let texts = cases.flat_map(|case| known().map(|it| case(it)));
    let nothing = (key.or_empty || key.kind == Kind::Protocol).then(String::new);
    let texts: BTreeSet<String> = texts.chain(nothing).collect();
    let truths = known().filter_map(|it| it.parse::<bool>().ok());
    texts.into_iter().map(Value::from).chain(truths.map(Value::from)).collect()
}

fn ports() -> Value {
    let one = json!({"type": "integer", "minimum": 0});
    let several = json!({"type": "string", "pattern": PORTS, "examples": ["80,443,8000-8999"]});
    json!({"anyOf": [one, several, list(one.clone())]})
}

fn filter() -> Value {
    let glob = json!({"type": "string"});
    let number = json!({"type": "number"});
    let of = |names: &[&str], schema: &Value| {
        let properties = names.iter().map(|it| ((*it).to_owned(), schema.clone()));
        let properties: Map<String, Value> = properties.collect();
        json!({"type": "object", "properties": properties, "additionalProperties": false})
    };
    json!({"anyOf": [of(&OF_TEXT, &glob), of(&OF_NUMBERS, &number)]})
}

fn selection() -> Value {
    let globs = list(json!({"type": "string"}));
    json!({
        "type": "object",
        "properties": {"include": globs, "exclude": globs},
        "additionalProperties": false,
    })
}

fn list(items: impl Into<Value>) -> Value {
    json!({"type": "array", "items": items.into()})
}

fn map(values: impl Into<Value>) -> Value {
    json!({"type": "object", "additionalProperties": values.into()})
}

fn put(schema: &mut Value, keyword: &str, value: impl Into<Value>) {
    if let Value::Object(schema) = schema {
        schema.insert(keyword.to_owned(), value.into());
    }
}
