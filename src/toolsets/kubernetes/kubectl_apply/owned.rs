//! Which fields a manager has, as `managedFields` says it, and what is at them.

use serde_json::{Map, Value};

use crate::{
    output::{Redactor, diff},
    toolsets::kubernetes::{field::text, write::FIELD_MANAGER},
};

/// Paths deeper than objects are.
const DEEPEST: usize = 64;

/// One step on the way to a field.
#[derive(Debug, Clone, PartialEq)]
enum Part {
    Field(String),
    /// The item of a list with these values.
    Key(Map<String, Value>),
    /// An item of a set.
    Value(Value),
    Index(usize),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Path(Vec<Part>);

/// All fields that somebody manages.
pub(super) fn all(object: &Value) -> Vec<Path> {
    entries(object).flat_map(fields).collect()
}

/// Those that we applied.
fn ours(object: &Value) -> Vec<Path> {
    entries(object).filter(|it| is_ours(it)).flat_map(fields).collect()
}

/// Whether we have applied it before.
pub(super) fn is_applied_by_us(object: &Value) -> bool {
    entries(object).any(is_ours)
}

fn entries(object: &Value) -> impl Iterator<Item = &Value> {
    object.pointer("/metadata/managedFields").and_then(Value::as_array).into_iter().flatten()
}

fn is_ours(entry: &Value) -> bool {
    text(entry, "/manager") == FIELD_MANAGER
        && text(entry, "/operation") == "Apply"
        && text(entry, "/subresource").is_empty()
}

fn fields(entry: &Value) -> Vec<Path> {
    let mut found = Vec::new();
    if let Some(Value::Object(root)) = entry.get("fieldsV1") {
        collect(root, &mut Vec::new(), &mut found);
    }
    found
}

fn collect(node: &Map<String, Value>, path: &mut Vec<Part>, found: &mut Vec<Path>) {
    if path.len() > DEEPEST {
        return;
    }
    if (node.is_empty() || node.contains_key(".")) && !path.is_empty() {
        found.push(Path(path.clone()));
    }
    for (key, below) in node {
        let (Some(part), Value::Object(below)) = (part(key), below) else { continue };
        path.push(part);
        collect(below, path, found);
        path.pop();
    }
}

fn part(key: &str) -> Option<Part> {
    let (sort, rest) = key.split_once(':')?;
    match sort {
        "f" => Some(Part::Field(rest.to_owned())),
        "k" => serde_json::from_str(rest).ok().map(Part::Key),
        "v" => serde_json::from_str(rest).ok().map(Part::Value),
        "i" => rest.parse().ok().map(Part::Index),
        _ => None,
    }
}

impl Path {
    /// As the API server writes it in errors: `.spec.containers[name="web"].image`.
    pub(super) fn written(&self) -> String {
        let part = |it: &Part| match it {
            Part::Field(name) => format!(".{name}"),
            Part::Key(key) => {
                let pairs = key.iter().map(|(name, value)| format!("{name}={value}"));
                format!("[{}]", pairs.collect::<Vec<_>>().join(","))
            }
            Part::Value(value) => format!("[={value}]"),
            Part::Index(index) => format!("[{index}]"),
        };
        self.0.iter().map(part).collect()
    }

    pub(super) fn at<'a>(&self, object: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(object, |value, part| part.of(value))
    }

    /// Puts a value there, or takes away what is there.
    pub(super) fn put(&self, object: &mut Value, value: Option<Value>) {
        let Some((last, before)) = self.0.split_last() else { return };
        let holder = before.iter().try_fold(object, |value, part| part.of_mut(value));
        match (holder, last, value) {
            (Some(Value::Object(fields)), Part::Field(name), Some(value)) => {
                fields.insert(name.clone(), value);
            }
            (Some(Value::Object(fields)), Part::Field(name), None) => {
                fields.shift_remove(name);
            }
            (Some(Value::Array(items)), part, value) => {
                let Some(place) = part.position(items) else { return };
                let old = items.remove(place);
                if let Some(value) = value.filter(|it| *it != old) {
                    items.insert(place, value);
                }
            }
            _ => {}
        }
    }
}

impl Part {
    fn of<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        match (self, value) {
            (Self::Field(name), Value::Object(fields)) => fields.get(name),
            (_, Value::Array(items)) => items.get(self.position(items)?),
            _ => None,
        }
    }

    fn of_mut<'a>(&self, value: &'a mut Value) -> Option<&'a mut Value> {
        match (self, value) {
            (Self::Field(name), Value::Object(fields)) => fields.get_mut(name),
            (_, Value::Array(items)) => {
                let place = self.position(items)?;
                items.get_mut(place)
            }
            _ => None,
        }
    }

    /// A part of a key may have a default, which a manifest leaves out.
    fn position(&self, items: &[Value]) -> Option<usize> {
        let has = |item: &Value, (name, value): (&String, &Value)| {
            item.get(name).is_none_or(|it| it == value)
        };
        match self {
            Self::Field(_) => None,
            Self::Key(key) => items.iter().position(|item| key.iter().all(|it| has(item, it))),
            Self::Value(value) => items.iter().position(|it| it == value),
            Self::Index(index) => (*index < items.len()).then_some(*index),
        }
    }
}

/// What we applied before, and is gone afterwards since nobody wants it any more.
pub(super) fn abandoned(before: &Value, after: &Value, redactor: &Redactor) -> Vec<String> {
    let still = ours(after);
    let gone = ours(before).into_iter().filter(|it| !still.contains(it));
    let mut without = before.clone();
    for path in gone.filter(|it| it.at(before).is_some() && it.at(after).is_none()) {
        path.put(&mut without, None);
    }
    let lines = diff::changes(Some(before), Some(&without), redactor);
    lines.lines().to_vec()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_is_found_by_the_name_that_the_api_server_gives_it() {
        let mut object = json!({
            "metadata": {"labels": {"app.kubernetes.io/name": "a"}, "finalizers": ["x/y"], "managedFields": [{
                "manager": "tacklebox", "operation": "Apply", "fieldsV1": {
                    "f:metadata": {"f:labels": {"f:app.kubernetes.io/name": {}}, "f:finalizers": {".": {}, "v:\"x/y\"": {}}},
                    "f:spec": {"f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:name": {}}}},
                },
            }]},
            "spec": {"ports": [{"port": 80, "name": "http"}]},
        });
        let paths = all(&object);
        let written: Vec<String> = paths.iter().map(Path::written).collect();
        let expected = [
            ".metadata.labels.app.kubernetes.io/name",
            ".metadata.finalizers",
            r#".metadata.finalizers[="x/y"]"#,
            r#".spec.ports[port=80,protocol="TCP"]"#,
            r#".spec.ports[port=80,protocol="TCP"].name"#,
        ];
        assert_eq!(written, expected);
        assert_eq!(paths[4].at(&object), Some(&json!("http")));
        paths[4].put(&mut object, Some(json!("web")));
        paths[2].put(&mut object, None);
        paths[0].put(&mut object, None);
        assert_eq!(object["spec"], json!({"ports": [{"port": 80, "name": "web"}]}));
        assert_eq!(object["metadata"]["finalizers"], json!([]));
        assert_eq!(object["metadata"]["labels"], json!({}));
    }
}
