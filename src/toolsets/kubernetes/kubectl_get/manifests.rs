//! Parts of objects.

use serde_json::{Map, Value};

use crate::{
    output::Redactor,
    toolsets::kubernetes::path::{Path, merge},
};

/// Only what the paths lead to. Kind and name stay, so that it is still said whose it is, and redacted for what it is.
pub(super) fn project(object: &Value, keep: &[Path], redactor: &Redactor) -> Value {
    let mut seen = Value::Null;
    if keep.iter().any(Path::compares) {
        seen = object.clone();
        redactor.manifest(&mut seen);
    }
    let mut kept = Map::new();
    for field in ["apiVersion", "kind"] {
        if let Some(value) = object.get(field) {
            kept.insert(field.to_owned(), value.clone());
        }
    }
    let identity = object.get("metadata").and_then(Value::as_object).map(|metadata| {
        let named = ["name", "namespace"].into_iter();
        let named = named.filter_map(|it| Some((it.to_owned(), metadata.get(it)?.clone())));
        named.collect::<Map<_, _>>()
    });
    if let Some(identity) = identity {
        kept.insert("metadata".to_owned(), Value::Object(identity));
    }
    let mut kept = Value::Object(kept);
    keep.iter().filter_map(|it| it.prune(object, &seen)).for_each(|it| merge(&mut kept, it));
    kept
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_projection_still_says_what_it_is_a_part_of() {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "shop", "uid": "1"},
            "data": {"password": "eA==", "user": "eQ=="}});
        let kept = project(&secret, &[Path::parse(".data.password").unwrap()], &Redactor::new());
        assert_eq!(
            kept,
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "shop"},
                "data": {"password": "eA=="}})
        );
    }
}
