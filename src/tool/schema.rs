//! Schemas that every client can read: no `$schema`, no references, no nullable type lists, no Rust number formats.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value};

/// The schema of a type in the dialect that all clients share.
pub fn portable<T: JsonSchema>() -> Map<String, Value> {
    let mut schema = root::<T>();
    for noise in ["$schema", "title", "description"] {
        schema.remove(noise);
    }
    schema.values_mut().for_each(simplify);
    schema
}

/// The doc comment of a type, on one line per paragraph.
pub(super) fn description<T: JsonSchema>() -> String {
    root::<T>().get("description").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn root<T: JsonSchema>() -> Map<String, Value> {
    let settings = SchemaSettings::draft2020_12().with(|it| it.inline_subschemas = true);
    let schema = settings.into_generator().into_root_schema_for::<T>();
    schema.as_object().cloned().unwrap_or_default()
}

fn simplify(value: &mut Value) {
    match value {
        Value::Object(schema) => {
            simplify_schema(schema);
            schema.values_mut().for_each(simplify);
        }
        Value::Array(items) => items.iter_mut().for_each(simplify),
        _ => {}
    }
}

fn simplify_schema(schema: &mut Map<String, Value>) {
    if schema.get("format").and_then(Value::as_str).is_some_and(is_rust_number) {
        schema.remove("format");
    }
    if schema.get("default") == Some(&Value::Null) {
        schema.remove("default");
    }
    let single = schema.get("type").and_then(Value::as_array).and_then(|types| {
        let mut named = types.iter().filter(|it| it.as_str() != Some("null"));
        named.next().filter(|_| named.next().is_none()).cloned()
    });
    if let Some(single) = single {
        schema.insert("type".to_owned(), single);
    }
    unwrap_nullable(schema);
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|it| !it.is_null());
    }
}

/// `anyOf: [X, null]` says no more than an argument that may be left out.
fn unwrap_nullable(schema: &mut Map<String, Value>) {
    let is_null = |it: &Value| it.get("type").and_then(Value::as_str) == Some("null");
    let Some(Value::Array(options)) = schema.get("anyOf") else { return };
    let [one, other] = options.as_slice() else { return };
    let kept = if is_null(other) { one } else { other };
    if is_null(one) || is_null(other) {
        let kept = kept.as_object().cloned().unwrap_or_default();
        schema.remove("anyOf");
        for (key, value) in kept {
            schema.entry(key).or_insert(value);
        }
    }
}

fn is_rust_number(format: &str) -> bool {
    matches!(
        format,
        "uint"
            | "uint8"
            | "uint16"
            | "uint32"
            | "uint64"
            | "int"
            | "int8"
            | "int16"
            | "int32"
            | "int64"
            | "float"
            | "double"
    )
}
