//! Values by their paths: `otel_traces_export.endpoint`.

use serde_json::{Map, Value, json};

/// The section behind those keys, made where there is none.
pub(super) fn inside<'a>(
    fields: &'a mut Map<String, Value>,
    keys: &[&str],
) -> &'a mut Map<String, Value> {
    let Some((key, rest)) = keys.split_first() else { return fields };
    let section = fields.entry(*key).or_insert_with(|| json!({}));
    if !section.is_object() {
        *section = json!({});
    }
    inside(section.as_object_mut().expect("it was made a section just now"), rest)
}

/// Puts a value there, in the place of another.
pub(super) fn put(fields: &mut Map<String, Value>, path: &str, value: impl Into<Value>) {
    let mut keys: Vec<&str> = path.split('.').collect();
    let Some(last) = keys.pop() else { return };
    inside(fields, &keys).insert(last.to_owned(), value.into());
}

pub(super) fn get<'a>(fields: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(it, rest)| (it, Some(rest)));
    let value = fields.get(first).filter(|it| !it.is_null())?;
    match rest {
        None => Some(value),
        Some(rest) => get(value.as_object()?, rest),
    }
}

/// Takes a value away, and the sections that have nothing else in them.
pub(super) fn take(fields: &mut Map<String, Value>, path: &str) -> Option<Value> {
    let Some((first, rest)) = path.split_once('.') else { return fields.shift_remove(path) };
    let section = fields.get_mut(first)?.as_object_mut()?;
    let taken = take(section, rest);
    if taken.is_some() && section.is_empty() {
        fields.shift_remove(first);
    }
    taken
}

/// Every value that is no section, with its path; empty sections are values.
pub(super) fn leaves(fields: &Map<String, Value>) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    for (name, value) in fields {
        match value.as_object().filter(|it| !it.is_empty()) {
            None => found.push((name.clone(), value)),
            Some(inner) => {
                let inner = leaves(inner).into_iter();
                found.extend(inner.map(|(path, it)| (format!("{name}.{path}"), it)));
            }
        }
    }
    found
}
